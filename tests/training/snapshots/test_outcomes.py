from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.clock import midnight
from features.config import Config
from features.engine import compute
from features.errors import LadderError, UsageError
from features.facts import columns as fact_columns
from features.history import History, open_history
from training.snapshots.cutoffs import fits
from training.snapshots.outcome import Outcome, next_activity
from training.snapshots.outcomes import outcomes

DAY = datetime(2024, 6, 1, tzinfo=UTC)
CUTOFF = midnight(date(2024, 6, 1), "UTC")


OPENED = [(name, DAY, "app_opened", np.nan) for name in ("a", "b")]
Orders = list[tuple[str, datetime, float]]
Acts = list[tuple[str, datetime, str, float]]
Open = Callable[..., History]


@pytest.fixture
def history() -> Iterator[Open]:
    """Yield a function that opens a history of rows in memory; an order is a row of its own."""
    with ExitStack() as opened:

        def make(orders: Orders | None, acts: Acts | None = None, **sections: Any) -> History:
            frames: dict[str, pd.DataFrame] = {}
            if orders is not None:
                bought = pd.DataFrame(orders, columns=["customer_id", "ordered_at", "amount"])
                frames["orders"] = bought.assign(order_id=bought.index.astype(str))
            if acts is not None:
                names = ["customer_id", "occurred_at", "kind", "value"]
                frames["engagement"] = pd.DataFrame(acts, columns=names)
            config = Config.from_dict({**{name: {} for name in frames}, **sections})
            return opened.enter_context(open_history(config, date(2025, 1, 1), frames))

        yield make


def labelled(opened: History, outcome: Outcome) -> tuple[dict[str, float], set[str]]:
    """Return each customer's label at the cutoff, and who is asked."""
    (block,) = opened.blocks()
    table = compute(block, [CUTOFF], [*fact_columns(opened.config), outcome.column])
    ids = table.column("customer_id").to_pylist()
    labels = dict(zip(ids, outcome.labels(table).tolist(), strict=True))
    return labels, set(np.array(ids)[outcome.asked(table)])


def by_name(opened: History, *wanted: str) -> dict[str, Outcome]:
    known, _ = outcomes(opened.config, opened, wanted)
    return {outcome.name: outcome for outcome in known}


def test_churn_is_no_order_in_the_half_open_window_and_asked_of_the_active(history: Open) -> None:
    before, lapsed = DAY - timedelta(days=10), DAY - timedelta(days=300)
    second, end = timedelta(seconds=1), DAY + timedelta(days=30)
    opened = history(
        [
            ("at the cutoff", before, 10),
            ("at the cutoff", DAY, 10),
            ("last second", before, 10),
            ("last second", end - second, 10),
            ("at the end", before, 10),
            ("at the end", end, 10),
            ("return only", before, 10),
            ("return only", DAY, -10),
            ("lapsed", lapsed, 10),
            ("back", lapsed, 10),
            ("back", DAY, 10),
        ],
        churn={"active_days": 60, "horizon_days": 30},
    )
    found = by_name(opened)
    churn, asked = labelled(opened, found["churn"])
    assert asked == {"at the cutoff", "last second", "at the end", "return only"}
    assert {name: churn[name] for name in asked} == {
        "at the cutoff": 0,
        "last second": 0,
        "at the end": 1,
        "return only": 1,
    }
    back, asked = labelled(opened, found["return"])
    assert {name: back[name] for name in asked} == {"lapsed": 0, "back": 1}


def test_a_gap_moves_the_window(history: Open) -> None:
    opened = history(
        [
            (name, at, 10)
            for name, days in {"in the gap": 3, "after it": 7, "at its end": 37}.items()
            for at in (DAY - timedelta(days=5), DAY + timedelta(days=days))
        ],
        churn={"horizon_days": 30, "gap_days": 7},
    )
    churn, _ = labelled(opened, by_name(opened)["churn"])
    assert churn == {"in the gap": 1, "after it": 0, "at its end": 1}


