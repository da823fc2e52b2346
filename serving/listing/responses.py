"""Results of a campaign as a shop's file tells them: who responded, what they spent and cost."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from features.errors import LadderError
from features.reading.blanks import BLANKS
from serving.files import customer_id_of, delimiter_of, text_of
from serving.store.campaigns import Result

COLUMNS = ("customer_id", "responded", "spend", "cost")

YES = frozenset({"1", "true", "yes", "y", "wahr", "ja", "j"})
NO = frozenset({"0", "false", "no", "n", "falsch", "nein", ""})
"""As people and their spreadsheets write it, in the languages that reasons are read in."""

_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*E\+[0-9]{2}")
"""What a spreadsheet makes of a number of many digits."""

MOST = 1e12
"""Beyond it, an amount is a mistake."""


@dataclass(frozen=True)
class Responses:
    """What a file says.

    Parameters
    ----------
    results : list of Result
        A line each, in the file's order; a person each, where it has no column ``responded``.
    others : list of Result
        Of everybody else on the list, none of whom responded: where the file has no column
        ``responded``, whoever it names did, and nobody else.
    unread : tuple of str
        Columns that are none of ours.
    """

    results: list[Result]
    others: list[Result]
    unread: tuple[str, ...]


def read(held: bytes, called: str, people: Collection[str]) -> Responses:
    """Return the results in a CSV file.

    Parameters
    ----------
    held : bytes
        What the file holds.
    called : str
        Its name, for errors.
    people : collection of str
        Who is on the list, held out or not.

    Raises
    ------
    LadderError
        If it cannot be read, a cell is not what its column says, or it cannot tell who responded.
    """
    try:
        text = text_of(held)
        delimiter = delimiter_of(text)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows.fieldnames = [name.strip(BLANKS).lower() for name in rows.fieldnames or ()]
        if "customer_id" not in rows.fieldnames:
            raise _refusal(called, "The column customer_id is missing.")
        every = "responded" not in rows.fieldnames
        names = [name for name in rows.fieldnames if name]
        unread = tuple(name for name in names if name not in COLUMNS)
        # Spreadsheets also write columns and rows that somebody has emptied.
        lines = [(rows.line_num, row) for row in rows if any((row[n] or "").strip() for n in names)]
        if every and (name := next((one for one in unread if _answers(one, lines)), None)):
            came = f"It has no column responded, but {name!r} says no of some or all."
            raise _refusal(called, came, "Call that one responded, or leave it out")
        results = [_result(called, number, row, every, delimiter != ",") for number, row in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refusal(called, f"It cannot be read: {error}.") from error
    shortened = (one.customer_id for one in results if _SHORTENED.fullmatch(one.customer_id))
    if lost := next((customer for customer in shortened if customer not in people), None):
        raise _refusal(called, f"A spreadsheet has shortened an id to {lost}.")
    if every:
        results = _added_up(results)
        return Responses(results, _others(called, results, people), unread)
    return Responses(results, [], unread)


def _answers(name: str, lines: list[tuple[int, dict[str, str]]]) -> bool:
    """Return whether a column says yes or no, and no of some: it may say who responded."""
    said = {(row[name] or "").strip().lower() for _, row in lines} - {""}
    return said <= YES | NO and not said.isdisjoint(NO)


def _added_up(results: list[Result]) -> list[Result]:
    """Return one result of each person: such a file may have a line for every order."""
    found: dict[str, Result] = {}
    for one in results:
        if before := found.get(one.customer_id):
            spend, cost = _sum(before.spend, one.spend), _sum(before.cost, one.cost)
            one = replace(one, spend=spend, cost=cost)
        found[one.customer_id] = one
    return list(found.values())


def _sum(before: float | None, more: float | None) -> float | None:
    return before if more is None else more + (before or 0.0)


def _others(called: str, results: list[Result], people: Collection[str]) -> list[Result]:
    """Return that nobody else responded; refuse a file that must mean something else."""
    named = {result.customer_id for result in results}
    others = [Result(person, False) for person in people if person not in named]
    if people and len(others) in (0, len(people)):
        whom = "nobody" if others else "everybody"
        raise _refusal(
            called, f"Without the column responded, it names who did: {whom} on the list."
        )
    return others


def _result(called: str, number: int, row: dict[str, str], every: bool, comma: bool) -> Result:
    said = "yes" if every else (row["responded"] or "").strip().lower()
    try:
        spend, cost = (_amount(row.get(name), comma) for name in ("spend", "cost"))
    except ValueError:
        raise _refusal(called, f"Line {number} has a spend or cost that is no number.") from None
    if said not in YES | NO:
        raise _refusal(called, f"Line {number} says {said[:20]!r} for responded.")
    return Result(customer_id_of(row["customer_id"] or ""), said in YES, spend, cost)


def _amount(text: str | None, comma: bool) -> float | None:
    """Return an amount, whose decimal mark may be a comma where none divides the cells."""
    if text and comma and text.rfind(".") < text.rfind(","):
        text = text.replace(".", "").replace(",", ".")
    amount = float(text) if text else None
    if amount is not None and not abs(amount) <= MOST:  # nor what is no number
        raise ValueError(text)
    return amount


def _refusal(called: str, came: str, do: str = "Correct it") -> LadderError:
    return LadderError(
        f"{called} must be a CSV file with customer_id and responded (yes or no), or with the "
        "customer_id of everybody who responded.",
        came,
        f"{do} and try again; no result was stored.",
    )
