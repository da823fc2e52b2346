"""What makes a row bad, and what makes a single cell unreadable: rules in SQL, first match counts.

A *fatal* problem sets the row aside. Any other leaves one optional cell empty and keeps the row: a
customer's objection must not be lost over an unreadable date of sign-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from features.attributes import KIND, LONGEST
from features.money import LARGEST_AMOUNT
from features.reading.cells import (
    EARLIEST,
    Cell,
    filled,
    flag,
    inexact,
    instant,
    number,
    present,
    text,
    trimmed,
)
from features.reading.scopes import says_nothing
from features.tables import HELD, RATINGS, VALID_FROM, Column, Table
from features.workspace import literal

LINE = "ladder_line"
"""The hash of a whole source row."""

ATTRIBUTE = "attribute_"
"""How the cells of attributes begin, so that none is taken for a column."""

_LONGEST_ID, _LONGEST_SAMPLE = 200, 60
_SQL_TYPES = {
    "text": "VARCHAR",
    "instant": "TIMESTAMPTZ",
    "money": "DOUBLE",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "texts": "VARCHAR[]",
}


@dataclass(frozen=True)
class _Rule:
    """A condition over ``value_x`` and ``present_x``, and what it says; `shown` is the sample."""

    condition: str
    problem: str
    fatal: bool
    shown: str = "NULL"


def judged(
    table: Table, cells: Mapping[str, Cell], query: str, timezone: str, naive: str, now: datetime
) -> str:
    """Return the SELECT of canonical columns, `line`, `problem`, `fatal` and `sample`.

    Parameters
    ----------
    table : Table
        What the rows should become.
    cells : mapping of str to Cell
        The mapped columns, and ``where``, as names in `query`.
    query : str
        The SELECT that has those names and :data:`LINE`.
    timezone, naive : str
        The shop's timezone, and that of times without one.
    now : datetime
        Later instants are in the future.
    """
    # Layer upon layer: what stands in one SELECT is worked out again wherever it is mentioned.
    mapped = [(c, cells[c.name]) for c in table.columns if c.name in cells]
    texts = [f"{trimmed(cell.sql)} AS text_{c.name}" for c, cell in mapped if _is_trimmed(c, cell)]
    reads = [f"{_read(c, cell, timezone, naive)} AS read_{c.name}" for c, cell in mapped]
    present = [f"{_present(c, cell)} AS present_{c.name}" for c, cell in mapped]
    values = [f"{_value(c, cells.get(c.name))} AS value_{c.name}" for c in table.columns]
    held = _held(cells)
    reads += [f"trim({text(cell)}) AS read_{name}" for name, cell in held.items()]
    values += [f"{_attribute(name)} AS value_{name}" for name in held]
    for layer in (texts, reads, [*present, *values]):
        query = f"SELECT {', '.join(['*', *layer])} FROM ({query})"
    rules = sorted(_rules(table, cells, now), key=lambda rule: not rule.fatal)
    coded = f"SELECT *, {_case((r.condition, str(n)) for n, r in enumerate(rules))} AS code"
    final = [f"{_kept(c, cells, now)} AS {c.name}" for c in table.columns]
    fatal = f"coalesce(code < {sum(rule.fatal for rule in rules)}, false) AS fatal"
    problem = _case((f"code = {n}", literal(r.problem)) for n, r in enumerate(rules))
    sample = _case((f"code = {n}", r.shown) for n, r in enumerate(rules))
    final += [
        f"{LINE} AS line",
        f"{problem} AS problem",
        fatal,
        f"left({_harmless(sample)}, {_LONGEST_SAMPLE}) AS sample",
    ]
    return f"SELECT {', '.join(final)} FROM ({coded} FROM ({query}))"


def wanted(where: Cell) -> str:
    """Return the condition for rows that `where` does not leave out.

    Where it reads something and yet gives nothing, as for a text compared with a number, the row
    stays, to be counted: leaving it out would be silent.
    """
    read = [f"{sql} IS NOT NULL" for _, sql in where.parts]
    unread = " AND ".join([f"{where.sql} IS NULL", *read]) if read else "false"
    return f"{where.sql} OR ({unread})"


def _harmless(sample: str) -> str:
    """Return a sample without control characters: a terminal would do what they say."""
    return rf"regexp_replace({sample}, '\p{{Cc}}', '?', 'g')"


def _case(branches: Iterator[tuple[str, str]]) -> str:
    return "CASE " + " ".join(f"WHEN {test} THEN {then}" for test, then in branches) + " END"


def _is_trimmed(column: Column, cell: Cell) -> bool:
    """Return whether blanks may stand around what a cell says."""
    return column.type != "flag" and cell.is_text


def _read(column: Column, cell: Cell, timezone: str, naive: str) -> str:
    """Return what a cell says, allowed or not."""
    if column.type == "flag":
        return flag(cell)
    written = f"CAST({cell.sql} AS VARCHAR)"
    if _is_trimmed(column, cell):
        written = f"text_{column.name}"
        cell = replace(cell, sql=written)
    if column.type == "instant":
        return instant(cell, written, timezone, naive)
    return text(cell) if column.type == "text" else number(cell, written)


def _value(column: Column, cell: Cell | None) -> str:
    """Return what was read, null where it is none: blanks, infinities, amounts beyond any shop."""
    read = f"read_{column.name}"
    if cell is None:
        return f"CAST(NULL AS {_SQL_TYPES[column.type]})"
    if column.type == "flag":
        return read
    if column.type == "text":
        return (
            f"nullif({read}, '')" if cell.is_text else f"CASE WHEN {filled(read)} THEN {read} END"
        )
    sane = f"isfinite({read})" if column.type == "instant" else f"abs({read}) <= {LARGEST_AMOUNT}"
    return f"CASE WHEN {sane} THEN {read} END"


def _present(column: Column, cell: Cell) -> str:
    """Return whether the source held anything: the cell itself, or all that an expression reads."""
    held = present(cell)
    if _is_trimmed(column, cell):
        written, read = f"text_{column.name}", f"read_{column.name}"
        held = f"{written} <> ''"
        if column.type != "text":  # what was read need not be looked at
            held += f" AND (isfinite({read}) OR NOT {says_nothing(written)})"
        held = f"coalesce({held}, false)"
    if not cell.parts:
        return held
    return f"({held} OR ({' AND '.join(f'{sql} IS NOT NULL' for _, sql in cell.parts)}))"


def _shown(cell: Cell) -> str:
    """Return a bad row's value as text; computed only for bad rows, since it costs as much."""
    own = f"CAST({cell.sql} AS VARCHAR)"
    if not cell.parts:
        return own
    parts = [f"{literal(name + '=')} || CAST({sql} AS VARCHAR)" for name, sql in cell.parts]
    return f"coalesce({own}, concat_ws(', ', {', '.join(parts)}))"


