"""The oracle: every column a second time, as SQL for SQLite, written from the nodes' docstrings.

Nothing here shares code or method with the engine: rows are filtered anew for each customer, cutoff
and window; local days come from zoneinfo, a row at a time. Slow, short, and easy to believe.
"""

from __future__ import annotations

import math
import sqlite3
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from features import expression as x
from features.catalogue import Column
from features.clock import Window

if TYPE_CHECKING:
    from tests.features.histories import Shop

Answers = dict[str, dict[tuple[str, int], float | None]]

DAY = 24 * 60 * 60 * 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINOR = {"GBP": 2, "JPY": 0, "KWD": 3}
_COLUMNS_PER_QUERY = 60

_SCHEMA = """
create table lines (customer_id, at, order_id, amount, quantity, discount, category, product_id,
                    channel, is_return, local_day, weekday, hour);
create table actions (customer_id, at, kind, value, detail, local_day, weekday, hour);
create table people (customer_id, signed_up_at, acquired_by, referred_by);
create table cutoffs (cutoff);
"""

# Rows that share an instant stand in the order of their contents; null comes first.
_DERIVED = """
create table orders as
select *,
    is_purchase and order_id is not null and 1 = row_number() over (
        partition by customer_id, order_id, is_purchase order by place) as is_first_of_order,
    is_purchase and category is not null and 1 = row_number() over (
        partition by customer_id, category, is_purchase order by place) as is_first_of_category
from (select *, amount > 0 and not is_return as is_purchase, row_number() over (
        order by customer_id, at, is_return, order_id, product_id, channel, category, discount,
        quantity, amount) as place from lines);

create table engagement as
select *, row_number() over (order by customer_id, at, detail, kind, value) as place from actions;

create table activity as
with rows as (
    select customer_id, at, place, local_day from orders where :kind is null and is_purchase
    union all
    select customer_id, at, place, local_day from engagement where kind = :kind),
dated as (
    select customer_id, at, place, max(local_day) over earlier as day from rows
    window earlier as (partition by customer_id order by place)),
numbered as (
    select *, row_number() over (partition by customer_id, day order by place) = 1
        as is_first_of_day, lag(day) over (partition by customer_id order by place) as day_before
    from dated)
select *, case when is_first_of_day then day - day_before end as gap,
    case when is_first_of_day then rint(1e6 * ln(day - day_before)) end as log_gap
from numbered;

create table known as
select customer_id, min(at) as started from (
    select customer_id, at from lines union all select customer_id, at from actions
    union all select customer_id, signed_up_at from people where signed_up_at is not null)
group by customer_id;

create table asked as
select known.customer_id, cutoff, started, acquired_by, referred_by
from known join cutoffs on started < cutoff left join people using (customer_id);
"""


class Oracle:
    """Answers columns for one shop's rows."""

    def __init__(self, shop: Shop, cutoffs: Sequence[int]) -> None:
        self._scales = _scales(shop.currency)
        self._profile = frozenset(shop.customers.column_names)
        self._database = sqlite3.connect(":memory:")
        for name, function in (("ln", math.log), ("pow", math.pow), ("rint", round)):
            self._database.create_function(name, -1, _null_aware(function), deterministic=True)
        self._database.create_aggregate("stdev", 1, _Deviation)
        self._database.executescript(_SCHEMA)
        self._insert("lines", _lines(shop, self._scales))
        self._insert("actions", _actions(shop, self._scales))
        self._insert("people", _people(shop))
        self._insert("cutoffs", ([cutoff] for cutoff in cutoffs))
        for statement in _DERIVED.split(";\n"):
            kind = {"kind": shop.activity} if ":kind" in statement else {}
            self._database.execute(statement, kind)

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

    def _insert(self, table: str, rows: Iterator[list[Any]]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._database.execute(f"insert into {table} values ({marks})", row)

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


def _null_aware(function: Callable[..., float]) -> Callable[..., float | None]:
    return lambda *given: None if None in given else function(*given)


class _Deviation:
    def __init__(self) -> None:
        self._values: list[float] = []

    def step(self, value: Any) -> None:
        self._values.append(value)

    def finalize(self) -> Any:  # sqlite3's stubs know whole numbers only
        return statistics.stdev(self._values) if len(self._values) > 1 else None


def _scales(currency: str | None) -> dict[str, float]:
    money, millionths = 10.0 ** _MINOR[currency or "GBP"], 1e6
    return {
        "amount": money,
        "discount": money,
        "quantity": millionths,
        "value": millionths,
        "log_gap": millionths,
    }


def _lines(shop: Shop, scales: dict[str, float]) -> Iterator[list[Any]]:
    for row in _dicts(shop.orders):
        returned = bool(row["is_return"]) or row["amount"] < 0
        amount = abs(_units(row["amount"], scales["amount"]) or 0)
        yield [
            row["customer_id"],
            _instant(row["ordered_at"]),
            row["order_id"],
            -amount if returned else amount,
            _units(row["quantity"], scales["quantity"]),
            _units(row["discount"], scales["discount"]),
            row["category"],
            row["product_id"],
            row["channel"],
            returned,
            *_local(row["ordered_at"], shop.timezone),
        ]


def _actions(shop: Shop, scales: dict[str, float]) -> Iterator[list[Any]]:
    for row in _dicts(shop.engagement):
        yield [
            row["customer_id"],
            _instant(row["occurred_at"]),
            row["kind"],
            _units(row["value"], scales["value"]),
            row["detail"],
            *_local(row["occurred_at"], shop.timezone),
        ]


def _people(shop: Shop) -> Iterator[list[Any]]:
    for row in _dicts(shop.customers):
        signed_up = row.get("signed_up_at")
        yield [
            row["customer_id"],
            None if signed_up is None else _instant(signed_up),
            row.get("acquired_by"),
            row.get("referred_by"),
        ]


def _dicts(table: pa.Table | None) -> list[dict[str, Any]]:
    return [] if table is None else table.to_pylist()


def _instant(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _local(moment: datetime, timezone: str) -> tuple[int, int, int]:
    here = moment.astimezone(ZoneInfo(timezone))
    return here.toordinal(), here.weekday(), here.hour


def _units(number: float | None, scale: float) -> int | None:
    """Return a decimal number as a count of the smallest units, rounded half to even."""
    if number is None:
        return None
    return int((Decimal(repr(number)) * int(scale)).quantize(Decimal(1), ROUND_HALF_EVEN))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
