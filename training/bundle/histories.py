"""Raw histories as JSON, an object per customer: what golden rows, MLflow and live scoring take.

::

    {"customer_id": "a", "orders": [{"order_id": "1", "ordered_at": "2024-05-01T10:00:00+02:00",
     "amount": 20.0}], "engagement": [{"occurred_at": "...", "kind": "site_visited"}],
     "profile": {"acquired_by": "referral"}}

Fields are those of the input tables; times are RFC 3339 with an offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import pyarrow as pa

from features.block import Block, block_of
from features.config import Config
from features.errors import LadderError
from features.money import LARGEST_AMOUNT
from features.reading.blanks import BLANKS
from features.tables import CUSTOMERS, ENGAGEMENT, ORDERS, Column, Table

History = Mapping[str, Any]

_PARTS = {"orders": ORDERS, "engagement": ENGAGEMENT}
_KEYS = ("customer_id", *_PARTS, "profile")


def block(histories: Sequence[History], config: Config) -> Block:
    """Return customers' histories as a block that the engine computes features from.

    Parameters
    ----------
    histories : sequence of mapping
        One per customer, ids distinct.
    config : Config
        The shop's timezone, currency and activity.

    Raises
    ------
    LadderError
        If a key is unknown, a required field missing, a time without offset or a value not of its
        type; names the customer and the field.
    """
    return block_of(tables(histories), config)


def tables(histories: Sequence[History]) -> dict[str, pa.Table]:
    """Return canonical ``orders``, ``engagement`` and ``customers`` tables of some histories."""
    for history in histories:
        customer = history.get("customer_id")
        _refuse_unknown(history, _KEYS, "a history", str(customer))
        if not _readable(customer, _text):
            _refuse(str(customer), "customer_id", f"is {customer!r}", "Write whole text.")
    made = {name: _table(table, _rows(histories, name)) for name, table in _PARTS.items()}
    profiles = ((history["customer_id"], _profile(history)) for history in histories)
    made["customers"] = _table(CUSTOMERS, profiles)
    return made


def to_json(made: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Return canonical tables as histories, a customer of the ``customers`` table each.

    The inverse of `tables`; null fields are left out.
    """
    histories: dict[str, dict[str, Any]] = {}
    for row in made["customers"].to_pylist():
        profile = _present(row)
        histories[row["customer_id"]] = {
            "customer_id": row["customer_id"],
            "orders": [],
            "engagement": [],
            "profile": profile,
        }
    for name in _PARTS:
        for row in made[name].to_pylist():
            histories[row["customer_id"]][name].append(_present(row))
    return list(histories.values())


def _present(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None and name != "customer_id"
    }


def _profile(history: History) -> History:
    """Return what is known of a customer; nobody was referred by themselves, as on import."""
    known: History = history.get("profile") or {}
    own = known.get("referred_by") == history["customer_id"]
    return {**known, "referred_by": None} if own else known


def _rows(histories: Sequence[History], part: str) -> Iterable[tuple[str, History]]:
    for history in histories:
        for row in history.get(part) or ():
            yield history["customer_id"], row


def _table(table: Table, rows: Iterable[tuple[str, History]]) -> pa.Table:
    rows = list(rows)
    fields = [column for column in table.stored if column.name != "customer_id"]
    known = {column.name: None for column in fields}
    for customer, row in rows:
        if not row.keys() <= known.keys():
            _refuse_unknown(row, [*known], table.name, customer)
    cells: dict[str, list[Any]] = {"customer_id": [customer for customer, _ in rows]}
    cells |= {column.name: _cells(column, rows) for column in fields}
    if table is ORDERS:
        _agree_on_returns(cells)
        _refuse_nameless(cells)
    return pa.table(cells, schema=table.schema)


def _cells(column: Column, rows: Sequence[tuple[str, History]]) -> list[Any]:
    """Return a column's cells, a column at a time: who is scored live waits for this."""
    given = [row.get(column.name) for _, row in rows]
    read = _READ[column.type]
    try:
        cells = [None if value is None else read(value) for value in given]
    except (TypeError, ValueError):
        customer, value = next(
            (customer, value)
            for (customer, _), value in zip(rows, given, strict=True)
            if value is not None and not _readable(value, read)
        )
        _refuse(customer, column.name, f"is {value!r}", f"Write {_WANTED[column.type]}.")
    # Some tills give a return no order of its own.
    if column.required and column.name != "order_id" and None in cells:
        _refuse(rows[cells.index(None)][0], column.name, "is missing", "Add it.")
    return cells


def _readable(value: object, read: Callable[[Any], object]) -> bool:
    try:
        read(value)
    except (TypeError, ValueError):
        return False
    return True


def _instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _text(value: object) -> str | None:
    """Return a text without blanks around it, None where nothing is left, as on import."""
    if not isinstance(value, str):
        raise TypeError(value)
    value.encode()  # JSON's escapes can say half a character, which no table holds
    return value.strip(BLANKS) or None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    if not abs(value) <= LARGEST_AMOUNT:  # nor is NaN
        raise ValueError(value)
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


_READ: Mapping[str, Callable[[Any], object]] = {
    "text": _text,
    "instant": _instant,
    "money": _number,
    "number": _number,
    "flag": _flag,
}
_NUMBER = f"a number of at most {LARGEST_AMOUNT:,.0f}"
_WANTED = {
    "text": "whole text",
    "instant": "a time as 2024-05-01T10:00:00+02:00",
    "money": _NUMBER,
    "number": _NUMBER,
    "flag": "true or false",
}


def _agree_on_returns(cells: dict[str, list[Any]]) -> None:
    for row, (amount, returned) in enumerate(zip(cells["amount"], cells["is_return"], strict=True)):
        cells["is_return"][row] = bool(returned) or amount < 0
        cells["amount"][row] = -abs(amount) if cells["is_return"][row] else amount


def _refuse_nameless(cells: Mapping[str, Sequence[Any]]) -> None:
    """Refuse a purchase of no order: lines of one order are told by its id."""
    lines = zip(cells["customer_id"], cells["order_id"], cells["is_return"], strict=True)
    for customer, order, returned in lines:
        if order is None and not returned:
            _refuse(customer, "order_id", "is missing on a purchase", "Add it.")


def _refuse_unknown(row: History, known: Sequence[str], what: str, customer: str) -> None:
    unknown = sorted(set(row) - set(known))
    if unknown:
        raise LadderError(
            f"The keys of {what} must be among {', '.join(known)}.",
            f"Customer {customer!r} has {unknown[0]!r}.",
            "Correct the key or leave it out.",
        )


def _refuse(customer: str, field: str, came: str, do: str) -> NoReturn:
    raise LadderError(
        "Every field of a history must hold a value of its type.",
        f"For customer {customer!r}, {field} {came}.",
        do,
    )
