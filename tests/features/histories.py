"""Small made-up histories: by hypothesis, full of what goes wrong, and by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import strategies as st

from features.block import Block
from features.clock import midnight
from features.tables import CUSTOMERS, ENGAGEMENT, KINDS, ORDERS

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = {"orders": "ordered_at", "engagement": "occurred_at"}


@dataclass(frozen=True)
class Shop:
    """The rows of some customers, and the settings that a block needs."""

    orders: pa.Table | None
    engagement: pa.Table | None
    customers: pa.Table
    timezone: str = "Europe/London"
    currency: str | None = "GBP"
    activity: str | None = None

    @classmethod
    def of(
        cls,
        orders: Sequence[dict[str, Any]] = (),
        engagement: Sequence[dict[str, Any]] = (),
        customers: Sequence[dict[str, Any]] = (),
        **settings: Any,
    ) -> Shop:
        """Return a shop of rows written as dicts; the customer is ``a`` where none is named."""
        return cls(
            _table(ORDERS.schema, orders, is_return=False),
            _table(ENGAGEMENT.schema, engagement),
            _table(CUSTOMERS.schema, customers),
            **settings,
        )

    @property
    def ids(self) -> list[str]:
        """Everybody with a row, sorted."""
        tables = (self.orders, self.engagement, self.customers)
        found = {i for table in tables if table for i in table["customer_id"].to_pylist()}
        return sorted(found, key=str.encode)

    def block(self) -> Block:
        """Return the block of all customers."""
        return Block(
            orders=self.orders,
            engagement=self.engagement,
            customers=self.customers,
            timezone=self.timezone,
            currency=self.currency,
            activity=self.activity,
        )

    def only(self, ids: Sequence[str]) -> Shop:
        """Return the shop as if it had only these customers."""
        return self._each(
            lambda table: table.filter(pc.is_in(table["customer_id"], pa.array(ids, pa.string())))
        )

    def shuffled(self, random: np.random.Generator) -> Shop:
        """Return the same rows in another order, cut into other chunks."""

        def shuffle(table: pa.Table) -> pa.Table:
            mixed = table.take(random.permutation(len(table)))
            cut = int(random.integers(0, len(table) + 1))
            return pa.concat_tables([mixed.slice(0, cut), mixed.slice(cut)])

        return self._each(shuffle)

    def before(self, cutoff: int) -> Shop:
        """Return what was known at an instant: no row at or after it, no later sign-up."""
        moment = pa.scalar(cutoff).cast(pa.timestamp("us", "UTC"))
        cut = {
            name: table and table.filter(pc.less(table[time], moment))
            for name, time in _TIMES.items()
            for table in [getattr(self, name)]
        }
        later = pc.greater_equal(self.customers["signed_up_at"], moment)
        signed_up = pc.if_else(later, pa.scalar(None, moment.type), self.customers["signed_up_at"])
        place = self.customers.column_names.index("signed_up_at")
        customers = self.customers.set_column(place, "signed_up_at", signed_up)
        return replace(self, customers=customers, **cut)

    def since(self, cutoff: int) -> Shop:
        """Return only what happened at an instant or after it."""
        moment = pa.scalar(cutoff).cast(pa.timestamp("us", "UTC"))
        later = {
            name: table and table.filter(pc.greater_equal(table[time], moment))
            for name, time in _TIMES.items()
            for table in [getattr(self, name)]
        }
        return replace(self, **later)

    def plus(self, other: Shop) -> Shop:
        """Return this shop with another's orders and engagement added."""
        added = {
            name: pa.concat_tables([mine, theirs]) if mine and theirs else mine
            for name in _TIMES
            for mine, theirs in [(getattr(self, name), getattr(other, name))]
        }
        return replace(self, **added)

    def _each(self, change: Any) -> Shop:
        return replace(
            self,
            orders=None if self.orders is None else change(self.orders),
            engagement=None if self.engagement is None else change(self.engagement),
            customers=change(self.customers),
        )


def moment(instant: int) -> datetime:
    """Return an instant as a datetime."""
    return _EPOCH + timedelta(microseconds=instant)


CUTOFFS = tuple(
    midnight(day, "Europe/London")
    # after a leap day, after the clocks went forward, a year without 29 February
    for day in (date(2024, 3, 1), date(2024, 4, 1), date(2025, 3, 1))
)
_KINDS = (*KINDS, "wished")
_REMARKABLE = [
    datetime(2024, 2, 29, 12, tzinfo=UTC),  # a leap day
    datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC),  # London springs forward at 01:00
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 10, 26, 23, tzinfo=UTC),  # local midnight, the day London falls back
    datetime(2024, 10, 27, 0, 30, tzinfo=UTC),  # 01:30, for the first time
    datetime(2024, 10, 27, 1, 30, tzinfo=UTC),  # 01:30 once more
    datetime(2024, 3, 10, 7, tzinfo=UTC),  # New York springs forward
    datetime(2024, 11, 3, 5, 30, tzinfo=UTC),  # 01:30 there, for the first time
    datetime(2024, 11, 3, 6, 30, tzinfo=UTC),
    datetime(2023, 7, 1, 22, 59, 59, 999_999, tzinfo=UTC),  # the last microsecond of a local day
    datetime(2023, 7, 1, 23, tzinfo=UTC),
    datetime(1999, 12, 31, tzinfo=UTC),
]
_BORDERS = [0, 7, 23, 30, 60, 90, 180, 274, 360, 365]
_MICROSECOND = timedelta(microseconds=1)

