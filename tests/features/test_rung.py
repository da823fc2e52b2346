"""The rungs of the ladder and the strata, as the glossary defines them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.clock import instant
from features.config import Config
from features.engine import compute
from features.facts import RESEARCH, columns
from features.rung import RUNGS, STRATA, rung, stratum

if TYPE_CHECKING:
    from tests.features.histories import Shop

CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
FACTS = ("activity_days", "activity_periods", "advocacy_acts_365", "research_acts_90")


@pytest.mark.parametrize(
    ("days", "periods", "acts", "research", "expected"),
    [
        (0, 0, 0, 0, "awareness"),
        (0, 0, 0, 1, "research"),
        (0, 0, 3, 1, "research"),  # speaks for a shop they never bought from
        (0, 0, 1, 0, "awareness"),
        (1, 1, 0, 0, "first_time"),
        (1, 0, 0, 9, "first_time"),  # however long ago
        (2, 1, 0, 0, "repeat"),
        (50, 3, 0, 0, "repeat"),
        (4, 4, 0, 0, "client"),
        (50, 12, 0, 0, "client"),
        (1, 1, 1, 0, "advocate"),
        (50, 12, 2, 5, "advocate"),
    ],
)
def test_the_rung_is_the_first_that_fits_from_the_top(
    days: float, periods: float, acts: float, research: float, expected: str
) -> None:
    values = (days, periods, acts, research)
    facts = {name: np.array([value]) for name, value in zip(FACTS, values, strict=True)}
    assert rung(facts).to_pylist() == [expected]
    assert expected in RUNGS


def rung_of(shop: Shop, config: Config | None = None) -> str:
    config = config or Config()
    table = compute(shop.block(), [instant(CUTOFF)], columns(config))
    (found,) = rung(table, config.standing.client_periods).to_pylist()
    return str(found)


def order(days_ago: float) -> dict[str, object]:
    at = CUTOFF - timedelta(days=days_ago)
    return {"order_id": str(days_ago), "ordered_at": at, "amount": 10.0}


def act(days_ago: float, kind: str, value: float | None = None) -> dict[str, object]:
    return {"occurred_at": CUTOFF - timedelta(days=days_ago), "kind": kind, "value": value}


@pytest.mark.parametrize(
    ("orders", "actions", "expected"),
    [
        ([], [act(500, "email_sent")], "awareness"),
        ([], [act(90, "site_visited")], "research"),
        ([], [act(90.001, "site_visited")], "awareness"),
        ([order(800)], [], "first_time"),
        ([order(10), order(9.8)], [], "first_time"),  # two orders on one local day
        ([order(10), order(11)], [], "repeat"),
        ([order(0.5 + 30 * period) for period in (0, 1, 2, 11)], [], "client"),
        ([order(0.5 + 30 * period) for period in (0, 1, 2, 12)], [], "repeat"),
        ([order(0.5), order(30), order(60), order(90)], [], "repeat"),  # two in one period
        ([order(0.5), order(30.1), order(60.1), order(90.1)], [], "client"),
        ([order(500)], [act(365, "referred")], "advocate"),
        ([order(500)], [act(365.001, "shared")], "first_time"),
        ([order(500)], [act(10, "reviewed", 4.0)], "advocate"),
        ([order(500)], [act(10, "reviewed", 3.9)], "first_time"),
        ([order(500)], [act(10, "reviewed")], "first_time"),  # stars unknown
        ([{**order(5), "amount": 0.0}], [], "awareness"),  # gave nothing, bought nothing
        ([{**order(5), "is_return": True}], [act(1, "cart_added")], "research"),
    ],
)
def test_rungs_of_histories(
    orders: list[dict[str, object]],
    actions: list[dict[str, object]],
    expected: str,
    shop_of: type[Shop],
) -> None:
    assert rung_of(shop_of.of(orders, actions)) == expected


@pytest.mark.parametrize(
    ("orders", "actions", "standing", "expected"),
    [
        ([order(500)], [act(40, "shared")], {"advocate_days": 30}, "first_time"),
        ([order(500)], [act(500, "shared")], {"advocate_days": 700}, "advocate"),
        ([], [act(20, "cart_added")], {"research_days": 10}, "awareness"),
        ([], [act(200, "cart_added")], {"research_days": 300}, "research"),
        ([order(5), order(40)], [], {"client_periods": 2}, "client"),
        ([order(0.5 + 30 * period) for period in range(4)], [], {"client_periods": 5}, "repeat"),
    ],
)
def test_a_shop_may_cut_its_rungs_elsewhere(
    orders: list[dict[str, object]],
    actions: list[dict[str, object]],
    standing: dict[str, int],
    expected: str,
    shop_of: type[Shop],
) -> None:
    config = Config.from_dict({"standing": standing})
    assert rung_of(shop_of.of(orders, actions), config) == expected
    assert rung_of(shop_of.of(orders, actions)) != expected


def test_the_rung_counts_order_days_whatever_keeps_a_customer_alive(shop_of: type[Shop]) -> None:
    opened = [act(0.5 + 30 * period, "app_opened") for period in range(6)]
    both = Config.from_dict({"orders": {}, "churn": {"activity": "app_opened"}})
    without_orders = Config.from_dict({"churn": {"activity": "app_opened"}})

    def rung_in(config: Config, *days_ago: float) -> str:
        shop = shop_of.of([order(days) for days in days_ago], opened, activity="app_opened")
        (found,) = rung(compute(shop.block(), [instant(CUTOFF)], columns(config))).to_pylist()
        return str(found)

    assert rung_in(both) == "research"
    assert rung_in(both, 10, 9.8) == "first_time"
    assert rung_in(both, 10, 11) == "repeat"
    assert rung_in(both, 0.5, 30.5, 60.5, 90.5) == "client"
    assert rung_in(without_orders) == "client"


@pytest.mark.parametrize("kind", RESEARCH)
def test_every_sign_of_research_counts(kind: str, shop_of: type[Shop]) -> None:
    assert rung_of(shop_of.of(engagement=[act(5, kind)])) == "research"


def test_strata_follow_activity_days_and_periods() -> None:
    facts = {
        "activity_days": np.array([0.0, 1.0, 2.0, 30.0, 4.0, 1.0]),
        "activity_periods": np.array([0.0, 1.0, 2.0, 3.0, 4.0, 4.0]),
    }
    named = [STRATA[code] for code in stratum(facts)]
    assert named == ["first_time", "first_time", "repeat", "repeat", "client", "first_time"]
