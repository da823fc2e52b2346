"""What a source's cells give a row: values in SQL, null where there is none that may stand.

In the layers of :func:`features.cleaning.rules.judging_query`, ``text_x`` is a text without blanks
around it, ``read_x`` what a cell says, allowed or not, ``value_x`` the same where it may stand, and
``present_x`` whether the source held anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from features.attributes.naming import LONGEST
from features.money import LARGEST_AMOUNT
from features.reading.cells import (
    EARLIEST,
    Cell,
    flag,
    inexact,
    instant,
    not_blank,
    number,
    present,
    text,
)
from features.reading.scopes import stands_for_null
from features.resources.workspace import literal
from features.tables import HELD, VALID_FROM, Column

ATTRIBUTE = "attribute_"
"""How the cells of attributes begin, so that none is taken for a column."""

IDS = ("customer_id", "order_id", "product_id", "referred_by")
"""Columns whose values name something: one that may name several others names none."""

_SQL_TYPES = {
    "text": "VARCHAR",
    "instant": "TIMESTAMPTZ",
    "money": "DOUBLE",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "texts": "VARCHAR[]",
}


def is_trimmed(column: Column, cell: Cell) -> bool:
    """Return whether blanks may stand around what a cell says."""
    return column.type != "flag" and cell.is_text


def read_value(column: Column, cell: Cell, timezone: str, naive: str) -> str:
    """Return what a cell says, allowed or not."""
    if column.type == "flag":
        return flag(cell)
    written = f"CAST({cell.sql} AS VARCHAR)"
    if is_trimmed(column, cell):
        written = f"text_{column.name}"
        cell = replace(cell, sql=written)
    if column.type == "instant":
        return instant(cell, written, timezone, naive)
    return text(cell) if column.type == "text" else number(cell, written)


def checked_value(column: Column, cell: Cell | None) -> str:
    """Return what was read, null where it is none: blanks, infinities, inexact ids, odd amounts."""
    read = f"read_{column.name}"
    if cell is None:
        return f"CAST(NULL AS {_SQL_TYPES[column.type]})"
    if column.type == "flag":
        return read
    if column.type == "text" and cell.is_text:
        return f"nullif({read}, '')"
    if column.type == "text":
        several = inexact(cell) if column.name in IDS else None
        exact = f" AND NOT {several}" if several else ""
        return f"CASE WHEN {not_blank(read)}{exact} THEN {read} END"
    sane = f"isfinite({read})" if column.type == "instant" else f"abs({read}) <= {LARGEST_AMOUNT}"
    return f"CASE WHEN {sane} THEN {read} END"


def is_present(column: Column, cell: Cell) -> str:
    """Return whether the source held anything: the cell itself, or all that an expression reads."""
    held = present(cell)
    if is_trimmed(column, cell):
        written, read = f"text_{column.name}", f"read_{column.name}"
        held = f"{written} <> ''"
        if column.type != "text":  # what was read need not be looked at
            held += f" AND (isfinite({read}) OR NOT {stands_for_null(written)})"
        held = f"coalesce({held}, false)"
    if not cell.parts:
        return held
    read = " AND ".join(f"{sql} IS NOT NULL" for _, sql in cell.parts)
    if cell.nothing is not None:
        read += f" AND NOT {cell.nothing}"
    return f"({held} OR ({read}))"


def sample_of(cell: Cell) -> str:
    """Return a bad row's value as text; computed only for bad rows, since it costs as much."""
    own = f"CAST({cell.sql} AS VARCHAR)"
    if not cell.parts:
        return own
    parts = [f"{literal(name + '=')} || CAST({sql} AS VARCHAR)" for name, sql in cell.parts]
    return f"coalesce({own}, concat_ws(', ', {', '.join(parts)}))"


def attribute_cells(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """Return the cells of attributes."""
    return {name: cell for name, cell in cells.items() if name.startswith(ATTRIBUTE)}


def attribute_value(name: str) -> str:
    """Return an attribute's value, null where it holds none that can be shown in a line."""
    read = f"read_{name}"
    fits = rf"length({read}) <= {LONGEST} AND NOT regexp_matches({read}, '[\p{{Cc}}\x{{FFFD}}]')"
    return f"CASE WHEN {not_blank(read)} AND {fits} THEN {read} END"


def canonical_value(column: Column, cells: Mapping[str, Cell], now: datetime) -> str:
    """Return the canonical value: what was read, or what a row without it means."""
    value = f"value_{column.name}"
    if column.name == "is_return":
        return is_returned(cells)
    if column.name == "amount":
        return f"CASE WHEN {is_returned(cells)} THEN 0.0 - abs({value}) ELSE {value} END"
    if column == HELD:
        return _attributes(cells)
    if column.name in ("profiling_allowed", "marketing_allowed"):
        # Nothing said is consent by the contract; something unreadable is not.
        unsaid = f"NOT present_{column.name}" if column.name in cells else "true"
        return f"coalesce({value}, {unsaid})"
    if column.name == "signed_up_at":
        return f"CASE WHEN {value} BETWEEN {EARLIEST} AND {timestamp(now)} THEN {value} END"
    if column.name == "email_sha256":
        return f"CASE WHEN regexp_full_match({value}, '[0-9a-fA-F]{{64}}') THEN lower({value}) END"
    return value


def _attributes(cells: Mapping[str, Cell]) -> str:
    """Return a row's attributes; null where there are none, or none knows since when they hold."""
    pairs = [
        f"{literal(name.removeprefix(ATTRIBUTE) + '=')} || value_{name}"
        for name in attribute_cells(cells)
    ]
    if not pairs:
        return "CAST(NULL AS VARCHAR[])"
    filled = f"list_filter([{', '.join(pairs)}], lambda pair: pair IS NOT NULL)"
    if VALID_FROM.name not in cells:
        return filled
    return f"CASE WHEN value_valid_from >= {EARLIEST} THEN {filled} END"


def is_returned(cells: Mapping[str, Cell]) -> str:
    """Return whether a row of orders gives something back."""
    flagged = "coalesce(value_is_return, false)" if "is_return" in cells else "false"
    return f"({flagged} OR coalesce(value_amount < 0, false))"


def timestamp(moment: datetime) -> str:
    """Return an instant as SQL writes it."""
    return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"
