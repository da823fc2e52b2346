"""What a server needs to know, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.errors import UsageError
from serving.home import open_home, read_secret


@dataclass(frozen=True)
class Settings:
    """A server's settings.

    Parameters
    ----------
    home : Path
        An open home.
    secret : bytes
        Keys the cursors.
    hosts : frozenset of str
        Names by which the server may be called, beside this machine's own. A page on another
        site that points its name at this address is refused by it.
    """

    home: Path
    secret: bytes = field(repr=False)
    hosts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, home: Path, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings of a home.

        Raises
        ------
        LadderError
            If the folder is not a home, or its secret is missing.
        UsageError
            If ``LADDER_DATABASE_URL`` is set.
        """
        if environ.get("LADDER_DATABASE_URL"):
            raise UsageError(
                "This version keeps the score store in SQLite files in the home.",
                "LADDER_DATABASE_URL is set.",
                "Unset it.",
            )
        names = environ.get("LADDER_HOSTS", "").split(",")
        hosts = frozenset(name.strip().lower() for name in names if name.strip())
        return cls(open_home(home), read_secret(home, environ), hosts)