def test_a_gap_moves_the_window_of_advocacy_too(history: Open) -> None:
    after = {"in the gap": 3, "after it": 7, "at its end": 37}
    opened = history(
        [(name, DAY - timedelta(days=5), 10) for name in after],
        [(name, DAY + timedelta(days=days), "shared", np.nan) for name, days in after.items()],
        churn={"gap_days": 7},
        advocacy={"horizon_days": 30},
    )
    share, _ = labelled(opened, by_name(opened)["share"])
    assert share == {"in the gap": 0, "after it": 1, "at its end": 0}


def test_churn_by_event_is_asked_of_those_still_subscribed(history: Open) -> None:
    def acts(name: str, *kinds: tuple[int, str]) -> Acts:
        return [(name, DAY + timedelta(days=days), kind, np.nan) for days, kind in kinds]

    opened = history(
        None,
        [
            *acts("leaves", (-9, "subscribed"), (-8, "app_opened"), (5, "cancelled")),
            *acts("stays", (-8, "app_opened"), (5, "app_opened")),
            *acts("has left", (-9, "subscribed"), (-8, "app_opened"), (-7, "cancelled")),
            *acts("came back", (-9, "cancelled"), (-8, "subscribed"), (-7, "app_opened")),
            *acts("inactive", (-200, "subscribed"), (-200, "app_opened")),
        ],
        churn={"active_days": 60, "activity": "app_opened", "event": "cancelled"},
    )
    churn, asked = labelled(opened, by_name(opened)["churn"])
    assert {name: churn[name] for name in asked} == {"leaves": 1, "stays": 0, "came back": 0}


def test_a_shop_of_subscriptions_asks_nobody_who_cancelled_to_speak_for_it(history: Open) -> None:
    before, later = DAY - timedelta(days=9), DAY + timedelta(days=5)
    opened = history(
        [(name, before, 10) for name in ("subscribed", "cancelled")],
        [
            ("cancelled", before, "cancelled", np.nan),
            ("subscribed", later, "referred", np.nan),
            ("cancelled", later, "referred", np.nan),
        ],
        churn={"event": "cancelled"},
    )
    found = by_name(opened)
    assert labelled(opened, found["refer"])[1] == {"subscribed"}
    assert labelled(opened, found["advocate"])[1] == {"subscribed"}


def test_reviews_count_when_positive_and_advocacy_is_any_act(history: Open) -> None:
    later = DAY + timedelta(days=3)
    opened = history(
        [(name, DAY - timedelta(days=5), 10) for name in ("praises", "grumbles", "refers", "mum")],
        [
            ("praises", later, "reviewed", 4.0),
            ("grumbles", later, "reviewed", 3.0),
            ("refers", later, "referred", np.nan),
        ],
    )
    found = by_name(opened)
    assert set(found) == {"churn", "return", "refer", "review", "advocate", "spend"}
    review, _ = labelled(opened, found["review"])
    advocate, _ = labelled(opened, found["advocate"])
    assert {name for name, label in review.items() if label} == {"praises"}
    assert {name for name, label in advocate.items() if label} == {"praises", "refers"}


def test_advocacy_is_any_of_the_acts_that_can_be_learnt(history: Open) -> None:
    long_ago, lately = DAY - timedelta(days=400), DAY + timedelta(days=200)
    opened = history(
        [("a", long_ago, 10), ("b", lately, 10)],
        [("a", long_ago, "referred", np.nan), ("b", lately, "shared", np.nan)],
    )
    every, _ = outcomes(opened.config, opened, ("advocate",))
    old, _ = outcomes(opened.config, opened, ("advocate",), lambda act: fits(act, opened))
    assert every[0].since > old[0].since == opened.kinds["referred"].first
    assert fits(old[0], opened)


def test_advocacy_comes_with_every_act_or_with_none(history: Open) -> None:
    """Held to what one act allows, it would be that act."""
    acts = [("a", DAY, kind, 5.0) for kind in ("referred", "shared", "reviewed")]
    opened = history([("a", DAY, 10), ("b", DAY, 10)], acts)
    learnt, _ = outcomes(opened.config, opened, ("advocate", "share"))
    assert [one.name for one in learnt] == ["refer", "share", "review", "advocate"]
    learnt, _ = outcomes(opened.config, opened, ("advocate",))
    assert [one.name for one in learnt] == ["advocate"]


