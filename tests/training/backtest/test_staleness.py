from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from training.backtest import drift, staleness, verdicts
from training.backtest.staleness import Older
from training.bundle.affine import Affine
from training.bundle.blend import Blend
from training.bundle.linear import Linear
from training.bundle.trees import Trees
from training.judging.judgement import Predictor
from training.snapshots.examples import Examples


def predictor(intercept: float) -> Predictor:
    """Return a fit that gives everybody the same probability."""
    one = np.ones(1)
    blend = Blend(("x",), Trees(()), Linear(one, one, one, 0 * one, intercept), 0.0)
    return Predictor(blend, Affine(1.0, (0.0, 0.0, 0.0)))


@pytest.fixture
def judged_on(make_examples: Callable[..., Examples]) -> Examples:
    made = make_examples(customers=400, cutoffs=1)
    return replace(
        made, features=made.features[:, :1], names=("x",), labels=np.tile([1.0, 0.0], 200)
    )


def test_older_fits_are_held_against_the_fresh_one(judged_on: Examples) -> None:
    fits = [(date(2025, 1, 1), predictor(1.0)), (date(2025, 3, 1), predictor(0.0))]
    younger, oldest = staleness.compare(judged_on, date(2025, 5, 1), predictor(0.0), fits)
    assert (younger.steps, younger.days, younger.log_loss) == (1, 61, 0.0)
    # Half the customers at log-odds 1: log(1 + e) - 1/2 against log(2).
    expected = np.log1p(np.e) - 0.5 - np.log(2)
    assert (oldest.steps, oldest.days) == (2, 120)
    assert oldest.log_loss == pytest.approx(expected)
    assert oldest.error == pytest.approx(0.5 / np.sqrt(400))


def test_rows_of_a_sample_count_as_those_they_stand_for(judged_on: Examples) -> None:
    sample = replace(judged_on, weight=np.tile([3.0, 1.0], 200))
    fits = [(date(2025, 1, 1), predictor(1.0))]
    (older,) = staleness.compare(sample, date(2025, 5, 1), predictor(0.0), fits)
    # Three in four of the shop's customers at log-odds 1.
    assert older.log_loss == pytest.approx(np.log1p(np.e) - 0.75 - np.log(2))
    # The square root of sum (weight difference)^2 over the sum of weights.
    assert older.error == pytest.approx(np.sqrt(200 * (0.75**2 + 0.75**2)) / 800)


def test_drift_of_a_sample_is_that_of_the_shop(judged_on: Examples) -> None:
    features = np.tile(np.array([[0.0], [1.0]], np.float32), (200, 1))
    same = replace(judged_on, features=features)
    moved = replace(same, weight=np.tile([3.0, 1.0], 200))
    assert drift.find(same, same, predictor(0.0)).features == {"x": 0.0}
    # Half and half against three to one, less what chance does.
    assert drift.find(same, moved, predictor(0.0)).features["x"] == pytest.approx(0.27, abs=0.01)


def test_the_price_is_the_mean_over_origins_with_their_pooled_error() -> None:
    found = [Older(1, 60, 0.02, 0.003, -0.01), Older(1, 62, 0.04, 0.004, -0.03)]
    (price,) = staleness.price([*found])
    assert (price.days, price.origins) == (61, 2)
    assert price.log_loss.value == pytest.approx(0.03)
    assert price.log_loss.low == pytest.approx(0.03 - 1.96 * 0.0025, abs=1e-6)
    assert price.auroc == pytest.approx(-0.02)


def test_a_day_on_which_all_did_the_same_tells_nothing_of_the_order_of_customers() -> None:
    found = [Older(1, 60, 0.02, 0.003, -0.01), Older(1, 60, 0.04, 0.004, np.nan)]
    assert staleness.price(found)[0].auroc == pytest.approx(-0.01)
    assert np.isnan(staleness.price(found[1:])[0].auroc)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "under two days were judged"),
        ([Older(1, 60, 0.02, 0.001, 0.0)], "a fit 60 days older was worse"),
        ([Older(1, 60, 0.0, 0.01, 0.0)], "nothing shows that retraining more often"),
        (
            [Older(1, 60, 0.0, 0.01, 0.0), Older(2, 120, 0.05, 0.01, 0.0)],
            "only one 120 days older was",
        ),
    ],
)
def test_the_verdict_says_whether_retraining_paid(found: list[Older], words: str) -> None:
    assert words in verdicts.retraining("churn", staleness.price(found))
