"""Kinds after which nobody came back, as a shop hears of them before any training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.checking import goodbyes
from features.config import Config
from features.history import open_history

CUSTOMERS, DAYS = 300, 300
FIRST = pd.Timestamp("2024-01-01", tz="UTC")

Orders = pd.DataFrame
Events = Callable[[Orders], pd.DataFrame]


def orders() -> Orders:
    """Return orders about every twelve days, until somebody leaves; every tenth orders once."""
    draw, rows = np.random.default_rng(3), []
    for customer in range(CUSTOMERS):
        day, leaves = int(draw.integers(0, 60)), int(draw.integers(60, 2 * DAYS))
        while day < min(leaves, DAYS):
            rows.append((f"c{customer:03}", day))
            if customer % 10 == 0:
                break
            day += 1 + int(draw.poisson(11))
    made = pd.DataFrame(rows, columns=["customer_id", "day"])
    made["order_id"] = made.index.astype(str)
    made["ordered_at"] = FIRST + pd.to_timedelta(made["day"], "D") + pd.Timedelta(hours=9)
    return made.assign(amount=10.0)


def at(rows: Orders, kind: str, minutes: int) -> pd.DataFrame:
    """Return an event of each row's customer, so long after the order."""
    when = rows["ordered_at"] + pd.Timedelta(minutes=minutes)
    return pd.DataFrame({"customer_id": rows["customer_id"], "occurred_at": when, "kind": kind})


def last(rows: Orders) -> Orders:
    return rows.groupby("customer_id").tail(1)


def regular(rows: Orders) -> Orders:
    return rows[rows.groupby("customer_id")["day"].transform("size") > 1]


def behind_last_orders(rows: Orders) -> pd.DataFrame:
    gone = last(regular(rows))
    return at(gone[gone["day"] < DAYS - 60], "lost", 1)


def told(events: Events, **churn: Any) -> list[str]:
    bought = orders()
    more = pd.DataFrame({"customer_id": ["c001"], "occurred_at": [FIRST], "kind": ["site_visited"]})
    config = Config.from_dict(
        {
            "shop": {"name": "x", "currency": "EUR"},
            "orders": {},
            "engagement": {},
            "churn": {"horizon_days": 30, **churn},
        }
    )
    frames = {
        "orders": bought[["customer_id", "order_id", "ordered_at", "amount"]],
        "engagement": pd.concat([events(bought), more], ignore_index=True),
    }
    with open_history(config, frames=frames) as history:
        return list(history.goodbyes())


def test_what_is_written_behind_last_orders_is_named_with_what_to_do() -> None:
    (said,) = told(behind_last_orders)
    many = len(behind_last_orders(orders()))
    assert said.startswith(f"of {many} customers with the kind lost, none came back within 30 days")
    assert "of all silent for as long, 97% did: if it is written after the fact" in said
    assert said.endswith(
        "leave it out with `where`; if it says goodbye, name it as event under [churn]."
    )


def test_a_shop_with_a_cancellation_is_told_to_read_a_second_goodbye_as_that() -> None:
    def closed_then_cancelled(rows: Orders) -> pd.DataFrame:
        lost = behind_last_orders(rows)
        some = lost["customer_id"].str[-1].isin(["1", "2", "3"])
        days = pd.to_timedelta(np.where(some, 2, 400), "D")
        cancelled = lost.assign(kind="cancelled", occurred_at=lost["occurred_at"] + days)
        return pd.concat([lost, cancelled[some]])

    (said,) = told(closed_then_cancelled, event="cancelled")
    assert "with the kind lost" in said
    assert said.endswith(
        "have the mapping of kind call it cancelled, which ends a subscription here."
    )


def test_another_activity_than_orders_is_what_nobody_came_back_to() -> None:
    def opened(rows: Orders) -> pd.DataFrame:
        return pd.concat([at(rows, "app_opened", 0), behind_last_orders(rows)])

    (said,) = told(opened, activity="app_opened")
    assert "with the kind lost" in said


def some(rows: Orders) -> pd.DataFrame:
    return at(rows[rows.index % 3 == 0], "reviewed", 60)


