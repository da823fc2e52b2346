"""Rows in canonical order, and what is derived from them: orders, days, gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from features.clock import instant

if TYPE_CHECKING:
    from tests.features.histories import Shop


def bought(*times: str) -> list[dict[str, Any]]:
    return [
        {"ordered_at": time, "amount": 5.0, "order_id": str(number)}
        for number, time in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("timezone", "times", "gaps"),
    [
        # the local days are neighbours, however many hours lie between
        ("Europe/London", ["2024-03-30T23:30Z", "2024-03-31T00:30Z"], [1]),
        ("Europe/London", ["2024-03-31T00:30Z", "2024-03-31T22:30Z"], []),
        ("Europe/London", ["2024-03-31T00:30Z", "2024-03-31T23:30Z"], [1]),  # a day of 23 hours
        ("Europe/London", ["2024-10-26T23:30Z", "2024-10-27T23:30Z"], []),  # a day of 25 hours
        ("Europe/London", ["2024-10-26T23:30Z", "2024-10-28T00:30Z"], [1]),
        ("America/New_York", ["2024-03-09T12:00Z", "2024-03-11T04:30Z"], [2]),
        ("America/New_York", ["2024-03-09T12:00Z", "2024-03-11T03:30Z"], [1]),
        ("America/New_York", ["2024-11-03T05:30Z", "2024-11-03T06:30Z"], []),  # 01:30 twice
        ("UTC", ["2024-02-28T12:00Z", "2024-03-01T12:00Z"], [2]),  # a leap year
        ("UTC", ["2023-02-28T12:00Z", "2023-03-01T12:00Z"], [1]),
        ("UTC", ["2024-01-01T00:00Z"] * 3, []),
        ("UTC", ["2024-01-01T00:00Z", "2024-01-03T00:00Z", "2024-01-08T00:00Z"], [2, 5]),
        # one minute past midnight it was 23:01 again: the day does not begin a second time
        (
            "America/St_Johns",
            [f"2006-10-29T{time}Z" for time in ("02:00", "02:30:30", "03:00", "04:00")],
            [1],
        ),
    ],
)
def test_gaps_are_whole_local_days_between_activity_days(
    timezone: str, times: list[str], gaps: list[int], shop_of: type[Shop]
) -> None:
    events = shop_of.of(bought(*times), timezone=timezone).block().events("activity")
    gap = events.field("gap")
    assert gap.valid is not None
    assert gap.values[gap.valid].tolist() == gaps
    assert events.flag("is_first_of_day").sum() == len(gaps) + 1


def test_gaps_do_not_reach_across_customers(shop_of: type[Shop]) -> None:
    rows = bought("2024-01-01T00:00Z", "2024-01-05T00:00Z", "2024-01-20T00:00Z")
    rows[2]["customer_id"] = "b"
    gap = shop_of.of(rows).block().events("activity").field("gap")
    assert gap.valid is not None
    assert gap.valid.tolist() == [False, True, False]


def test_an_order_is_dated_by_its_first_purchase_line(shop_of: type[Shop]) -> None:
    rows: list[dict[str, Any]] = [
        {"ordered_at": "2024-01-03T00:00Z", "order_id": "1", "amount": 5.0},
        {"ordered_at": "2024-01-01T00:00Z", "order_id": "1", "amount": 0.0},  # a free sample
        {"ordered_at": "2024-01-02T00:00Z", "order_id": "1", "amount": 9.0},
        {"ordered_at": "2024-01-09T00:00Z", "order_id": "1", "amount": -9.0, "is_return": True},
        {"ordered_at": "2024-01-09T00:00Z", "order_id": None, "amount": -1.0, "is_return": True},
        {"ordered_at": "2024-01-08T00:00Z", "order_id": "1", "amount": 1.0, "customer_id": "b"},
    ]
    events = shop_of.of(rows).block().events("orders")
    first = events.flag("is_first_of_order")
    dates = [datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 8, tzinfo=UTC)]
    assert events.time[first].tolist() == [instant(date) for date in dates]
    assert events.customer[first].tolist() == [0, 1]


def test_a_return_is_negative_however_it_is_written(shop_of: type[Shop]) -> None:
    rows = [
        {"ordered_at": "2024-01-01T00:00Z", "order_id": "1", "amount": 5.0, "is_return": True},
        {"ordered_at": "2024-01-02T00:00Z", "order_id": "1", "amount": -7.0, "is_return": False},
    ]
    events = shop_of.of(rows).block().events("orders")
    assert events.field("amount").values.tolist() == [-500, -700]
    assert not events.flag("is_purchase").any()


def test_rows_at_one_instant_stand_in_the_order_of_their_contents(shop_of: type[Shop]) -> None:
    """So the latest of two answers given at once is the same however the file lies."""
    answers = [
        {"occurred_at": "2024-01-01T00:00Z", "kind": "nps", "value": value, "detail": detail}
        for value, detail in ((7.0, None), (None, None), (-1e-6, None), (3.0, "x"), (5.0, "b"))
    ]
    for rows in permutations(answers):
        events = shop_of.of(engagement=rows).block().events("engagement")
        values = events.field("value")
        assert values.valid is not None
        assert values.values[values.valid].tolist() == [-1, 7_000_000, 5_000_000, 3_000_000]
        assert values.valid.tolist() == [False, True, True, True, True]


def test_local_hours_and_weekdays_are_the_shops(shop_of: type[Shop]) -> None:
    rows = bought("2024-03-31T00:59Z", "2024-03-31T01:00Z", "2024-07-01T23:30Z")
    london = shop_of.of(rows).block().events("orders")
    assert london.field("hour").values.tolist() == [0, 2, 0]
    assert london.field("weekday").values.tolist() == [6, 6, 1]
    kolkata = shop_of.of(rows, timezone="Asia/Kolkata").block().events("orders")
    assert kolkata.field("hour").values.tolist() == [6, 6, 5]
