"""The oracle: every column a second time, as SQL for SQLite, written from the nodes' docstrings.

Nothing here shares code or method with the engine: rows (`tests.features.ledger`) are filtered anew
for each customer, cutoff and window; local days come from zoneinfo, a row at a time. Slow, short,
and easy to believe.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.catalogue import Column
from features.clock import Window
from features.expressions import expression as x
from features.expressions.popularity import Chart, Popularity
from tests.features.ledger import filled, scales

if TYPE_CHECKING:
    from tests.features.histories import Shop

Answers = dict[str, dict[tuple[str, int], float | None]]

DAY = 24 * 60 * 60 * 1_000_000
_COLUMNS_PER_QUERY = 60


class Oracle:
    """Answers columns for one shop's rows."""

    def __init__(self, shop: Shop, cutoffs: Sequence[int]) -> None:
        self._scales = scales(shop.currency)
        self._profile = frozenset(shop.customers.column_names)
        self._database = filled(shop, cutoffs)

    def known(self) -> list[tuple[str, int]]:
        """Return who is known before which cutoff, sorted by cutoff, then customer."""
        query = "select customer_id, cutoff from asked order by cutoff, customer_id"
        return [(str(customer), int(cutoff)) for customer, cutoff in self._database.execute(query)]

    def answers(self, columns: Sequence[Column]) -> Answers:
        """Return each column's value for everybody known before each cutoff, None for null."""
        found: Answers = {}
        for first in range(0, len(columns), _COLUMNS_PER_QUERY):
            some = columns[first : first + _COLUMNS_PER_QUERY]
            terms = [self._measure(column.expression, column.window) for column in some]
            query = f"select customer_id, cutoff, {', '.join(terms)} from asked as a"
            for customer, cutoff, *values in self._database.execute(query):
                for column, value in zip(some, values, strict=True):
                    found.setdefault(column.name, {})[customer, cutoff] = value
        return found

    def _measure(self, node: x.Measure, window: Window) -> str:
        match node:
            case x.Constant(value):
                return repr(float(value))
            case x.Arithmetic("/", left, right):
                above, below = self._measure(left, window), self._measure(right, window)
                return f"(cast({above} as real) / nullif({below}, 0))"
            case x.Arithmetic(op, left, right):
                return f"({self._measure(left, window)} {op} {self._measure(right, window)})"
            case x.Fill(inner, value):
                return f"coalesce({self._measure(inner, window)}, {value!r})"
            case x.Trait("tenure_days", _):
                return f"((cutoff - started) / {DAY}.0)"
            case x.Trait(field, _) if field not in self._profile:
                return "null"
            case x.Trait(field, None):
                return f"({field} is not null)"
            case x.Trait(field, str(value)):
                return f"coalesce({field} = {_quoted(value)}, 0)"
            case x.Aggregate():
                return f"({self._aggregate(node, window)})"
        raise TypeError(f"no SQL is written for {node!r}")

    def _aggregate(self, node: x.Aggregate, window: Window) -> str:
        if node.span is not None:
            assert isinstance(node.span.end, int)
            assert node.span.start is None or isinstance(node.span.start, int)
            window = Window(node.span.start, node.span.end)
        rows, field = self._rows(node, window), node.field
        value = self._number(field) if field else "1"
        match node:
            case x.Count():
                return f"select count(*) {rows}"
            case x.Sum():
                return f"select coalesce(sum({field}), 0) / {self._scales[str(field)]} {rows}"
            case x.Mean():
                return f"select avg({value}) {rows}"
            case x.Spread():
                return f"select stdev({value}) {rows}"
            case x.Largest():
                return f"select max({value}) {rows}"
            case x.Smallest():
                return f"select min({value}) {rows}"
            case x.Latest(back=back):
                return f"select {value} {rows} order by at desc, place desc limit 1 offset {back}"
            case x.DaysSinceLast():
                return f"select (a.cutoff - max(at)) / {DAY}.0 {rows}"
            case x.DaysSinceFirst():
                return f"select (a.cutoff - min(at)) / {DAY}.0 {rows}"
            case x.Distinct():
                return f"select count(distinct {field}) {rows}"
            case x.Entropy():
                shares = (
                    f"select count(*) * 1.0 / sum(count(*)) over () as p {rows} group by {field}"
                )
                return f"select -sum(p * ln(p)) from ({shares})"
            case x.TopShare():
                counts = f"select count(*) as m {rows} group by {field}"
                return f"select max(m) * 1.0 / sum(m) from ({counts})"
            case x.Faded(half_life=half_life):
                age = f"((a.cutoff - at) / {DAY})"  # a division of integers: whole days
                weight = f"(rint(1048576 * pow(2.0, -{age} / {float(half_life)!r})) / 1048576.0)"
                return f"select coalesce(sum({weight} * {value}), 0.0) {rows}"
            case x.ShareBelowSilence():
                silence = f"(a.cutoff - max(at) over ()) / {DAY}.0"
                return f"select avg(below) from (select {value} < {silence} as below {rows})"
            case Popularity(chart=None):
                return "null"
            case Popularity(chart=Chart() as chart):
                return f"select avg({_rank(chart, value)}) {rows}"
        raise TypeError(f"no SQL is written for {node!r}")

    def _rows(self, node: x.Aggregate, window: Window) -> str:
        conditions = ["r.customer_id = a.customer_id", f"at < a.cutoff + {window.end} * {DAY}"]
        if window.start is not None:
            conditions.append(f"at >= a.cutoff + {window.start} * {DAY}")
        if node.where is not None:
            conditions.append(self._condition(node.where))
        if node.field is not None:
            conditions.append(f"{node.field} is not null")
        return f"from {node.table} as r where {' and '.join(conditions)}"

    def _condition(self, row: x.Row) -> str:
        match row:
            case x.Flag(field):
                return field
            case x.Both(left, right):
                return f"({self._condition(left)} and {self._condition(right)})"
            case x.Either(left, right):
                return f"({self._condition(left)} or {self._condition(right)})"
            case x.Not(inner):
                return f"(not {self._condition(inner)})"
            case x.Compare(field, op, str(value)):
                return f"coalesce({field} {op} {_quoted(value)}, 0)"
            case x.Compare(field, op, value):
                return f"coalesce({self._number(field)} {op} {value!r}, 0)"
        raise TypeError(f"no SQL is written for {row!r}")

    def _number(self, field: str) -> str:
        return f"({field} / {self._scales[field]})" if field in self._scales else field


def _rank(chart: Chart, product: str) -> str:
    """Return a product's rank as of a cutoff: in the newest chart then, or else in the oldest."""
    of_each = [
        " ".join(
            f"when {product} = {_quoted(name)} then {rank / 1e6!r}"
            for name, rank in zip(chart.products, ranks, strict=True)
            if rank is not None
        )
        for ranks in chart.ranks
    ]
    newest = " ".join(
        f"when a.cutoff >= {instant} then case {ranks} end"
        for instant, ranks in reversed([*zip(chart.instants, of_each, strict=True)])
    )
    return f"case {newest} else case {of_each[0]} end end"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
