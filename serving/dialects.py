"""How CSV is written: as the standard has it, or as a reader's spreadsheet opens it."""

from __future__ import annotations

import re
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


MISREAD = "^(0[0-9]|[0-9]{16}|[0-9]+[.,:/eE -])[0-9.,:/eE -]*$"
"""Ids that a spreadsheet would change: it takes them for numbers of at most 15 digits, or dates."""

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


def kept(customer_id: str, dialect: Dialect) -> str | None:
    """Return the formula that makes a spreadsheet show an id as it is, None where none is needed.

    Examples
    --------
    >>> kept("007", spreadsheet("en")), kept("C-1042", spreadsheet("en")), kept("007", PLAIN)
    ('="007"', None, None)
    """
    return f'="{customer_id}"' if dialect.bom and re.match(MISREAD, customer_id) else None


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
