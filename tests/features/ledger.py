"""The oracle's tables: a shop's rows in SQLite, each counted and dated by itself."""

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

if TYPE_CHECKING:
    from tests.features.histories import Shop

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINOR = {"GBP": 2, "JPY": 0, "KWD": 3}

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


def filled(shop: Shop, cutoffs: Sequence[int]) -> sqlite3.Connection:
    """Return a database of a shop's rows, and of who is asked at which cutoff.

    Its functions are those of the oracle, too: `ln`, `pow`, `rint` (half to even) and `stdev`.
    """
    database = sqlite3.connect(":memory:")
    for name, function in (("ln", math.log), ("pow", math.pow), ("rint", round)):
        database.create_function(name, -1, _null_aware(function), deterministic=True)
    database.create_aggregate("stdev", 1, _Deviation)
    database.executescript(_SCHEMA)
    units = scales(shop.currency)
    _insert(database, "lines", _lines(shop, units))
    _insert(database, "actions", _actions(shop, units))
    _insert(database, "people", _people(shop))
    _insert(database, "cutoffs", ([cutoff] for cutoff in cutoffs))
    for statement in _DERIVED.split(";\n"):
        kind = {"kind": shop.activity} if ":kind" in statement else {}
        database.execute(statement, kind)
    return database


def scales(currency: str | None) -> dict[str, float]:
    """Return how many of the smallest units one of each number is."""
    money, millionths = 10.0 ** _MINOR[currency or "GBP"], 1e6
    return {
        "amount": money,
        "discount": money,
        "quantity": millionths,
        "value": millionths,
        "log_gap": millionths,
    }


def _insert(database: sqlite3.Connection, table: str, rows: Iterator[list[Any]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        database.execute(f"insert into {table} values ({marks})", row)


def _null_aware(function: Callable[..., float]) -> Callable[..., float | None]:
    return lambda *given: None if None in given else function(*given)


class _Deviation:
    def __init__(self) -> None:
        self._values: list[float] = []

    def step(self, value: Any) -> None:
        self._values.append(value)

    def finalize(self) -> Any:  # sqlite3's stubs know whole numbers only
        return statistics.stdev(self._values) if len(self._values) > 1 else None


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