def _rules(table: Table, cells: Mapping[str, Cell], now: datetime) -> Iterator[_Rule]:
    if "where" in cells:
        where = cells["where"]
        yield _Rule(f"{where.sql} IS NULL", "`where` cannot be read", True, _shown(where))
    for column in table.columns:
        if column.name in cells:
            yield from _column_rules(column, cells[column.name], now)
    if table.name == "orders":
        yield _Rule(
            "value_order_id IS NULL AND NOT " + _returned(cells), "no order_id on a purchase", True
        )
    if table.name == "engagement" and "kind" in cells:
        reserved = f"starts_with(value_kind, {literal(KIND)})"
        yield _Rule(reserved, f"a kind must not begin with {KIND}", True, _shown(cells["kind"]))
    if table.name == "engagement" and "value" in cells:
        yield from _rating_rules(cells["value"])
    yield from _attribute_rules(cells)
    if "email_sha256" in cells:
        wrong = "NOT regexp_full_match(value_email_sha256, '[0-9a-fA-F]{64}')"
        yield _Rule(wrong, "email_sha256 is not 64 hexadecimal digits", False, "'(not shown)'")


def _column_rules(column: Column, cell: Cell, now: datetime) -> Iterator[_Rule]:
    name = column.name
    value, present, shown = f"value_{name}", f"present_{name}", _shown(cell)
    fatal = column.required or bool(column.allowed)
    if column.required and name != "order_id":
        yield _Rule(f"NOT {present}", f"no {name}", True)
    unreadable = f"{value} IS NULL AND {present}"
    if column.required and column.type == "text" and name != "order_id":
        yield _Rule(unreadable, f"{name} cannot be read", True, shown)
    if name == "customer_id":
        if several := inexact(cell):
            yield _Rule(several, f"{name} is too large a number to be exact", True, shown)
        yield _Rule(
            f"length({value}) > {_LONGEST_ID}", f"{name} longer than {_LONGEST_ID}", True, shown
        )
        odd = rf"regexp_matches({value}, '[\p{{Cc}}\x{{FFFD}}]')"
        yield _Rule(odd, f"{name} holds control characters", True, shown)
    elif column.type == "instant":
        yield _Rule(unreadable, f"{name} is not a date", fatal, shown)
        yield _Rule(f"{value} < {EARLIEST}", f"{name} is before 1970-01-02", fatal, shown)
        if column != VALID_FROM:  # what will hold from a day on may be known before
            yield _Rule(f"{value} > {_literal(now)}", f"{name} is in the future", fatal, shown)
    elif column.type in ("money", "number"):
        yield _Rule(unreadable, f"{name} is not a number", fatal, shown)
    elif column.type == "flag":
        yield _Rule(unreadable, f"{name} is neither true nor false", fatal, shown)
    elif column.allowed:
        among = ", ".join(literal(allowed) for allowed in column.allowed)
        words = " or ".join(column.allowed)
        yield _Rule(f"{value} NOT IN ({among})", f"{name} is not {words}", fatal, shown)


