"""Files with numbered dates and amounts, as lists of donors have them: a row for each instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from features.guess.matching import letters
from features.guess.names import NAMES
from features.resources.workspace import identifier, quoted

_PARTS = re.compile(r"(?P<before>.*?)[ _.#-]*(?P<number>\d{1,3})(?!\d)[ _.-]*(?P<after>\D*)")
_DATES = ("date", "datum", "fecha")
_FEWEST = 2

Numbered = dict[str, dict[str, str]]
"""By what columns are called without their numbers, the column of each number."""


def query_of(columns: Sequence[str], file: str) -> str | None:
    """Return a query with a row for each number: of ``Gift 1 Date, Gift 1 Amount, Gift 2 Date`` ...

    Return None of a file without such dates and amounts, or whose rows are orders already, which
    may number their lines or refunds. A number without a date is no row.

    Examples
    --------
    >>> query_of(["id", "Home 1 city", "Home 2 city"], "wide") is None
    True
    """
    told = _numbered(columns)
    taken = {name for of_number in told.values() for name in of_number.values()}
    if not told or _has_orders([name for name in columns if name not in taken]):
        return None
    made = {name.lower() for name in (*told, "number")}
    lost = ", ".join(quoted(name) for name in columns if name not in taken and name.lower() in made)
    others = f"* exclude ({lost})" if lost else "*"
    names = list(told)
    groups = ",\n    ".join(
        f"({', '.join(identifier(told[name][number]) for name in names)}) as '{number}'"
        for number in told[names[0]]
    )
    return (
        f"select * exclude (number)\n"
        f"from (unpivot (select columns({others})::varchar from {file})\n"
        f"  on {groups}\n"
        f"  into name number value {', '.join(map(identifier, names))})\n"
        f"where trim({identifier(names[0])}) <> ''"
    )


def _numbered(columns: Iterable[str]) -> Numbered:
    """Return the columns of the first numbered date, and those that have the same numbers."""
    found: Numbered = {}
    for column in columns:
        if split := _PARTS.fullmatch(column):
            separator = " " if " " in column else "_"
            if name := separator.join(part for part in split.group("before", "after") if part):
                found.setdefault(name, {}).setdefault(split["number"], column)
    dated = next((name for name in found if letters(name).endswith(_DATES)), None)
    if dated is None or len(found[dated]) < _FEWEST:
        return {}
    alike = [name for name in found if name != dated and found[name].keys() == found[dated].keys()]
    sums = tuple(NAMES["orders"]["amount"].split())
    if not any(letters(name).endswith(sums) for name in alike):
        return {}
    return {name: found[name] for name in (dated, *alike)}


def _has_orders(columns: Iterable[str]) -> bool:
    """Return whether one of the columns is called like an order's number."""
    return any(letters(name) in NAMES["orders"]["order_id"].split() for name in columns)
