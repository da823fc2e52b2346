"""How CSV is written: as the standard has it, or as a reader's spreadsheet opens it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from features.errors import UsageError
from serving.languages.language import language


class Dialect(NamedTuple):
    """What CSV files differ in.

    Parameters
    ----------
    bom : str
        What the file begins with: a byte-order mark, or nothing.
    delimiter : str
        Between cells.
    decimal : str
        Before decimals.
    """

    bom: str = ""
    delimiter: str = ","
    decimal: str = "."


PLAIN = Dialect()
"""RFC 4180 in UTF-8, as programs read it."""


def spreadsheet(tag: str) -> Dialect:
    r"""Return how a spreadsheet set to a language reads a file that is double-clicked.

    Without a byte-order mark Excel takes the file for its country's old encoding, where umlauts are
    other letters. Where decimals follow a comma, it divides cells at semicolons.

    Examples
    --------
    >>> spreadsheet("en"), spreadsheet("de")[1:]
    (Dialect(bom='\ufeff', delimiter=',', decimal='.'), (';', ','))
    """
    decimal = language(tag).words["numbers"]["point"]
    return Dialect("\ufeff", ";" if decimal == "," else ",", decimal)


def dialect_of(out: Path | None, tag: str, *, for_people: bool) -> Dialect:
    """Return how a command's file is written, if that is CSV.

    Raises
    ------
    UsageError
        If it is to be for a spreadsheet and is not CSV.
    """
    if not for_people:
        return PLAIN
    if out is None or out.suffix.lower() != ".csv":
        raise UsageError(
            "--spreadsheet needs a CSV file.",
            f"Got {'no file' if out is None else repr(out.name)}.",
            f"Add for example: --out {'list.csv' if out is None else out.with_suffix('.csv').name}",
        )
    return spreadsheet(tag)