def _held(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name: cell for name, cell in cells.items() if name.startswith(ATTRIBUTE)}


def _attribute(name: str) -> str:
    """Return an attribute's value, null where it holds none that can be shown in a line."""
    read = f"read_{name}"
    fits = rf"length({read}) <= {LONGEST} AND NOT regexp_matches({read}, '[\p{{Cc}}\x{{FFFD}}]')"
    return f"CASE WHEN {filled(read)} AND {fits} THEN {read} END"


def _attribute_rules(cells: Mapping[str, Cell]) -> Iterator[_Rule]:
    held = _held(cells)
    for name in held:
        said = name.removeprefix(ATTRIBUTE)
        wrong = f"{filled(f'read_{name}')} AND value_{name} IS NULL"
        problem = f"{said} is longer than {LONGEST}, or holds control characters"
        yield _Rule(wrong, problem, False, "'(not shown)'")
    if held and VALID_FROM.name in cells:
        known = " OR ".join(f"value_{name} IS NOT NULL" for name in held)
        yield _Rule(f"NOT present_valid_from AND ({known})", "no valid_from", False)


def _said(cells: Mapping[str, Cell]) -> str:
    """Return a row's attributes; null where there are none, or none knows since when they hold."""
    known = [
        f"{literal(name.removeprefix(ATTRIBUTE) + '=')} || value_{name}" for name in _held(cells)
    ]
    if not known:
        return "CAST(NULL AS VARCHAR[])"
    said = f"list_filter([{', '.join(known)}], lambda said: said IS NOT NULL)"
    if VALID_FROM.name not in cells:
        return said
    return f"CASE WHEN value_valid_from >= {EARLIEST} THEN {said} END"


def _rating_rules(cell: Cell) -> Iterator[_Rule]:
    for kind in RATINGS:
        outside = f"value_value NOT BETWEEN {kind.lowest} AND {kind.highest}"
        wrong = f"({outside} OR (value_value IS NULL AND present_value))"
        problem = f"{kind.name} is not between {kind.lowest:g} and {kind.highest:g}"
        yield _Rule(f"value_kind = {literal(kind.name)} AND {wrong}", problem, True, _shown(cell))


def _returned(cells: Mapping[str, Cell]) -> str:
    said = "coalesce(value_is_return, false)" if "is_return" in cells else "false"
    return f"({said} OR coalesce(value_amount < 0, false))"


def _literal(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"


def _kept(column: Column, cells: Mapping[str, Cell], now: datetime) -> str:
    """Return the canonical value: what was read, or what a row without it means."""
    value = f"value_{column.name}"
    if column.name == "is_return":
        return _returned(cells)
    if column.name == "amount":
        return f"CASE WHEN {_returned(cells)} THEN 0.0 - abs({value}) ELSE {value} END"
    if column == HELD:
        return _said(cells)
    if column.name in ("profiling_allowed", "marketing_allowed"):
        # Nothing said is consent by the contract; something unreadable is not.
        unsaid = f"NOT present_{column.name}" if column.name in cells else "true"
        return f"coalesce({value}, {unsaid})"
    if column.name == "signed_up_at":
        return f"CASE WHEN {value} BETWEEN {EARLIEST} AND {_literal(now)} THEN {value} END"
    if column.name == "email_sha256":
        return f"CASE WHEN regexp_full_match({value}, '[0-9a-fA-F]{{64}}') THEN lower({value}) END"
    return value