def before_many_leave(rows: Orders) -> pd.DataFrame:
    gone = last(regular(rows))
    others = regular(rows)
    return at(pd.concat([gone, others[others.index % 7 == 0]]), "ticket_opened", 60)


def of_guests(rows: Orders) -> pd.DataFrame:
    return at(rows.drop(regular(rows).index), "guest", 0)


def of_the_longest_silent(rows: Orders) -> pd.DataFrame:
    gone = last(rows)
    return at(gone[gone["day"] < DAYS - 130], "win_back_sent", 70 * 24 * 60)


def of_a_few(rows: Orders) -> pd.DataFrame:
    return behind_last_orders(rows).head(15)


def after_the_cancellation(rows: Orders) -> pd.DataFrame:
    gone = behind_last_orders(rows)
    later = gone.assign(kind="survey", occurred_at=gone["occurred_at"] + pd.Timedelta(days=1))
    return pd.concat([gone.assign(kind="cancelled"), later])


@pytest.mark.parametrize(
    ("honest", "churn"),
    [
        (some, {}),
        (before_many_leave, {}),
        (of_guests, {}),
        (of_the_longest_silent, {}),
        (of_a_few, {}),
        (after_the_cancellation, {"event": "cancelled"}),
        (behind_last_orders, {"event": "lost"}),
        (behind_last_orders, {"horizon_days": 400}),
        (behind_last_orders, {"activity": "site_visited"}),
    ],
)
def test_an_honest_kind_is_not_named(honest: Events, churn: dict[str, Any]) -> None:
    assert not told(honest, **churn)


def test_of_a_large_shop_some_customers_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goodbyes, "MOST_CUSTOMERS", CUSTOMERS // 3)
    (said,) = told(behind_last_orders)
    many = len(behind_last_orders(orders()))
    assert said.startswith("of one customer in 3: of ")
    assert many // 4 < int(said.split()[6]) < many // 2


def known(plans: pd.DataFrame, **churn: Any) -> list[str]:
    """Return what is said of a shop with orders and attributes alone."""
    columns = {"valid_from": "since", "state": "state", "points": "points"}
    config = Config.from_dict(
        {
            "shop": {"name": "x", "currency": "EUR"},
            "orders": {},
            "customers": {"columns": columns},
            "churn": {"horizon_days": 30, **churn},
        }
    )
    bought = orders()[["customer_id", "order_id", "ordered_at", "amount"]]
    frames = {"orders": bought, "customers": plans}
    with open_history(config, frames=frames) as history:
        return list(history.goodbyes())


@pytest.mark.parametrize(
    ("state", "points", "named"),
    [
        (("lost", "lost"), 0, ["state"]),
        (("lost", "moved"), 0, ["state"]),
        (("fine", "fine"), 3, ["points"]),
        (("fine", "fine"), 0, []),
    ],
)
def test_an_attribute_that_says_goodbye_is_named_once(
    state: tuple[str, str], points: int, named: list[str]
) -> None:
    bought, gone = orders(), behind_last_orders(orders())
    began = bought.groupby("customer_id").head(1)
    first = began.assign(since=began["ordered_at"], state="fine", points=0)
    states = np.where(np.arange(len(gone)) % 3 > 0, *state)
    then = gone.assign(since=gone["occurred_at"], state=states, points=points)
    said = known(pd.concat([first, then])[["customer_id", "since", "state", "points"]])
    assert [
        sentence.partition("with the attribute ")[2].split(",")[0] for sentence in said
    ] == named
    assert all(
        sentence.endswith("if it is written after the fact, leave it out.") for sentence in said
    )


def test_a_shop_without_engagement_has_none() -> None:
    bought = orders()[["customer_id", "order_id", "ordered_at", "amount"]]
    config = Config.from_dict({"shop": {"name": "x", "currency": "EUR"}, "orders": {}})
    with open_history(config, frames={"orders": bought}) as history:
        assert not list(history.goodbyes())
    plans = pd.DataFrame({"customer_id": ["c001"], "since": [FIRST], "state": "fine", "points": 0})
    assert not known(plans, event="cancelled"), "nor where who left would be told by it"
