"""Whom referring customers bring, and what those are worth, told by parts of the customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from features.block import Block
from features.clock import DAY
from features.portions import ALL
from tests.features.daily import history
from training.bundle.money import Friends
from training.money import friends
from training.money.friends import Friendships

START = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL = int(START.timestamp() * 1e6) + 100 * DAY


def block(count: int) -> Block:
    """Return customers brought by Anna and Ben; Carl says that he brought somebody, too."""
    people = [f"friend{number}" for number in range(count)]
    orders = [(who, 10.0, 50.0) for who in people]
    orders += [(who, 20.0, -10.0) for who in people]  # a return inside the horizon
    orders += [(who, 40.0, 500.0) for who in people]  # the first instant past it
    orders += [("last", 70.0, 40.0), ("late", 70.001, 999.0)]
    orders += [("anna", 1.0, 5.0), ("selfish", 1.0, 7.0)]
    customers = {
        "customer_id": [*people, "last", "late", "anna", "window shopper", "selfish"],
        "referred_by": ["anna", *["ben"] * (count + 1), None, "anna", "selfish"],
    }
    engagement = {
        "customer_id": ["anna", "carl", "anna"],
        "occurred_at": instants([3.0, 4.0, 5.0]),
        "kind": ["referred", "referred", "shared"],
        "value": pa.nulls(3, pa.float64()),
    }
    table = {
        "customer_id": [who for who, _, _ in orders],
        "order_id": [str(number) for number in range(len(orders))],
        "ordered_at": instants([day for _, day, _ in orders]),
        "amount": [amount for *_, amount in orders],
        "is_return": [amount < 0 for *_, amount in orders],
    }
    return Block(
        orders=pa.table(table), engagement=pa.table(engagement), customers=pa.table(customers)
    )


def instants(days: list[float]) -> pa.Array:
    return pa.array([START + timedelta(days=day) for day in days], pa.timestamp("us", "UTC"))


def found(count: int, horizon_days: int = 30) -> Friends | None:
    return friends.fit(Friendships(horizon_days, UNTIL)(block(count)))


def test_friends_are_first_time_buyers_per_customer_who_referred() -> None:
    told = found(40)
    assert told is not None
    # 42 bought (one too late for its value), brought by Anna, Ben, and Carl whose friends did not.
    assert told.per_referrer == pytest.approx(42 / 3)
    assert told.value == pytest.approx(40.0)


def test_too_few_friends_tell_nothing() -> None:
    assert found(28) is None
    assert found(29) is not None


def test_what_a_friend_is_worth_counts_the_largest_spends_as_the_99th_percentile() -> None:
    spend = [10.0] * 199 + [1e6]
    told = friends.fit(
        pa.table(
            {
                "customer_id": [f"friend{number}" for number in range(200)],
                "referred_by": ["anna"] * 200,
                "bought": [True] * 200,
                "spend": spend,
                "refers": [False] * 200,
            },
            schema=friends.SCHEMA,
        )
    )
    assert told is not None
    assert told.value == pytest.approx(10.0)


def test_a_longer_horizon_counts_later_orders() -> None:
    told = found(40, horizon_days=85)
    assert told is not None
    assert told.value == pytest.approx(540.0)


def test_parts_of_the_customers_tell_what_all_of_them_do() -> None:
    whole = block(40)
    work = Friendships(30, UNTIL)
    parts = [work(whole.among(whole.ids.slice(start, 7))) for start in range(0, len(whole), 7)]
    assert friends.fit(pa.concat_tables(parts)) == friends.fit(work(whole))


def test_the_rows_that_tell_of_friendships_tell_what_all_rows_do() -> None:
    whole = block(40)
    rows = {name: whole.rows(name) for name in ("orders", "engagement")}
    frames = {**rows, "customers": whole.customers}
    with history(**frames) as opened:
        work = Friendships(30, opened.until)
        every, some = (
            pa.concat_tables([table for table, _ in opened.each(work, only)])
            for only in (ALL, friends.READ)
        )
    assert some.num_rows == every.num_rows > 40
    assert some.equals(every)


def test_a_shop_that_names_nobody_has_no_friends() -> None:
    some = block(40)
    orders = Block(orders=some.rows("orders"))
    assert friends.fit(Friendships(30, UNTIL)(orders)) is None
