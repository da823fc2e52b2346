"""What canonical tables hold, in numbers that add up over parts of the customers.

A shop's history is measured in one piece here, and in many pieces on a cluster; whoever is in one
piece is in no other, so that the sum is what one piece would have given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from features.attributes import levels
from features.attributes.levels import Values
from features.clock import midnight
from features.definitions.kinds import value_of
from features.reach.days import Days, newest_full, rows_by_day, together
from features.reach.spans import KindSpan, Span
from features.resources.workspace import Workspace
from features.tables import ATTRIBUTES, DATED, TABLES

CANONICAL = {**TABLES, ATTRIBUTES.name: ATTRIBUTES}
"""The tables of `features.cleaning.canonical.create_canonical`."""


@dataclass(frozen=True)
class TableMeasure:
    """One table.

    Parameters
    ----------
    rows, customers : int
    shared : int
        Customers who are in the first of the dated tables, too.
    first, last : int or None
        Instants of the first and the last row; None without any, or without times.
    days : mapping of date to int
        Rows by local day, of the tables that say how far a history reaches.
    filled : frozenset of str
        Optional columns that hold something; a flag that is ever true.
    total : int
        The sum of a hash per row: neither the order of the rows nor of the files can show.
    """

    rows: int = 0
    customers: int = 0
    shared: int = 0
    first: int | None = None
    last: int | None = None
    days: Days = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
    total: int = 0

    def __add__(self, other: TableMeasure) -> TableMeasure:
        """Return the measure of both parts."""
        return TableMeasure(
            self.rows + other.rows,
            self.customers + other.customers,
            self.shared + other.shared,
            min((at for at in (self.first, other.first) if at is not None), default=None),
            max((at for at in (self.last, other.last) if at is not None), default=None),
            together(self.days, other.days),
            self.filled | other.filled,
            self.total + other.total,
        )


@dataclass(frozen=True)
class Measure:
    """Some customers' canonical tables.

    Parameters
    ----------
    customers : int
        People with a row in any table that makes one a customer.
    tables : mapping of str to TableMeasure
        Tables that have rows.
    kinds : mapping of str to KindSpan
        Engagement kinds, in the order of their names.
    values : mapping of str to Values
        Attributes with a history.
    undated : int
        Those of `customers` of whom nothing says since when they are.
    """

    customers: int = 0
    tables: Mapping[str, TableMeasure] = field(default_factory=dict)
    kinds: Mapping[str, KindSpan] = field(default_factory=dict)
    values: Mapping[str, Values] = field(default_factory=dict)
    undated: int = 0

    def __add__(self, other: Measure) -> Measure:
        """Return the measure of both parts."""
        tables, kinds = dict(self.tables), dict(self.kinds)
        for name, table in other.tables.items():
            tables[name] = tables.get(name, TableMeasure()) + table
        for name, kind in other.kinds.items():
            has = kinds.get(name, kind._replace(rows=0))
            first, last = min(has.first, kind.first), max(has.last, kind.last)
            valued = has.valued or kind.valued
            kinds[name] = KindSpan(first, last, has.rows + kind.rows, valued)
        kinds = {name: kinds[name] for name in sorted(kinds, key=str.encode)}
        values = dict(self.values)
        for name, some in other.values.items():
            values[name] = values.get(name, Values()) + some
        customers, undated = self.customers + other.customers, self.undated + other.undated
        return Measure(customers, tables, kinds, values, undated)

    @property
    def fields(self) -> frozenset[str]:
        """The optional fields that hold something, such as ``orders.category``.

        A kind of which they hold something stands behind: ``engagement.value:nps``.
        """
        columns = (f"{name}.{c}" for name, table in self.tables.items() for c in table.filled)
        return frozenset(
            (*columns, *(value_of(k) for k, kind in self.kinds.items() if kind.valued))
        )

    @property
    def fingerprint(self) -> str:
        """Hex digest of the rows."""
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            digest.update(f"{name}:{self.tables[name].rows}:{self.tables[name].total};".encode())
        return digest.hexdigest()

    def span(self, until: int, timezone: str) -> dict[str, Span]:
        """Return how far ``orders`` and ``engagement`` reach, where there are any."""
        return {
            name: _span(self.tables[name], until, timezone)
            for name in DATED
            if name in self.tables and self.tables[name].days
        }


def measured(workspace: Workspace, timezone: str) -> Measure:
    """Return the measure of a workspace's canonical tables and ``people``."""
    names = [name for name in CANONICAL if name in workspace.names()]
    main = next((name for name in DATED if name in names), None)
    return Measure(
        workspace.number("SELECT count(*) FROM people"),
        {name: _table(workspace, name, timezone, main) for name in names},
        _kinds(workspace) if "engagement" in names else {},
        levels.values_of(workspace) if "attributes" in names else {},
        _undated(workspace, names) if "customers" in names else 0,
    )


