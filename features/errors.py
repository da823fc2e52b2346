"""Errors a person can act on: what must hold, what came, what to do."""

from __future__ import annotations


class LadderError(Exception):
    """Something about the shop's data or state prevents the work.

    The command line prints the three sentences and exits with 1.

    Parameters
    ----------
    must : str
        What must hold, a full sentence.
    came : str
        What came instead, a full sentence with the offending value.
    do : str
        What to do about it, a full sentence.
    """

    exit_code = 1

    def __init__(self, must: str, came: str, do: str) -> None:
        super().__init__(must, came, do)
        self.must, self.came, self.do = must, came, do

    def __str__(self) -> str:
        """Return the three sentences, a line each."""
        return f"{self.must}\n{self.came}\n{self.do}"


class UsageError(LadderError):
    """The command or its configuration is wrong; exit code 2."""

    exit_code = 2
