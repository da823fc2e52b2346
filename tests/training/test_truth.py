"""What a training says of a shop whose truth is known: how near the ceiling, how calibrated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.block import Block
from features.clock import midnight
from features.config import Config
from features.engine import compute
from features.facts import columns
from features.history import open_history
from features.sample import SampleShop, make_shop
from training.judging.evaluation import judge
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.cutoffs import Plan
from training.snapshots.dataset import prepare
from training.statistics.metrics import figures

OUTCOMES = ("churn", "review", "share")
CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin", "currency": "EUR"},
        **{table: {"timestamps": "UTC"} for table in ("orders", "engagement", "customers")},
        "churn": {"horizon_days": 90},
        "advocacy": {"horizon_days": 90},
        "training": {"snapshots": 3},
    }
)
QUICK = Recipe(folds=3, max_rounds=80, penalties=(0.1,), most_rows=20_000)


@pytest.fixture(scope="module")
def shop() -> SampleShop:
    return make_shop(customers=6_000, days=600, seed=7)


@pytest.fixture(scope="module")
def judged(shop: SampleShop) -> dict[str, tuple[Judgement, set[str]]]:
    """Return what was found of each outcome, and whom it was asked of on the day of judgement."""
    with open_history(CONFIG, frames=shop.frames) as history:
        data = prepare(history, OUTCOMES, lambda *_: None)
        settings = Settings(recipe=QUICK, resamples=60)
        (block,) = history.blocks(len(shop.customers))
        return {
            plan.outcome.name: (judge(plan, data.slices, settings), asked(block, plan))
            for plan in data.plans
        }


def asked(block: Block, plan: Plan) -> set[str]:
    facts = compute(block, [midnight(plan.newest, "Europe/Berlin")], columns(CONFIG))
    return set(facts.filter(pa.array(plan.outcome.asked(facts)))["customer_id"].to_pylist())


def ceiling(shop: SampleShop, found: Judgement, who: set[str]) -> float:
    """Return the AUROC of who knows how the shop lives, of the same customers."""
    truth = shop.truth(found.newest, churn_horizon_days=90, advocacy_horizon_days=90, gap_days=0)
    known = np.isin(truth["customer_id"].to_pylist(), [*who])
    rows = truth.filter(known & (np.asarray(truth["outcome"]) == found.outcome))
    assert len(rows) == found.test_rows
    labels, bayes = np.asarray(rows["label"], float), np.asarray(rows["bayes_probability"])
    assert labels.mean() == pytest.approx(found.test_rate)
    return figures(labels, bayes)["auroc"]


@pytest.mark.parametrize("outcome", ["churn", "review"])
def test_the_model_comes_near_the_ceiling_and_is_calibrated(
    shop: SampleShop, judged: dict[str, tuple[Judgement, set[str]]], outcome: str
) -> None:
    found, who = judged[outcome]
    best = ceiling(shop, found, who)
    assert best - 0.04 < found.model["auroc"].value < best + 0.02
    assert found.model["ece"].value < 0.02


def test_what_has_no_signal_is_called_so(judged: dict[str, tuple[Judgement, set[str]]]) -> None:
    found, _ = judged["share"]
    assert "no better than chance" in found.verdict
    assert found.model["ece"].value < 0.02