def outline(workspace: Workspace) -> Measure:
    """Return how many rows and customers a workspace has, and nothing else of them."""
    names = [name for name in CANONICAL if name in workspace.names()]
    counts = {name: workspace.number(f"SELECT count(*) FROM {name}") for name in names}
    tables = {name: TableMeasure(rows=rows) for name, rows in counts.items()}
    return Measure(workspace.number("SELECT count(*) FROM people"), tables)


def _span(table: TableMeasure, until: int, timezone: str) -> Span:
    newest = newest_full(table.days)
    assert table.first is not None, "a table without rows is left out"
    assert newest is not None, "and a table with rows has days"
    return Span(table.first, min(until, midnight(newest + timedelta(days=1), timezone)))


def _table(workspace: Workspace, name: str, timezone: str, main: str | None) -> TableMeasure:
    time = CANONICAL[name].time
    columns = ", ".join(column.name for column in CANONICAL[name].stored)
    (row,) = workspace.rows(
        f"SELECT count(*) AS n, count(DISTINCT rank) AS people, "
        f"epoch_us(min({time or 'NULL::TIMESTAMPTZ'})) AS first, "
        f"epoch_us(max({time or 'NULL::TIMESTAMPTZ'})) AS last, "
        f"sum(hash({columns})::HUGEINT)::VARCHAR AS total FROM {name}"
    )
    shared = row["people"] if name == main else 0
    if main is not None and name != main:
        theirs, others = (f"(SELECT DISTINCT rank FROM {table})" for table in (name, main))
        shared = workspace.number(f"SELECT count(*) FROM {theirs} SEMI JOIN {others} USING (rank)")
    days: Days = {}
    if name in DATED:
        days = rows_by_day(workspace, f"SELECT {time} AS moment FROM {name}", timezone)
    filled = frozenset(_filled(workspace, name))
    total = int(row["total"] or 0)
    first, last = row["first"], row["last"]
    return TableMeasure(row["n"], row["people"], shared, first, last, days, filled, total)


def _undated(workspace: Workspace, names: Sequence[str]) -> int:
    """Return how many have a row in customers without a sign-up, and none that is dated."""
    undated = "SELECT rank FROM customers WHERE signed_up_at IS NULL"
    if not workspace.number(f"SELECT count(*) FROM ({undated})"):
        return 0  # to look through the dated tables takes longer
    dated = "".join(f" EXCEPT SELECT rank FROM {name}" for name in DATED if name in names)
    return workspace.number(f"SELECT count(*) FROM ({undated}{dated})")


def _filled(workspace: Workspace, name: str) -> Iterator[str]:
    """Yield the optional columns of a table that hold something."""
    optional = [column for column in CANONICAL[name].stored if not column.required]
    tests = ", ".join(
        f"coalesce(bool_or({c.name if c.type == 'flag' else f'{c.name} IS NOT NULL'}), false) "
        f"AS {c.name}"
        for c in optional
    )
    (row,) = workspace.rows(f"SELECT {tests} FROM {name}")
    yield from (column for column, filled in row.items() if filled)


def _kinds(workspace: Workspace) -> dict[str, KindSpan]:
    rows = workspace.rows(
        "SELECT kind, epoch_us(min(occurred_at)) AS first, epoch_us(max(occurred_at)) AS last, "
        "count(*) AS rows, count(value) > 0 AS valued FROM engagement GROUP BY kind ORDER BY kind"
    )
    return {row.pop("kind"): KindSpan(**row) for row in rows}
