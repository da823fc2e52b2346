"""What a customer and a referred friend are worth: from the data where it tells, and said."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.config import Config
from features.history import open_history
from training.bundle.money import Friends
from training.learning.settings import Settings
from training.money import spending, worth
from training.money.judgement import SpendJudgement
from training.snapshots.dataset import prepare

UNTIL = date(2025, 6, 1)


def friends(
    config: Config, frames: dict[str, Any], until: date = UNTIL
) -> tuple[Friends | None, list[str]]:
    with open_history(config, until=until, frames=frames) as history:
        data: Any = SimpleNamespace(history=history, plan={}.get)  # of slices nothing is told
        _, money, notes = worth.fit(data, None, Settings())
        return money.friends, notes


def told(config: Config, **advocacy: float) -> Config:
    said = config.advocacy.model_copy(update=advocacy)
    return config.model_copy(update={"advocacy": said})


def test_the_data_tell_where_they_can(small_config: Config, small_frames: dict[str, Any]) -> None:
    asked = told(small_config, friends_per_referrer=99.0, friend_value=9_000.0)
    people = small_frames["customers"]
    by = people["customer_id"].to_pylist()
    brought = pa.array([by[number // 4] if number % 2 else None for number in range(len(by))])
    place = people.column_names.index("referred_by")
    named = people.set_column(place, "referred_by", brought)
    found, notes = friends(asked, {**small_frames, "customers": named})
    assert found is not None
    assert (found.source, notes) == ("data", [])
    assert 0 < found.per_referrer < 9
    assert 0 < found.value < 900


def test_a_friends_window_is_complete_where_the_orders_reach_not_where_the_visits_do(
    small_config: Config, small_frames: dict[str, Any]
) -> None:
    orders, people = (small_frames[table].to_pandas() for table in ("orders", "customers"))
    by = people["customer_id"]
    named = people.assign(referred_by=[by[n // 4] if n % 2 else None for n in range(len(by))])
    end = date(2025, 2, 1)
    bought = orders[orders["ordered_at"] < pd.Timestamp(end, tz="Europe/Berlin")]
    frames = {**small_frames, "orders": bought, "customers": named}
    (told, _), (later, _) = (friends(small_config, frames, until) for until in (end, UNTIL))
    assert told is not None
    assert later is not None
    assert later.value == told.value


def test_else_the_settings_do_and_both_are_needed(
    small_config: Config, small_frames: dict[str, Any]
) -> None:
    nameless = {**small_frames, "customers": small_frames["customers"].drop_columns("referred_by")}
    asked = told(small_config, friends_per_referrer=1.5, friend_value=40.0)
    assert friends(asked, nameless) == (Friends(1.5, 40.0, "settings"), [])
    for config in (small_config, told(small_config, friend_value=40.0)):
        found, (note,) = friends(config, nameless)
        assert found is None
        assert "fewer than 30 referred buyers" in note
        assert "unless [advocacy] says friends_per_referrer and friend_value" in note


def test_where_nothing_is_sold_nobody_brings_buyers(small_frames: dict[str, Any]) -> None:
    visits = Config.from_dict(
        {"engagement": {}, "customers": {}, "churn": {"activity": "site_visited"}}
    )
    frames = {name: small_frames[name] for name in ("engagement", "customers")}
    assert friends(visits, frames) == (None, [])


def test_where_nobody_ever_stayed_what_stayers_spend_is_unknown() -> None:
    shop = Config.from_dict({"churn": {"horizon_days": 30}})
    draw = np.random.default_rng(0)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.random(400) * 300, unit="D")
    ids = [f"c{number}" for number in range(400)]
    orders = pd.DataFrame({"customer_id": ids, "order_id": ids, "ordered_at": at, "amount": 10.0})
    with open_history(shop, frames={"orders": orders}) as history:
        data = prepare(history, ("churn", "spend"), lambda *_: None)
        judged = spending.judge(data, Settings())
        spend, money, notes = worth.fit(data, judged, Settings())
    assert spend is None
    assert money.next_order is None
    assert money.leavers == (0.0, 0.0, 0.0)
    assert notes == ["nobody stayed at any cutoff: what a customer who stays spends is unknown"]


def test_subscribers_who_order_seldom_are_not_expected_to_order_soon() -> None:
    """Everybody stays, every hundred days an order comes: in a month, it does of one in three."""
    shop = Config.from_dict(
        {"churn": {"event": "cancelled", "horizon_days": 30}, "training": {"snapshots": 2}}
    )
    draw, start = np.random.default_rng(0), pd.Timestamp("2024-01-01")
    days = 100 * draw.random((200, 1)) + 100.0 * np.arange(4)
    ids = np.repeat([f"c{number}" for number in range(200)], 4)
    at = start + pd.to_timedelta(days.ravel(), unit="D")
    lines = {"customer_id": ids, "order_id": [f"o{n}" for n in range(800)], "ordered_at": at}
    orders = pd.DataFrame({**lines, "amount": 10.0})
    told = {"customer_id": ids[:3], "occurred_at": at[1:4], "kind": "cancelled"}
    frames = {"orders": orders, "engagement": pd.DataFrame(told)}
    with open_history(shop, frames=frames) as history:
        data = prepare(history, ("churn", "spend"), lambda *_: None)
        _, money, _ = worth.fit(data, SpendJudgement("prior", "", 0), Settings())
    assert money.next_order is not None
    since = np.array([10.0, 60.0, 95.0])
    known = {"gap_count": np.full(3, 3.0), "gap_mean_log": np.full(3, np.log(100.0))}
    due = money.next_order.days({**known, "days_since_activity": since})
    assert due[:2] == pytest.approx([30.0, 30.0])
    assert due[2] < 15.0
