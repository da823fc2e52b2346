"""Leaks planted in a whole shop: each is refused, raises an alarm, or cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.catalogue import Column
from features.clock import DAY, midnight
from features.config import Config
from features.contract import Orders
from features.errors import LadderError
from features.history import open_history
from features.standard import standard_columns
from training.bundle.shelf import Shelf
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.options import Options
from training.snapshots.dataset import Dataset, prepare
from training.train import train

Frames = dict[str, Any]
Judged = tuple[Dataset, Judgement]
UNTIL = date(2025, 6, 1)
E = date(2025, 4, 2)


@pytest.fixture(scope="module")
def judged(small_config: Config, judge_churn: Callable[..., Judged]) -> Callable[[Frames], Judged]:
    return partial(judge_churn, small_config, UNTIL)


def leavers(frames: Frames) -> pa.Array:
    """Return who bought before E and not in the 60 days from it."""
    start = midnight(E, "Europe/Berlin")
    at = frames["orders"]["ordered_at"].cast(pa.int64()).to_numpy()
    ids = frames["orders"]["customer_id"].to_numpy(zero_copy_only=False)
    after = set(ids[(at >= start) & (at < start + 60 * DAY)])
    return pa.array(sorted(set(ids[at < start]) - after), pa.string())


def told_of(frames: Frames, who: pa.Array, at: int) -> Frames:
    """Return the tables with an engagement row of a kind of its own for some customers."""
    table: pa.Table = frames["engagement"]
    rows = {name: pa.nulls(len(who), table.schema.field(name).type) for name in table.column_names}
    rows |= {
        "customer_id": who,
        "occurred_at": pa.array([at] * len(who)).cast(table.schema.field("occurred_at").type),
        "kind": pa.array(["canary"] * len(who), pa.string()),
    }
    planted = pa.table(rows).cast(table.schema)
    return {**frames, "engagement": pa.concat_tables([table, planted])}


def test_an_event_exactly_at_the_cutoff_is_not_seen(
    judged: Callable[[Frames], Judged], small_frames: Frames
) -> None:
    at = midnight(E, "Europe/Berlin")
    data, found = judged(told_of(small_frames, leavers(small_frames), at))
    assert found.newest == E
    rows = data.slices.rows(data.plans[0].outcome, (E,))
    assert not rows.matrix(("kind:canary_count_365d",)).any()
    assert found.alarms == ()


def test_nothing_from_the_day_that_is_judged_on_teaches_the_fit_that_is_judged(
    judged: Callable[[Frames], Judged], small_frames: Frames
) -> None:
    start = midnight(E, "Europe/Berlin")
    orders: pa.Table = small_frames["orders"]
    at = orders["ordered_at"].cast(pa.int64()).to_numpy()
    known = pc.is_in(
        orders["customer_id"],
        orders["customer_id"].filter(pa.array((at < start) & (at >= start - 300 * DAY))),
    )
    # Of those asked on E most buy nothing from then on. Who comes later and on which day the rows
    # end stays as it was: folds are dealt by the place of a customer among all.
    kept = (at < start) | (at >= start + 50 * DAY) | (np.arange(len(at)) % 4 == 0)
    cut = orders.filter(pc.or_(pa.array(kept), pc.invert(known)))
    (data, found), (_, other) = judged(small_frames), judged({**small_frames, "orders": cut})
    assert data.plans[0].evaluation_auxiliary.censored
    assert found.chosen["censored_rows"] > 0
    assert found.chosen["earlier_rows"] > 0
    assert found.scores is not None
    assert other.scores is not None
    assert (found.scores.labels != other.scores.labels).any()
    np.testing.assert_array_equal(found.scores.model, other.scores.model)


def test_an_event_written_after_the_fact_raises_an_alarm_and_the_training_does_not_serve(
    small_config: Config,
    small_frames: Frames,
    quick: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    at = midnight(E, "Europe/Berlin") - DAY
    made = train(
        small_config,
        tmp_path,
        until=UNTIL,
        wanted=["churn"],
        frames=told_of(small_frames, leavers(small_frames), at),
        options=Options(recipe=quick, tracking_uri="http://127.0.0.1:9"),
    )
    assert made.path.is_dir()
    assert not made.decision.promoted
    assert "an alarm blocks promotion: the column kind:canary_" in made.decision.why
    assert Shelf(tmp_path).champion() is None


def test_an_event_behind_each_last_order_raises_an_alarm_unless_it_is_what_is_asked_for(
    judged: Callable[[Frames], Judged],
    small_config: Config,
    judge_churn: Callable[..., Judged],
    small_frames: Frames,
) -> None:
    orders: pa.Table = small_frames["orders"]
    last = orders.group_by("customer_id").aggregate([("ordered_at", "max")])
    at = last["ordered_at_max"].cast(pa.int64()).to_numpy()
    gone = last.filter(pa.array(at < midnight(UNTIL, "Europe/Berlin") - 30 * DAY))
    lost = pa.array(gone["ordered_at_max"].cast(pa.int64()).to_numpy() + 1_000_000)
    frames = told_of(small_frames, gone["customer_id"].combine_chunks(), 0)
    engagement: pa.Table = frames["engagement"]
    times = pa.chunked_array(
        [small_frames["engagement"]["occurred_at"].cast(pa.int64()).combine_chunks(), lost]
    ).cast(engagement.schema.field("occurred_at").type)
    place = engagement.column_names.index("occurred_at")
    frames = {**frames, "engagement": engagement.set_column(place, "occurred_at", times)}
    _, found = judged(frames)
    assert any("with the kind canary, none came back" in alarm for alarm in found.alarms)
    settings = small_config.settings()
    settings["churn"]["event"] = "canary"
    _, asked = judge_churn(Config.from_settings(settings), UNTIL, frames)
    assert not any("came back" in alarm for alarm in asked.alarms)


def test_an_attribute_of_customers_that_knows_the_future_raises_an_alarm(
    judged: Callable[[Frames], Judged], small_frames: Frames
) -> None:
    customers: pa.Table = small_frames["customers"]
    gone = pc.is_in(customers["customer_id"], leavers(small_frames))
    words = pc.if_else(gone, "referral", "advertising")
    position = customers.column_names.index("acquired_by")
    stale = customers.set_column(position, "acquired_by", words)
    _, found = judged({**small_frames, "customers": stale})
    assert any("the column came_by_referral alone" in alarm for alarm in found.alarms)


def test_a_column_from_the_future_is_refused(
    small_config: Config, small_frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = Column("canary", Orders().amount.sum().between(0, 90))
    monkeypatch.setattr(
        "training.snapshots.dataset.standard_columns",
        lambda *given: (*standard_columns(*given), canary),
    )
    with (
        open_history(small_config, until=UNTIL, frames=small_frames) as history,
        pytest.raises(LadderError, match="The window of canary ends after it"),
    ):
        prepare(history, ("churn",), lambda *_: None)
