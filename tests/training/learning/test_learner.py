from __future__ import annotations

import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.training.made import MakeExamples
from training.bundle.odds import sigmoid
from training.learning import calibration, learner
from training.learning.learner import Fitted
from training.learning.recipe import Recipe, Task
from training.snapshots.examples import Examples
from training.statistics.regression import Link

QUICK = Recipe(folds=3, seeds=2, learning_rate=0.1, max_rounds=200, patience=15)


@pytest.fixture(scope="module")
def examples(make_examples: MakeExamples) -> Examples:
    return make_examples(customers=1500)


@pytest.fixture(scope="module")
def fitted(examples: Examples) -> Fitted:
    return learner.fit(examples, recipe=QUICK)


def test_comes_near_the_truth_on_customers_it_has_not_seen(
    fitted: Fitted, examples: Examples, make_examples: MakeExamples
) -> None:
    fresh = make_examples(customers=3000, seed=9)
    best = roc_auc_score(fresh.labels, fresh.facts["true_log_odds"])
    score = fitted.blend.score(fresh.features)
    assert roc_auc_score(fresh.labels, score) > best - 0.025
    above = calibration.fit(
        fitted.out_of_fold, examples.labels, examples.stratum, examples.customer_weights
    )
    said = sigmoid(above.apply(score, fresh.stratum))
    assert said.mean() == pytest.approx(fresh.labels.mean(), abs=0.02)


def test_the_same_examples_and_seed_give_the_same_bytes(fitted: Fitted, examples: Examples) -> None:
    again = learner.fit(examples, recipe=replace(QUICK, threads=1))
    assert again.blend.trees.texts == fitted.blend.trees.texts
    assert again.blend.to_json() == fitted.blend.to_json()
    assert (again.out_of_fold == fitted.out_of_fold).all()


def test_out_of_fold_scores_do_not_know_their_own_labels(make_examples: MakeExamples) -> None:
    noise = make_examples(customers=400)
    noise = replace(noise, labels=np.random.default_rng(3).integers(0, 2, len(noise)).astype(float))
    found = learner.fit(noise, recipe=QUICK)
    assert abs(roc_auc_score(noise.labels, found.out_of_fold) - 0.5) < 0.06
    assert found.chosen["rounds"] < QUICK.patience, "more trees would learn the noise"


@pytest.mark.parametrize("link", ["logit", "log"])
def test_the_share_of_the_trees_is_the_best_of_all_shares_half_evened(
    link: Link, examples: Examples
) -> None:
    draw = np.random.default_rng(5)
    task = Task(examples, link, QUICK, 7)
    for _ in range(20):
        trees, linear = draw.normal(size=(2, len(examples))) + 0.5 * examples.labels
        losses = [task.loss(s * trees + (1 - s) * linear) for s in learner.TREE_WEIGHTS]
        best = learner.TREE_WEIGHTS[int(np.argmin(losses))]
        assert learner.tree_weight(task, trees, linear) == round((best + 0.5) / 2, 4)


def test_contributions_add_up_to_the_score(fitted: Fitted, examples: Examples) -> None:
    parts = fitted.blend.contributions(examples.features[:300])
    np.testing.assert_allclose(
        parts.sum(axis=1), fitted.blend.score(examples.features[:300]), atol=1e-9
    )


def test_columns_without_information_do_no_harm(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=200)
    examples.features[:, 3], examples.features[:, 4] = np.nan, 7.0
    examples.features[:, 5] = np.float32(1e30)
    blend = learner.fit(examples, recipe=QUICK).blend
    assert np.isfinite(blend.score(examples.features)).all()
    np.testing.assert_allclose(blend.contributions(examples.features)[:, 3:6], 0, atol=1e-9)


def test_a_column_written_twice_counts_once(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=200)
    twice = replace(
        examples,
        features=np.hstack([examples.features, examples.features]),
        names=(*examples.names, *(f"{name}_again" for name in examples.names)),
    )
    once, both = (learner.fit(each, recipe=QUICK) for each in (examples, twice))
    np.testing.assert_allclose(both.out_of_fold, once.out_of_fold, atol=0.3)
    parts = both.blend.contributions(twice.features)
    np.testing.assert_array_equal(parts[:, len(examples.names) : -1], 0.0)


def test_every_fold_and_seed_gives_a_booster(fitted: Fitted) -> None:
    assert len(fitted.blend.trees.texts) == QUICK.folds * QUICK.seeds
    trees = {text.count("\nTree=") for text in fitted.blend.trees.texts}
    assert trees == {int(fitted.chosen["rounds"])}


def test_a_leaf_holds_at_least_a_fiftieth_of_the_rows(fitted: Fitted, examples: Examples) -> None:
    trees = "".join(fitted.blend.trees.texts)
    leaves = re.findall(r"^leaf_count=(.+)$", trees, re.MULTILINE)
    rows = [int(count) for tree in leaves for count in tree.split()]
    assert min(rows) == pytest.approx(len(examples) / 50, rel=0.1)
    assert max(len(tree.split()) for tree in leaves) == QUICK.leaves[0]


def test_a_fit_holds_its_features_only_a_few_times_over() -> None:
    rows, columns = 4_000, 150
    draw = np.random.default_rng(3)
    features = draw.normal(size=(rows, columns)).astype(np.float32)
    examples = Examples(
        features=features,
        names=tuple(f"feature_{number}" for number in range(columns)),
        labels=(draw.random(rows) < sigmoid(features[:, 0].astype(float))).astype(float),
        customer=np.arange(rows),
        cutoff=np.zeros(rows, np.int64),
        stratum=np.zeros(rows, np.int8),
        facts={},
    )
    recipe = replace(QUICK, max_rounds=10)
    learner.fit(examples.take(np.arange(500)), recipe=recipe)  # what is imported on first use
    tracemalloc.start()
    try:
        learner.fit(examples, recipe=recipe)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Once to blank columns; the regression's design has eight bytes a number, and a rough copy.
    assert most < 7 * features.nbytes


@pytest.mark.parametrize("positives", [0, 1, 8])
def test_a_rare_class_leaves_a_finite_model(make_examples: MakeExamples, positives: int) -> None:
    examples = make_examples(customers=100, cutoffs=3)
    labels = np.zeros(len(examples))
    labels[:positives] = 1.0
    found = learner.fit(replace(examples, labels=labels), recipe=QUICK)
    assert found.blend.trees.texts == ()
    assert np.isfinite(found.out_of_fold).all()
    assert sigmoid(found.blend.score(examples.features)).mean() < 0.05


def test_weights_stand_for_rows(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=300)
    heavy = replace(examples, weight=np.where(examples.labels > 0, 3.0, 1.0))
    plain, weighed = (learner.fit(e, recipe=QUICK).blend for e in (examples, heavy))
    raised = weighed.score(examples.features) - plain.score(examples.features)
    assert raised.mean() == pytest.approx(np.log(3.0), abs=0.25)


def test_more_rows_than_the_most_are_sampled_but_all_are_scored(
    make_examples: MakeExamples,
) -> None:
    examples = make_examples(customers=900)
    found = learner.fit(examples, recipe=replace(QUICK, most_rows=900, most_rows_linear=600))
    assert np.isfinite(found.out_of_fold).all()
    assert roc_auc_score(examples.labels, found.out_of_fold) > 0.65
