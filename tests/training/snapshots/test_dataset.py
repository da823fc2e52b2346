from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.config import Config
from features.errors import LadderError
from features.history import open_history
from training.snapshots.dataset import prepare

CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin"},
        "churn": {"activity": "app_opened", "event": "cancelled", "horizon_days": 30},
        "training": {"snapshots": 3},
    }
)


def test_a_service_that_everybody_has_left_is_told_so() -> None:
    """The app is still opened, so that cutoffs are found; but nobody is subscribed any more."""
    draw = np.random.default_rng(0)
    parts = []
    for kind, days in (
        ("subscribed", draw.random(60) * 150),
        ("app_opened", 150 + draw.random(60) * 210),
        ("cancelled", 270 + draw.random(60) * 20),
    ):
        at = pd.Timestamp("2023-01-01") + pd.to_timedelta(days, unit="D")
        ids = [f"c{number}" for number in range(60)]
        parts.append(pd.DataFrame({"customer_id": ids, "occurred_at": at, "kind": kind}))
    last = pd.DataFrame(
        {"customer_id": ["c0"], "occurred_at": [pd.Timestamp("2023-12-27")], "kind": ["app_opened"]}
    )
    frames = {"engagement": pd.concat([*parts, last])}
    with (
        open_history(CONFIG, frames=frames) as history,
        pytest.raises(LadderError, match="Some customers must be eligible") as told,
    ):
        prepare(history, (), lambda *_: None)
    assert "nobody is eligible for churn, return" in told.value.came
    assert "active_days" in told.value.do


def test_spend_without_churn_is_left_out_and_said(small_frames: dict[str, Any]) -> None:
    about = {"churn": {"event": "gave up"}}
    with open_history(Config.from_dict(about), frames=small_frames) as history:
        data = prepare(history, (), lambda *_: None)
    why = {name: one.why for one in data.skipped for name in one.names}
    assert "'gave up'" in why["churn"]
    assert why["spend"] == "it is learnt of those who stay, and churn is not"
    assert data.spend is None


@pytest.mark.parametrize(
    ("days", "why"),
    [
        pytest.param((0, 330), "the orders end on 2023-11-26, before the horizon of", id="ends"),
        pytest.param((300, 360), "the orders begin on 2023-10-28, after the first", id="begins"),
        pytest.param((0, 357), "", id="is as long, but for a quiet week"),
    ],
)
def test_spend_is_not_learnt_of_days_that_the_orders_do_not_tell_of(
    days: tuple[int, int], why: str
) -> None:
    """An app is opened every week for a year; orders are exported of a part of it."""
    who, opened = np.repeat(np.arange(60), 51), np.tile(np.arange(51) * 7.0, 60)
    at = pd.Timestamp("2023-01-01") + pd.to_timedelta(opened + who / 60, unit="D")
    app = pd.DataFrame({"customer_id": who.astype(str), "occurred_at": at, "kind": "app_opened"})
    bought = pd.date_range("2023-01-01", periods=360, freq="D")[slice(*days)] + pd.Timedelta("9h")
    orders = pd.DataFrame(
        {
            "customer_id": [str(number % 60) for number in range(len(bought))],
            "order_id": [str(number) for number in range(len(bought))],
            "ordered_at": bought,
            "amount": 10.0,
        }
    )
    config = Config.from_dict(
        {
            "churn": {"activity": "app_opened", "horizon_days": 30},
            "training": {"snapshots": 3},
        }
    )
    with open_history(config, frames={"orders": orders, "engagement": app}) as history:
        data = prepare(history, ("spend",), lambda *_: None)
    said = {name: one.why for one in data.skipped for name in one.names}
    assert said.get("spend", "").startswith(why)
    assert (data.spend is None) is bool(why)