def test_spend_is_net_of_returns_and_never_negative(history: Open) -> None:
    before, later = DAY - timedelta(days=5), DAY + timedelta(days=5)
    opened = history(
        [
            ("buys", before, 10),
            ("buys", later, 30),
            ("buys", later, -12.5),
            ("returns", before, 10),
            ("returns", later, -10),
        ]
    )
    spend, _ = labelled(opened, by_name(opened)["spend"])
    assert spend == {"buys": 17.5, "returns": 0.0}


def test_the_next_activity_is_dated_in_days(history: Open) -> None:
    opened = history(
        [
            ("soon", DAY - timedelta(days=5), 10),
            ("soon", DAY + timedelta(days=2, hours=12), 10),
            ("soon", DAY + timedelta(days=9), 10),
            ("never", DAY - timedelta(days=5), 10),
        ]
    )
    days, _ = labelled(opened, next_activity(by_name(opened)["churn"]))
    assert days["soon"] == 2.5
    assert np.isnan(days["never"])


def test_an_order_in_the_gap_is_the_next_one_too(history: Open) -> None:
    opened = history(
        [
            (name, DAY + timedelta(days=days), 10)
            for name, later in {"gap": (2, 20), "last": (36,), "too late": (38,)}.items()
            for days in (-5, *later)
        ],
        churn={"gap_days": 7, "horizon_days": 30},
    )
    days, _ = labelled(opened, next_activity(by_name(opened)["churn"]))
    assert (days["gap"], days["last"]) == (2, 36)
    assert np.isnan(days["too late"])


def test_what_the_history_does_not_carry_is_skipped_in_one_line(history: Open) -> None:
    opened = history([("a", DAY, 10), ("b", DAY, 10)])
    _, skipped = outcomes(opened.config, opened)
    (one,) = skipped
    assert one.names == ("refer", "share", "review", "advocate")
    assert one.why == "the history holds no advocacy actions (referred, shared, reviewed)"


def test_every_act_that_the_history_does_not_hold_is_skipped_by_name(history: Open) -> None:
    opened = history([("a", DAY, 10), ("b", DAY, 10)], [("a", DAY, "shared", np.nan)])
    _, skipped = outcomes(opened.config, opened)
    assert [(one.names, one.why) for one in skipped] == [
        (("refer",), "the engagement table holds no 'referred'"),
        (("review",), "the engagement table holds no 'reviewed'"),
    ]


def test_only_the_wanted_outcomes_are_learnt(history: Open) -> None:
    opened = history([("a", DAY, 10), ("b", DAY, 10)], [("a", DAY, "referred", np.nan)])
    assert set(by_name(opened, "refer", "churn")) == {"refer", "churn"}
    with pytest.raises(UsageError, match="'chrun'") as caught:
        outcomes(opened.config, opened, ("chrun",))
    assert "churn, return, refer" in caught.value.must


def test_spend_brings_churn_with_it(history: Open) -> None:
    """It is learnt of those who stay."""
    opened = history([("a", DAY, 10), ("b", DAY, 10)])
    assert set(by_name(opened, "spend")) == {"churn", "spend"}
    assert set(by_name(opened, "return")) == {"return"}


def test_a_history_that_carries_nothing_of_what_is_wanted_is_refused(history: Open) -> None:
    opened = history([("a", DAY, 10), ("b", DAY, 10)], OPENED)
    with pytest.raises(LadderError, match="no advocacy actions") as caught:
        outcomes(opened.config, opened, ("refer",))
    assert "one of the requested outcomes" in caught.value.must
    assert "--outcome" in caught.value.do
    never = history([("a", DAY, 10), ("b", DAY, 10)], OPENED, churn={"event": "cancelled"})
    with pytest.raises(LadderError, match="holds no 'cancelled'"):
        outcomes(never.config, never, ("spend",))


def test_a_shop_without_orders_is_told_to_name_an_activity(history: Open) -> None:
    opened = history(None, OPENED)
    with pytest.raises(LadderError) as caught:
        outcomes(opened.config, opened)
    assert 'activity = "app_opened"' in caught.value.do
    misnamed = history(None, OPENED, churn={"activity": "login"})
    with pytest.raises(LadderError, match="The kinds there are app_opened"):
        outcomes(misnamed.config, misnamed)
