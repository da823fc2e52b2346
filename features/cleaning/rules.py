"""What makes a row bad, and what makes a single cell unreadable: rules in SQL, first match counts.

A *fatal* problem sets the row aside. Any other leaves one optional cell empty and keeps the row: a
customer's objection must not be lost over an unreadable date of sign-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from features.attributes.naming import KIND, LONGEST
from features.cleaning.values import (
    ATTRIBUTE,
    IDS,
    attribute_cells,
    attribute_value,
    canonical_value,
    checked_value,
    is_present,
    is_returned,
    is_trimmed,
    read_value,
    sample_of,
    timestamp,
)
from features.reading.cells import EARLIEST, Cell, inexact, not_blank, text, trimmed
from features.resources.workspace import literal
from features.tables import RATINGS, VALID_FROM, Column, Table

LINE = "ladder_line"
"""The hash of a whole source row."""

_LONGEST_ID, _LONGEST_SAMPLE = 200, 60


@dataclass(frozen=True)
class _Rule:
    """A condition over ``value_x`` and ``present_x``, what it says, and the value to show."""

    condition: str
    problem: str
    fatal: bool
    sample: str = "NULL"


def judging_query(
    table: Table, cells: Mapping[str, Cell], query: str, timezone: str, naive: str, now: datetime
) -> str:
    """Return the SELECT of canonical columns, `line`, `problem`, `fatal` and `sample`.

    The `cells` of mapped columns, and of ``where``, are names in `query`, which has :data:`LINE`,
    too. Times without a timezone are in that of `naive`; what comes after `now` is in the future.
    """
    # Layer upon layer: what stands in one SELECT is worked out again wherever it is mentioned.
    mapped = [(c, cells[c.name]) for c in table.columns if c.name in cells]
    texts = [f"{trimmed(cell.sql)} AS text_{c.name}" for c, cell in mapped if is_trimmed(c, cell)]
    reads = [f"{read_value(c, cell, timezone, naive)} AS read_{c.name}" for c, cell in mapped]
    present = [f"{is_present(c, cell)} AS present_{c.name}" for c, cell in mapped]
    values = [f"{checked_value(c, cells.get(c.name))} AS value_{c.name}" for c in table.columns]
    held = attribute_cells(cells)
    reads += [f"trim({text(cell)}) AS read_{name}" for name, cell in held.items()]
    values += [f"{attribute_value(name)} AS value_{name}" for name in held]
    for layer in (texts, reads, [*present, *values]):
        query = f"SELECT {', '.join(['*', *layer])} FROM ({query})"
    rules = sorted(_rules(table, cells, now), key=lambda rule: not rule.fatal)
    coded = f"SELECT *, {_case((r.condition, str(n)) for n, r in enumerate(rules))} AS code"
    final = [f"{canonical_value(c, cells, now)} AS {c.name}" for c in table.columns]
    fatal = f"coalesce(code < {sum(rule.fatal for rule in rules)}, false) AS fatal"
    problem = _case((f"code = {n}", literal(r.problem)) for n, r in enumerate(rules))
    sample = _case((f"code = {n}", r.sample) for n, r in enumerate(rules))
    final += [
        f"{LINE} AS line",
        f"{problem} AS problem",
        fatal,
        f"left({_harmless(sample)}, {_LONGEST_SAMPLE}) AS sample",
    ]
    return f"SELECT {', '.join(final)} FROM ({coded} FROM ({query}))"


def where_condition(where: Cell) -> str:
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


def _rules(table: Table, cells: Mapping[str, Cell], now: datetime) -> Iterator[_Rule]:
    if "where" in cells:
        where = cells["where"]
        yield _Rule(f"{where.sql} IS NULL", "`where` cannot be read", True, sample_of(where))
    for column in table.columns:
        if column.name in cells:
            yield from _column_rules(column, cells[column.name], now)
    if table.name == "orders":
        missing = f"value_order_id IS NULL AND NOT {is_returned(cells)}"
        yield _Rule(missing, "no order_id on a purchase", True)
    if table.name == "engagement" and "kind" in cells:
        reserved = f"starts_with(value_kind, {literal(KIND)})"
        yield _Rule(reserved, f"a kind must not begin with {KIND}", True, sample_of(cells["kind"]))
    if table.name == "engagement" and "value" in cells:
        yield from _rating_rules(cells["value"])
    yield from _attribute_rules(cells)
    if "email_sha256" in cells:
        wrong = "NOT regexp_full_match(value_email_sha256, '[0-9a-fA-F]{64}')"
        yield _Rule(wrong, "email_sha256 is not 64 hexadecimal digits", False, "'(not shown)'")


def _column_rules(column: Column, cell: Cell, now: datetime) -> Iterator[_Rule]:
    name = column.name
    value, present, shown = f"value_{name}", f"present_{name}", sample_of(cell)
    fatal = column.required or bool(column.allowed)
    if column.required and name != "order_id":
        yield _Rule(f"NOT {present}", f"no {name}", True)
    if column.name in IDS and (several := inexact(cell)):
        yield _Rule(several, f"{name} is too large a number to be exact", fatal, shown)
    unreadable = f"{value} IS NULL AND {present}"
    if column.required and column.type == "text" and name != "order_id":
        yield _Rule(unreadable, f"{name} cannot be read", True, shown)
    if name == "customer_id":
        long = f"length({value}) > {_LONGEST_ID}"
        yield _Rule(long, f"{name} longer than {_LONGEST_ID}", True, shown)
        odd = rf"regexp_matches({value}, '[\p{{Cc}}\x{{FFFD}}]')"
        yield _Rule(odd, f"{name} holds control characters", True, shown)
    elif column.type == "instant":
        yield _Rule(unreadable, f"{name} is not a date", fatal, shown)
        yield _Rule(f"{value} < {EARLIEST}", f"{name} is before 1970-01-02", fatal, shown)
        if column != VALID_FROM:  # what will hold from a day on may be known before
            yield _Rule(f"{value} > {timestamp(now)}", f"{name} is in the future", fatal, shown)
    elif column.type in ("money", "number"):
        yield _Rule(unreadable, f"{name} is not a number", fatal, shown)
    elif column.type == "flag":
        yield _Rule(unreadable, f"{name} is neither true nor false", fatal, shown)
    elif column.allowed:
        among = ", ".join(literal(allowed) for allowed in column.allowed)
        words = " or ".join(column.allowed)
        yield _Rule(f"{value} NOT IN ({among})", f"{name} is not {words}", fatal, shown)


def _attribute_rules(cells: Mapping[str, Cell]) -> Iterator[_Rule]:
    held = attribute_cells(cells)
    for name in held:
        wrong = f"{not_blank(f'read_{name}')} AND value_{name} IS NULL"
        own = name.removeprefix(ATTRIBUTE)
        problem = f"{own} is longer than {LONGEST}, or holds control characters"
        yield _Rule(wrong, problem, False, "'(not shown)'")
    if held and VALID_FROM.name in cells:
        known = " OR ".join(f"value_{name} IS NOT NULL" for name in held)
        yield _Rule(f"NOT present_valid_from AND ({known})", "no valid_from", False)


def _rating_rules(cell: Cell) -> Iterator[_Rule]:
    shown = sample_of(cell)
    for kind in RATINGS:
        outside = f"value_value NOT BETWEEN {kind.lowest} AND {kind.highest}"
        wrong = f"({outside} OR (value_value IS NULL AND present_value))"
        problem = f"{kind.name} is not between {kind.lowest:g} and {kind.highest:g}"
        yield _Rule(f"value_kind = {literal(kind.name)} AND {wrong}", problem, True, shown)
