"""Examples thinned out still stand for the shop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.made import MakeExamples
from training.bundle.odds import sigmoid
from training.learning import calibration, learner
from training.learning.recipe import Recipe, Task
from training.snapshots.examples import Examples

QUICK = Recipe(folds=3, learning_rate=0.1, max_rounds=100, patience=10)


@pytest.fixture(scope="module")
def rare(make_examples: MakeExamples) -> Examples:
    """Return examples of whom hardly any has a label of 1."""
    return make_examples(customers=6000, cutoffs=3, shift=-4.0)


def thinned(examples: Examples, most: int) -> Examples:
    """Return about so many rows that stand for all."""
    rows, weight = examples.thinning(most, seed=7)
    return replace(examples.take(rows), weight=weight)


def test_every_example_of_a_rare_outcome_stays_and_the_rest_weighs_more(rare: Examples) -> None:
    left = thinned(rare, 6000)
    assert len(left) == pytest.approx(6000, rel=0.1)
    assert left.labels.sum() == rare.labels.sum()
    assert left.stands_for == pytest.approx(len(rare), rel=0.05)
    assert left.positives == rare.positives


def test_customers_stay_or_go_with_all_their_rows(rare: Examples) -> None:
    left = thinned(rare, 6000)
    rows = np.bincount(rare.customer)
    assert (np.bincount(left.customer, minlength=len(rows))[left.customer] == 3).all()
    assert (rows == 3).all()


def test_where_neither_label_is_rare_the_rate_stays(make_examples: MakeExamples) -> None:
    even = make_examples(customers=6000, cutoffs=3)
    left = thinned(even, 6000)
    assert len(left) == pytest.approx(6000, rel=0.1)
    rate = float(np.average(left.labels, weights=left.weights))
    assert rate == pytest.approx(float(even.labels.mean()), abs=0.03)


def test_rows_that_stand_for_others_already_stand_for_more(rare: Examples) -> None:
    sampled = replace(rare, weight=np.full(len(rare), 5.0))
    assert thinned(sampled, 6000).stands_for == pytest.approx(5 * len(rare), rel=0.05)


def test_a_regression_of_fewer_rows_sees_every_example_of_the_rarer_label(rare: Examples) -> None:
    """A third of the rows, drawn without looking, held a third of the few who spoke."""
    task = Task(rare, "logit", QUICK, seed=7)
    rows, weight = task.drawn(len(rare) // 3)
    assert rare.labels[rows].sum() == rare.labels.sum()
    rate = float(np.average(rare.labels[rows], weights=weight))
    assert rate == pytest.approx(float(rare.labels.mean()), rel=0.1)


def test_few_rows_are_left_as_they_are(rare: Examples) -> None:
    rows, weight = rare.thinning(len(rare), seed=7)
    assert rows.tolist() == list(range(len(rare)))
    assert weight is rare.weight


def test_a_model_of_thinned_examples_knows_the_rate_of_all(
    rare: Examples, make_examples: MakeExamples
) -> None:
    left = thinned(rare, 6000)
    # The regression takes a part of what is left: the two draws must have nothing in common.
    fitted = learner.fit(left, recipe=replace(QUICK, most_rows_linear=3000))
    above = calibration.fit(fitted.out_of_fold, left.labels, left.stratum, left.customer_weights)
    fresh = make_examples(customers=6000, cutoffs=3, shift=-4.0, seed=9)
    said = sigmoid(above.apply(fitted.blend.score(fresh.features), fresh.stratum))
    assert said.mean() == pytest.approx(fresh.labels.mean(), rel=0.15)
