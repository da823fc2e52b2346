"""A model that learnt from attributes of customers: what it knows, and what it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.clock import DAY, midnight
from features.config import Config
from features.engine import compute
from features.errors import LadderError
from features.history import open_history
from serving.explanations.reasons import Reason
from serving.explanations.selection import sentences
from serving.scoring import score
from training.assembly import assemble
from training.bundle import histories
from training.bundle.bundle import Bundle
from training.judging.evaluation import judge
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.dataset import Dataset, prepare

Frames = dict[str, Any]
Judged = tuple[Dataset, Judgement]
UNTIL, E = date(2025, 6, 1), date(2025, 4, 2)
ZONE = "Europe/Berlin"
COLUMNS = {"valid_from": "since", "plan": "plan", "seats": "seats"}


@pytest.fixture(scope="module")
def config(small_config: Config) -> Config:
    data = small_config.model_dump(mode="json")
    data["customers"] = {"timestamps": "UTC", "columns": COLUMNS}
    return Config.from_dict(data)


def with_plans(frames: Frames, since: int, gone: set[str]) -> Frames:
    """Return the shop with plans: everybody begins on a basic one, some change at an instant."""
    rows = [
        {"customer_id": who, "since": at, "plan": plan, "seats": seats}
        for n, who in enumerate(frames["customers"]["customer_id"].to_pylist())
        for at, plan, seats in (
            (midnight(date(2024, 2, 1), ZONE), "basic", n % 5),
            (since, "ended" if who in gone else "kept", 7 + n % 3),
        )
    ]
    customers = pa.Table.from_pylist(rows)
    instants = customers["since"].cast(pa.timestamp("us", "UTC"))
    return {**frames, "customers": customers.set_column(1, "since", instants)}


def leavers(frames: Frames) -> set[str]:
    """Return who bought before E and not in the 60 days from it."""
    start = midnight(E, ZONE)
    at = frames["orders"]["ordered_at"].cast(pa.int64()).to_numpy()
    ids = np.array(frames["orders"]["customer_id"].to_pylist())
    return set(ids[at < start]) - set(ids[(at >= start) & (at < start + 60 * DAY)])


@pytest.fixture(scope="module")
def judged(config: Config, judge_churn: Callable[..., Judged]) -> Callable[[Frames], Judged]:
    return partial(judge_churn, config, UNTIL)


def test_a_value_from_the_cutoff_on_is_not_seen(
    judged: Callable[[Frames], Judged], small_frames: Frames
) -> None:
    """It would tell everything: the plan of whoever leaves ends when the horizon begins."""
    planted = with_plans(small_frames, midnight(E, ZONE), leavers(small_frames))
    data, found = judged(planted)
    assert {"attribute:plan=ended", "attribute:plan=basic"} <= {c.name for c in data.columns}
    at = data.slices.cutoff <= midnight(E, ZONE)
    ended = data.slices.table["attribute:plan=ended"].to_numpy()[at]
    basic = data.slices.table["attribute:plan=basic"].to_numpy()[at]
    assert not np.nansum(ended)
    assert np.nanmin(basic) == 1
    assert not any("attribute:" in alarm for alarm in found.alarms)


def test_a_valid_from_that_was_written_after_the_fact_raises_an_alarm(
    judged: Callable[[Frames], Judged], small_frames: Frames
) -> None:
    planted = with_plans(small_frames, midnight(E, ZONE) - 1, leavers(small_frames))
    _, found = judged(planted)
    assert any("the column attribute:plan=ended alone" in alarm for alarm in found.alarms)


@pytest.fixture(scope="module")
def frames(small_frames: Frames) -> Frames:
    return with_plans(small_frames, midnight(date(2025, 3, 1), ZONE), set())


@pytest.fixture(scope="module")
def bundle(
    config: Config, frames: Frames, quick: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Bundle:
    settings = Settings(seed=7, recipe=quick, resamples=40)
    with open_history(config, until=UNTIL, frames=frames) as history:
        data = prepare(history, ("churn",), lambda *_: None)
        judgements = [judge(plan, data.slices, settings) for plan in data.plans]
        path = tmp_path_factory.mktemp("attributes") / "bundle"
        assemble(data, judgements, settings, lambda *_: None).write(path)
    return Bundle.read(path)


def test_a_bundle_keeps_the_levels_and_the_card_names_the_attributes(bundle: Bundle) -> None:
    names = [column.name for column in bundle.columns if column.name.startswith("attribute:")]
    assert names == ["attribute:plan=basic", "attribute:plan=kept", "attribute:seats"]
    assert "attributes of customers feed it" in bundle.card
    assert "plan, seats" in bundle.card
    assert "since" not in str(bundle.settings)


def test_scoring_needs_the_attributes_of_the_training(
    bundle: Bundle, small_config: Config, small_frames: Frames
) -> None:
    with (
        open_history(small_config, until=UNTIL, frames=small_frames) as history,
        pytest.raises(LadderError, match="no plan, seats with a valid_from"),
    ):
        score(history, bundle, UNTIL)


def test_a_history_as_json_gives_the_numbers_of_the_tables(
    bundle: Bundle, config: Config, frames: Frames
) -> None:
    cutoff = midnight(UNTIL, ZONE)
    with open_history(config, until=UNTIL, frames=frames) as history:
        (block,) = history.blocks()
        tables = {name: block.rows(name) for name in ("orders", "engagement")}
        tables["customers"] = block.customers.drop_columns(["attributes"])
        told = compute(block, [cutoff], bundle.columns)
    sent = histories.to_json({name: rows for name, rows in tables.items() if rows is not None})
    assert any(row["kind"] == "attribute:plan" for row in sent[0]["engagement"])
    live = compute(histories.block(sent, config), [cutoff], bundle.columns)
    for column in bundle.columns:
        one, other = live[column.name].to_numpy(), told[column.name].to_numpy()
        assert one.tobytes() == other.tobytes(), column.name
    assert set(told["attribute:plan=kept"].to_pylist()) == {1.0}


def test_a_number_sent_without_text_is_a_number(bundle: Bundle, config: Config) -> None:
    at = datetime.combine(UNTIL, time(), UTC)
    sent = {
        "customer_id": "new",
        "orders": [{"order_id": "1", "ordered_at": "2025-05-01T00:00:00+00:00", "amount": 3.0}],
        "engagement": [
            {"occurred_at": "2025-05-01T00:00:00+00:00", "kind": "attribute:seats", "value": 4.0},
            {"occurred_at": "2025-05-02T00:00:00+00:00", "kind": "attribute:plan", "detail": "x"},
        ],
    }
    table = compute(
        histories.block([sent], config), [int(at.timestamp()) * 1_000_000], bundle.columns
    )
    (row,) = table.to_pylist()
    assert row["attribute:seats"] == 4
    assert row["attribute:plan=kept"] == row["attribute:plan=basic"] == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("attribute:plan=kept", 1.0, "Plan is kept: raises the risk"),
        ("attribute:plan=kept", 0.0, "Plan is not kept: raises the risk"),
        ("attribute:plan=kept", None, "Nobody noted their plan: raises the risk"),
        ("attribute:seats", 8.0, "Seats 8 (similar customers: 9): raises the risk"),
    ],
)
def test_a_reason_reads_well(bundle: Bundle, name: str, value: float | None, said: str) -> None:
    columns = {column.name: column for column in bundle.columns}
    reason = Reason("churn", "attribute:plan", name, value, 0.3, 9.0)
    assert sentences([reason], columns, "EUR") == [said]