instants = st.one_of(
    st.sampled_from(_REMARKABLE),
    st.builds(
        lambda cutoff, days, nudge: moment(cutoff) - days * DAY + nudge * _MICROSECOND,
        st.sampled_from(CUTOFFS),
        st.sampled_from(_BORDERS),
        st.integers(-1, 1),
    ),
    st.datetimes(datetime(2022, 6, 1), datetime(2025, 5, 1), timezones=st.just(UTC)),
)
ids = st.sampled_from(["a", "b", "Z9", "é", "客"])
_numbers = st.none() | st.sampled_from(
    [0.0, 1.0, 2.0, 4.0, 5.0, 10.0, 0.1, 2.5, 37.125, -3.0, -1e-06, 5e5]
)
_words = st.none() | st.sampled_from(["tea", "Tea", "it's", "zebra", ""])
_money = st.sampled_from([0.0, 0.01, 0.125, 0.375, 1.0, 19.99, 20.0, 250.0]) | st.decimals(
    0, 900, places=2
).map(float)


def _order(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as the contract has it: a return is negative, an order has an id."""
    row["is_return"] = row["is_return"] or row["amount"] < 0
    row["amount"] = -abs(row["amount"]) if row["is_return"] else row["amount"]
    if row["order_id"] is None and not row["is_return"]:
        row["order_id"] = "1"
    return row


orders = st.fixed_dictionaries(
    {
        "customer_id": ids,
        "order_id": st.none() | st.sampled_from(["1", "2", "3", "4"]),
        "ordered_at": instants,
        "amount": _money,
        "quantity": _numbers,
        "discount": st.none() | _money,
        "category": _words,
        "product_id": _words,
        "channel": _words,
        "is_return": st.sampled_from([False, False, False, True]),
    }
).map(_order)
actions = st.fixed_dictionaries(
    {
        "customer_id": ids,
        "occurred_at": instants,
        "kind": st.sampled_from(_KINDS),
        "value": _numbers,
        "detail": _words,
    }
)
people = st.fixed_dictionaries(
    {
        "customer_id": ids,
        "signed_up_at": st.none() | instants,
        "acquired_by": st.none() | st.sampled_from(["referral", "advertising", "organic", "it's"]),
        "referred_by": st.none() | ids,
    }
)


def _some(rows: st.SearchStrategy[dict[str, Any]], most: int) -> st.SearchStrategy[Any]:
    """Return lists of rows, some of them twice."""
    return st.lists(rows, max_size=most).flatmap(
        lambda drawn: st.just(drawn) | st.just(drawn + drawn[:3])
    )


shops = st.builds(
    Shop,
    orders=st.none() | _some(orders, 24).map(lambda rows: _table(ORDERS.schema, rows)),
    engagement=st.none() | _some(actions, 24).map(lambda rows: _table(ENGAGEMENT.schema, rows)),
    customers=st.lists(people, max_size=5, unique_by=lambda row: str(row["customer_id"])).map(
        lambda rows: _table(CUSTOMERS.schema, rows)
    ),
    timezone=st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata"]),
    currency=st.sampled_from(["GBP", "JPY", "KWD", None]),
    activity=st.sampled_from([None, None, "app_opened"]),
)


def _table(schema: pa.Schema, rows: Sequence[dict[str, Any]], **defaults: Any) -> pa.Table:
    whole = [{"customer_id": "a", **defaults, **_dated(row)} for row in rows]
    return pa.Table.from_pylist(whole, schema=schema)


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with datetimes for times written as text."""
    return {
        name: datetime.fromisoformat(value)
        if name.endswith("_at") and isinstance(value, str)
        else value
        for name, value in row.items()
    }


def crowd(customers: int, seed: int) -> Shop:
    """Return many customers with a few dozen rows each, all times at random."""
    random = np.random.default_rng(seed)
    start, end = CUTOFFS[0] - 500 * 86_400_000_000, CUTOFFS[-1] + 90 * 86_400_000_000

    def times(n: int) -> pa.Array:
        return pa.array(random.integers(start, end, n)).cast(pa.timestamp("us", "UTC"))

    def some(n: int, words: Sequence[str]) -> pa.Array:
        return pa.array(random.choice(np.array(words), n)).cast(pa.string())

    names = [f"customer {number}" for number in range(customers)]
    n, m = 20 * customers, 30 * customers
    amount = np.round(random.lognormal(3, 1, n), 2) * random.choice([1, 1, 1, 1, -1], n)
    orders = {
        "customer_id": some(n, names),
        "order_id": pa.array(random.integers(0, n // 2, n)).cast(pa.string()),
        "ordered_at": times(n),
        "amount": amount,
        "quantity": random.integers(1, 5, n).astype(float),
        "discount": np.round(random.exponential(2, n), 2) * random.integers(0, 2, n),
        "category": some(n, ["tea", "mugs", "books", "lamps"]),
        "product_id": pa.array(random.integers(0, 200, n)).cast(pa.string()),
        "channel": some(n, ["web", "app"]),
        "is_return": pa.array(amount < 0),
    }
    engagement = {
        "customer_id": some(m, names),
        "occurred_at": times(m),
        "kind": some(m, _KINDS),
        "value": np.round(random.exponential(4, m), 1),
        "detail": some(m, ["x", "y"]),
    }
    people = {"customer_id": pa.array(names), "signed_up_at": times(customers)}
    for name in CUSTOMERS.schema.names[2:]:
        people[name] = pa.nulls(customers, CUSTOMERS.schema.field(name).type)
    people["acquired_by"] = some(customers, ["referral", "advertising", "organic"])
    return Shop(
        pa.table(orders, schema=ORDERS.schema),
        pa.table(engagement, schema=ENGAGEMENT.schema),
        pa.table(people, schema=CUSTOMERS.schema),
    )
