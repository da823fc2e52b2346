"""What became of customers, held against pandas."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from features.config import Config
from features.errors import LadderError
from features.history import open_history
from features.sample import SampleShop, make_shop
from training.snapshots.happened import happened

ZONE, AS_OF, DAYS, GAP = "Europe/Berlin", date(2025, 3, 20), 60, 7
ENDS_ON = AS_OF + timedelta(days=GAP + DAYS)
CONFIG = Config.from_dict(
    {
        "shop": {"currency": "EUR", "timezone": ZONE},
        "orders": {},
        "engagement": {},
        "churn": {"horizon_days": DAYS, "gap_days": GAP},
        "advocacy": {"horizon_days": DAYS // 2},
    }
)


@pytest.fixture(scope="module")
def shop() -> SampleShop:
    return make_shop(customers=250, days=540, seed=5)


@pytest.mark.parametrize("name", ["churn", "return", "advocate"])
def test_what_became_of_everybody_is_what_pandas_finds(shop: SampleShop, name: str) -> None:
    frames = {"orders": shop.orders.to_pandas(), "engagement": shop.engagement.to_pandas()}
    days = DAYS // 2 if name == "advocate" else DAYS
    with open_history(CONFIG, frames=frames) as history:
        found = happened(history, name, AS_OF, AS_OF + timedelta(days=GAP + days))
    orders, acts = frames["orders"], frames["engagement"]
    cutoff = pd.Timestamp(AS_OF, tz=ZONE)  # the clock changes within the horizon: days of 24 hours
    start, end = (cutoff + pd.Timedelta(after, "D") for after in (GAP, GAP + days))
    within = orders[(orders["ordered_at"] >= start) & (orders["ordered_at"] < end)]
    bought = within[~within["is_return"] & (within["amount"] > 0)]
    did = acts[(acts["occurred_at"] >= start) & (acts["occurred_at"] < end)]
    praised = (did["kind"] == "reviewed") & (did["value"] >= 4)
    spoke = set(did.loc[praised | did["kind"].isin(["referred", "shared"]), "customer_id"])
    back = set(bought["customer_id"])
    known = {
        *orders.loc[orders["ordered_at"] < cutoff, "customer_id"],
        *acts.loc[acts["occurred_at"] < cutoff, "customer_id"],
    }
    spent = within.groupby("customer_id")["amount"].sum().clip(lower=0)
    expected = {"churn": known - back, "return": known & back, "advocate": known & spoke}[name]
    assert found.keys() == known
    assert {who for who, (true, _) in found.items() if true} == expected
    assert 0 < len(expected) < len(known)
    assert {who: spend for who, (_, spend) in found.items()} == pytest.approx(
        {who: float(spent.get(who, 0.0)) for who in known}
    )


@pytest.mark.parametrize("days", [0, DAYS // 2 - 1])
def test_spend_is_unknown_where_orders_end_before_the_horizon(shop: SampleShop, days: int) -> None:
    """Also where they end nearly as many days after the cutoff as it has: it begins after a gap."""
    orders = shop.orders.to_pandas()
    known = orders[orders["ordered_at"] < pd.Timestamp(AS_OF + timedelta(days), tz=ZONE)]
    with open_history(CONFIG, frames={"orders": known, "engagement": shop.engagement}) as history:
        found = happened(history, "advocate", AS_OF, AS_OF + timedelta(days=GAP + DAYS // 2))
    assert {true for true, _ in found.values()} == {True, False}
    assert {spend for _, spend in found.values()} == {None}


def test_a_horizon_that_has_not_passed_or_is_another_is_refused(shop: SampleShop) -> None:
    frames = {"orders": shop.orders, "engagement": shop.engagement}
    with open_history(CONFIG, ENDS_ON - timedelta(days=1), frames) as history:
        with pytest.raises(LadderError, match="history ends on 2025-05-24") as caught:
            happened(history, "return", AS_OF, ENDS_ON)
        assert f"The horizon ends on {ENDS_ON}" in caught.value.came
        with pytest.raises(LadderError, match="it would end on 2025-05-26"):
            happened(history, "return", AS_OF, ENDS_ON + timedelta(days=30))
    # The clock went forward meanwhile: an hour of that day belongs to the horizon.
    with open_history(CONFIG, ENDS_ON + timedelta(days=1), frames) as history:
        assert happened(history, "return", AS_OF, ENDS_ON)
