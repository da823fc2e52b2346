"""Who was asked for an act of advocacy is told apart, where the shop notes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.clock import DAY, midnight
from features.config import Config
from features.history import open_history
from features.sample import make_shop
from tests.training.made import MakeExamples
from training.bundle.bundle import Bundle
from training.judging import asking
from training.judging.evaluation import judge
from training.judging.groups import Group
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.report import render
from training.snapshots.dataset import Dataset, prepare

UNTIL = date(2025, 6, 1)


@pytest.fixture(scope="module")
def frames() -> dict[str, Any]:
    """Return the tables of a shop with enough advocates to judge."""
    return make_shop(customers=1_500, days=540, seed=11).frames


@pytest.fixture(scope="module")
def judged(
    small_config: Config, frames: dict[str, Any], quick: Recipe
) -> Callable[..., tuple[Dataset, dict[str, Judgement]]]:
    def go(
        contacts: list[dict[str, Any]], wanted: tuple[str, ...], *names: str
    ) -> tuple[Dataset, dict[str, Judgement]]:
        config = small_config.model_copy(update={"contacts": small_config.orders})
        tables = {**frames, "contacts": pa.Table.from_pylist(contacts)}
        with open_history(config, until=UNTIL, frames=tables) as history:
            data = prepare(history, wanted, lambda *_: None)
            settings = Settings(recipe=quick, resamples=10)
            plans = [plan for plan in data.plans if plan.outcome.name in names]
            return data, {p.outcome.name: judge(p, data.slices, settings) for p in plans}

    return go


def contact(who: str, at: int, ask: str | None, arm: str = "treated") -> dict[str, Any]:
    moment = pa.scalar(at).cast(pa.timestamp("us", "UTC")).as_py()
    return {"customer_id": who, "campaign": "c", "contacted_at": moment, "arm": arm, "ask": ask}


def test_those_asked_in_the_horizon_are_told_apart_from_the_others(
    judged: Callable[..., tuple[Dataset, dict[str, Judgement]]], frames: dict[str, Any]
) -> None:
    start = midnight(UNTIL - timedelta(days=60), "Europe/Berlin")
    people = frames["customers"]["customer_id"].to_pylist()
    asked = people[:200]
    contacts = [
        *(contact(who, start, "refer") for who in asked[:100]),
        *(contact(who, start + 60 * DAY - 1, "refer") for who in asked[100:]),
        *(contact(who, start - 1, "refer") for who in people[200:300]),  # before the horizon
        *(contact(who, start + DAY, "refer", "control") for who in people[300:400]),
        *(contact(who, start + DAY, "review") for who in people[400:500]),
        *(contact(who, start + DAY, None) for who in people[500:600]),
    ]
    data, found = judged(contacts, ("churn", "refer", "advocate"), "churn", "advocate")
    assert found["advocate"].model, "there is enough to judge"
    assert not found["churn"].asking
    flags = {}
    for name in ("refer", "advocate"):
        plan = data.plan(name)
        assert plan is not None
        assert midnight(plan.newest, "Europe/Berlin") == start
        flags[name] = data.slices.was_asked(plan.outcome, (plan.newest,))
    assert flags["refer"] is not None
    assert flags["advocate"] is not None
    assert 20 < flags["refer"].sum() <= 200
    assert flags["refer"].sum() < flags["advocate"].sum() <= 300, "any of the asks is for it"
    advocate = found["advocate"]
    assert advocate.asking.keys() == {asking.ASKED, asking.UNASKED}
    assert advocate.asking[asking.ASKED].rows == flags["advocate"].sum()
    assert sum(group.rows for group in advocate.asking.values()) == advocate.test_rows
    happened = sum(group.rows * group.rate for group in advocate.asking.values())
    assert happened == pytest.approx(advocate.test_positives)
    assert advocate.to_json()["asking"][asking.ASKED]["rows"] == flags["advocate"].sum()


def test_nothing_is_told_where_no_ask_is_noted(
    judged: Callable[..., tuple[Dataset, dict[str, Judgement]]], frames: dict[str, Any]
) -> None:
    who = frames["customers"]["customer_id"][0].as_py()
    unasked = [contact(who, midnight(date(2025, 4, 10), "UTC"), None)]
    _, found = judged(unasked, ("refer",), "refer")
    assert found["refer"].model, "there is enough to judge"
    assert not found["refer"].asking


@pytest.mark.parametrize(("asked", "side"), [(True, asking.ASKED), (False, asking.UNASKED)])
def test_where_all_or_none_were_asked_in_the_horizon_there_is_one_side(
    make_examples: MakeExamples, asked: bool, side: str
) -> None:
    made = make_examples(customers=2_000, cutoffs=1)
    found = asking.figures(made, np.full(2_000, 0.5), np.full(2_000, asked))
    assert {name: (group.rows, group.ece) for name, group in found.items()} == {side: (2_000, None)}


def test_the_report_says_what_the_figures_mean(small_bundle: Bundle) -> None:
    side = vars(Group(1234, 0.25, 0.23, 0.275, 0.125, None))
    outcomes = small_bundle.metrics["outcomes"]
    told = {**outcomes, "churn": {**outcomes["churn"], "asking": {asking.ASKED: side}}}
    page = render(replace(small_bundle, metrics={**small_bundle.metrics, "outcomes": told}))
    assert asking.MEANS in page
    assert "<td>1,234</td><td>12.5</td><td>25.0 [23.0, 27.5]</td>" in page
    assert asking.MEANS not in render(small_bundle)
