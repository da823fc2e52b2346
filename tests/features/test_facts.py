"""Facts on histories small enough to count by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from features.clock import instant
from features.config import Config
from features.engine import compute
from features.facts import CHANNEL, channels, columns
from features.settings.sections import Advocacy, Churn

if TYPE_CHECKING:
    from tests.features.histories import Shop

CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)


def facts(shop: Shop, config: Config | None = None) -> dict[str, float]:
    table = compute(shop.block(), [instant(CUTOFF)], columns(config or Config()))
    (row,) = table.drop_columns(["customer_id", "cutoff"]).to_pylist()
    return dict(row)


def ago(days: float) -> datetime:
    return CUTOFF - timedelta(days=days)


def line(days_ago: float, amount: float, order_id: str | None, **more: Any) -> dict[str, Any]:
    return {"ordered_at": ago(days_ago), "amount": amount, "order_id": order_id, **more}


def test_facts_of_a_customer_counted_by_hand(shop_of: type[Shop]) -> None:
    shop = shop_of.of(
        [
            line(400, 10.0, "1"),
            line(400, 5.5, "1"),  # a second line of the first order
            line(396, 20.0, "2"),
            line(380, 0.0, "3"),  # nothing was paid: no order
            line(365.001, -2.0, None, is_return=True),
            line(365, -5.5, None, is_return=True),  # the first instant of the last year
            line(100, 8.25, "4"),
            line(100 - 1 / 48, 1.0, "5"),  # half an hour later, the same day
        ],
        [
            {"occurred_at": ago(200), "kind": "referred"},
            {"occurred_at": ago(370), "kind": "shared"},
            {"occurred_at": ago(20), "kind": "reviewed", "value": 5.0},
            {"occurred_at": ago(10), "kind": "reviewed", "value": 2.0},
            {"occurred_at": ago(3), "kind": "site_visited", "value": 4.0},
        ],
        [{"signed_up_at": ago(410)}],
    )
    assert facts(shop) == pytest.approx(
        {
            "orders_ever": 4,
            "activity_ever": 5,
            "activity_recent": 2,
            "activity_days": 3,
            "activity_periods": 1,
            "days_since_activity": 100 - 1 / 48,
            "days_since_first_activity": 400,
            "gap_count": 2,  # 4 and 296 days
            "gap_mean_log": (math.log(4) + math.log(296)) / 2,
            "gap_mean": 150,
            "gap_max": 296,
            "advocacy_acts_365": 2,
            "research_acts_90": 1,
            "referred_ever": 1,
            "shared_ever": 1,
            "reviewed_positive_ever": 1,
            "spend_ever": 37.25,
            "spend_365": 3.75,
            "subscribed": math.nan,
            "tenure_days": 410,
        },
        abs=1e-6,
        nan_ok=True,
    )


def test_somebody_without_orders_has_counts_of_zero_and_no_days(shop_of: type[Shop]) -> None:
    found = facts(shop_of.of(engagement=[{"occurred_at": ago(3), "kind": "email_sent"}]))
    unknown = {name for name, value in found.items() if math.isnan(value)}
    assert unknown == {
        *("days_since_activity", "days_since_first_activity", "gap_mean_log", "gap_mean"),
        *("gap_max", "subscribed"),
    }
    assert {value for name, value in found.items() if name not in unknown} == {0.0, 3.0}
    assert found["tenure_days"] == 3.0


def test_activity_may_be_an_engagement_kind(shop_of: type[Shop]) -> None:
    shop = shop_of.of(
        [line(1, 10.0, "1")],
        [{"occurred_at": ago(days), "kind": "app_opened"} for days in (50, 40, 9)],
        activity="app_opened",
    )
    config = Config(churn=Churn(activity="app_opened", active_days=30))
    found = facts(shop, config)
    assert found["activity_ever"] == 3
    assert found["activity_recent"] == 1
    assert found["days_since_activity"] == 9
    assert found["orders_ever"] == 1


@pytest.mark.parametrize(
    ("active_on", "periods"),
    [
        ([], 0),
        ([1e-9], 1),
        ([30, 30.0001], 2),  # a period's oldest instant, and the one before it
        ([359.9999], 1),
        ([360], 1),
        ([360.0001], 0),
        ([30.0 * period for period in range(1, 13)], 12),
        ([15.0 + 30 * period for period in range(20)], 12),
    ],
)
def test_activity_periods_are_half_open_thirty_days(
    active_on: list[float], periods: int, shop_of: type[Shop]
) -> None:
    orders = [line(max(days, 0.00001), 9.0, str(days)) for days in active_on]
    shop = shop_of.of(orders, [{"occurred_at": ago(1), "kind": "nps"}])
    assert facts(shop)["activity_periods"] == periods


@pytest.mark.parametrize(
    ("happened", "subscribed"),
    [
        ([], 1),  # never said to have left
        ([(9, "subscribed")], 1),
        ([(9, "cancelled")], 0),
        ([(9, "subscribed"), (5, "cancelled")], 0),
        ([(9, "subscribed"), (5, "cancelled"), (2, "subscribed")], 1),
        ([(9, "subscribed"), (9, "cancelled")], 0),  # at one instant: the cautious reading
        ([(9, "subscribed"), (0, "cancelled")], 1),  # at the cutoff, not before it
    ],
)
def test_subscribed_until_the_latest_of_the_two_is_the_event(
    happened: list[tuple[float, str]], subscribed: int, shop_of: type[Shop]
) -> None:
    actions = [{"occurred_at": ago(days), "kind": kind} for days, kind in happened]
    shop = shop_of.of([line(50, 1.0, "1")], actions)
    assert facts(shop, Config(churn=Churn(event="cancelled")))["subscribed"] == subscribed


@pytest.mark.parametrize(("positive_from", "positive"), [(4.0, 1), (3.0, 2), (4.6, 0)])
def test_positive_reviews_follow_the_shops_own_threshold(
    positive_from: float, positive: int, shop_of: type[Shop]
) -> None:
    reviews = [
        {"occurred_at": ago(days), "kind": "reviewed", "value": stars}
        for days, stars in ((9, 4.5), (8, 3.0), (7, 2.9999), (6, None))
    ]
    config = Config(advocacy=Advocacy(positive_review_from=positive_from))
    assert facts(shop_of.of(engagement=reviews), config)["reviewed_positive_ever"] == positive


@pytest.mark.parametrize(
    ("signed_up", "tenure"), [(None, 30.5), (90.25, 90.25), (10.0, 30.5), (-5.0, 30.5)]
)
def test_tenure_counts_from_the_earlier_of_sign_up_and_first_row(
    signed_up: float | None, tenure: float, shop_of: type[Shop]
) -> None:
    customers = [{"signed_up_at": None if signed_up is None else ago(signed_up)}]
    shop = shop_of.of([line(30.5, 1.0, "1")], (), customers)
    assert facts(shop)["tenure_days"] == tenure


def test_the_channel_is_that_of_the_newest_purchase_that_names_one(shop_of: type[Shop]) -> None:
    bought = [
        ("a", line(9, 5.0, "1", channel="web")),
        ("a", line(5, 5.0, "2", channel="shop")),
        ("a", line(4, 5.0, "3")),  # nobody noted where
        ("a", line(3, -5.0, None, channel="post", is_return=True)),
        ("a", line(0, 5.0, "4", channel="app")),  # at the cutoff, not before it
        ("b", line(8, 5.0, "5")),
        ("c", line(7, 5.0, "6", channel="web")),
    ]
    block = shop_of.of([{"customer_id": who, **one} for who, one in bought]).block()
    table = compute(block, [instant(CUTOFF)], [CHANNEL])
    assert channels(table, block).to_pylist() == ["shop", None, "web"]


def test_a_shop_that_notes_no_channel_has_none(shop_of: type[Shop]) -> None:
    block = shop_of.of([line(9, 5.0, "1")]).block()
    table = compute(block, [instant(CUTOFF)], [CHANNEL])
    assert channels(table, block).to_pylist() == [None]
