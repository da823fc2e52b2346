from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.bundle.odds import sigmoid
from training.bundle.rule import Rule
from training.learning import baselines, learner
from training.learning.recipe import Recipe
from training.snapshots.auxiliary import AuxiliaryExamples, AuxiliarySlice, aligned
from training.snapshots.examples import Examples

MakeExamples = Callable[..., Examples]
QUICK = Recipe(folds=3, max_rounds=200, patience=15)


@pytest.fixture(scope="module")
def older(make_examples: MakeExamples) -> Examples:
    return make_examples(customers=400)


@pytest.fixture(scope="module")
def rule(older: Examples) -> Rule:
    return baselines.fit(older, "churn", 90, orders=True).rules["rfm"]


def censored(examples: Examples, offset: float) -> AuxiliaryExamples:
    """Return examples that teach beside others, as those of a newer slice."""
    return AuxiliaryExamples(
        examples, np.full(len(examples), offset), np.ones(len(examples), dtype=bool)
    )


def partial(
    examples: Examples, stretched: float, moved: float, seed: int = 1
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return labels of a part of the horizon, drawn from the truth of the whole."""
    odds = stretched * examples.facts["true_log_odds"] + moved
    draw = np.random.default_rng(seed)
    return (draw.random(len(examples)) < sigmoid(odds)).astype(float)


def newer(
    make_examples: MakeExamples,
    older: Examples,
    moved: float,
    level: float = 0.0,
    customers: int = 400,
) -> AuxiliarySlice:
    """Return a censored slice of a shop whose level moved since."""
    now = make_examples(customers=customers, cutoffs=1, seed=5)
    now = replace(now, labels=partial(now, 1.0, moved + level), cutoff=now.cutoff + 3)
    return AuxiliarySlice(now, replace(older, labels=partial(older, 1.0, moved)))


def test_the_offset_is_what_older_slices_say_of_a_partial_label(
    make_examples: MakeExamples, older: Examples, rule: Rule
) -> None:
    # The shop's level moves, too; that is for the fit to learn, and no part of the offset.
    found = aligned([newer(make_examples, older, moved=1.5, level=-1.0)], rule)
    assert found is not None
    whole = older.labels.mean()
    then = partial(older, 1.0, 1.5).mean()
    apart = np.log(then / (1 - then)) - np.log(whole / (1 - whole))
    assert found.offset.mean() == pytest.approx(apart, abs=0.25)


def test_a_label_that_nobody_has_yet_leaves_finite_offsets(
    make_examples: MakeExamples, older: Examples, rule: Rule
) -> None:
    nobody = replace(older, labels=np.zeros(len(older)))
    one = newer(make_examples, older, 0.0)
    now = replace(one.examples, labels=np.zeros(len(one.examples)))
    found = aligned([AuxiliarySlice(now, nobody)], rule)
    assert found is not None
    assert np.isfinite(found.offset).all()
    assert found.offset.max() < -3.0


def test_a_newer_slice_teaches_only_where_older_ones_know_its_days(
    make_examples: MakeExamples, older: Examples, rule: Rule
) -> None:
    """Nobody came back so soon before, as where all come on one day of the year; now half did."""
    one = newer(make_examples, older, moved=0.0)
    nobody = replace(older, labels=np.ones(len(older)))
    assert aligned([replace(one, reference=nobody)], rule) is None
    both = aligned([replace(one, reference=nobody), one], rule)
    assert both is not None
    assert len(both.examples) == len(one.examples)


def test_slices_without_rows_are_left_out(
    make_examples: MakeExamples, older: Examples, rule: Rule
) -> None:
    one = newer(make_examples, older, 1.0)
    nobody = one.examples.take(np.zeros(len(one.examples), dtype=bool))
    empty, unheard = replace(one, examples=nobody), replace(one, reference=nobody)
    assert aligned([], rule) is None
    assert aligned([empty, unheard], rule) is None
    both = aligned([one, empty, unheard, one], rule)
    assert both is not None
    assert len(both.offset) == len(both.examples) == 2 * len(one.examples)


@pytest.fixture(scope="module")
def taught(make_examples: MakeExamples, older: Examples) -> tuple[Examples, AuxiliaryExamples]:
    """Return few examples, and many beside them that know the truth as well."""
    more = newer(make_examples, older, moved=1.0, customers=3000).examples
    return older, censored(more, 1.0)


def test_rows_beside_teach(
    taught: tuple[Examples, AuxiliaryExamples], make_examples: MakeExamples
) -> None:
    examples, more = taught
    fresh = make_examples(customers=3000, seed=9)
    alone = learner.fit(examples, recipe=QUICK)
    both = learner.fit(examples, recipe=QUICK, auxiliary=more)
    apart = [
        np.mean((f.blend.score(fresh.features) - fresh.facts["true_log_odds"]) ** 2)
        for f in (alone, both)
    ]
    assert apart[1] < 0.9 * apart[0]
    # The offset is taken off: partial labels do not raise what is said of whole ones.
    said = sigmoid(both.blend.score(fresh.features)).mean()
    assert said == pytest.approx(fresh.labels.mean(), abs=0.03)
    assert both.chosen["censored_rows"] == len(more.offset)
    assert alone.chosen["censored_rows"] == 0.0


def test_contributions_add_up_and_the_same_examples_give_the_same_bytes(
    taught: tuple[Examples, AuxiliaryExamples],
) -> None:
    examples, more = taught
    first, again = (
        learner.fit(examples, recipe=replace(QUICK, threads=threads), auxiliary=more)
        for threads in (2, 1)
    )
    parts = first.blend.contributions(examples.features[:200])
    score = first.blend.score(examples.features[:200])
    np.testing.assert_allclose(parts.sum(axis=1), score, atol=1e-9)
    assert again.blend.trees.texts == first.blend.trees.texts
    assert again.blend.to_json() == first.blend.to_json()
    assert len(first.blend.trees.texts) == 2 * QUICK.folds


def test_out_of_fold_scores_have_not_seen_the_customer_beside_either(
    make_examples: MakeExamples,
) -> None:
    noise = make_examples(customers=300)
    draw = np.random.default_rng(3)
    # The same customers with the same features and labels beside: an unseen one must stay unseen.
    noise = replace(noise, labels=np.tile(draw.integers(0, 2, 300).astype(float), 3))
    found = learner.fit(noise, recipe=QUICK, auxiliary=censored(noise, 0.0))
    assert abs(roc_auc_score(noise.labels, found.out_of_fold) - 0.5) < 0.08


def test_an_earlier_slice_teaches_what_sets_customers_apart_and_not_its_level(
    make_examples: MakeExamples, older: Examples, rule: Rule
) -> None:
    then = make_examples(customers=3000, cutoffs=1, seed=5)
    then = replace(then, labels=partial(then, 1.0, 2.0))
    more = aligned([AuxiliarySlice(then)], rule)
    assert more is not None
    assert more.offset.mean() == pytest.approx(2.0, abs=0.35)
    assert not more.newer.any()
    fresh = make_examples(customers=3000, seed=9)
    alone, both, raw = (
        learner.fit(older, recipe=QUICK, auxiliary=each)
        for each in (None, more, replace(more, offset=np.zeros(len(then))))
    )
    apart = [
        np.mean((f.blend.score(fresh.features) - fresh.facts["true_log_odds"]) ** 2)
        for f in (alone, both)
    ]
    assert apart[1] < 0.9 * apart[0]
    said = [sigmoid(f.blend.score(fresh.features)).mean() for f in (both, raw)]
    assert said[0] == pytest.approx(fresh.labels.mean(), abs=0.04)
    assert said[1] > said[0] + 0.05
    assert both.chosen["earlier_rows"] == len(then)
    assert both.chosen["censored_rows"] == 0.0
    # One fit: only what newer rows say is averaged with what is said without them.
    assert len(both.blend.trees.texts) == QUICK.folds


def test_earlier_and_newer_slices_teach_together(
    taught: tuple[Examples, AuxiliaryExamples],
) -> None:
    examples, more = taught
    half = replace(more, newer=np.arange(len(more.offset)) % 2 == 0)
    assert half.earlier is not None
    assert len(half.earlier.examples) == len(half.earlier.offset) == len(more.offset) // 2
    found = learner.fit(examples, recipe=QUICK, auxiliary=half)
    assert found.chosen["censored_rows"] + found.chosen["earlier_rows"] == len(more.offset)
    assert len(found.blend.trees.texts) == 2 * QUICK.folds


def test_a_column_that_told_nothing_before_tells_nothing_beside(
    taught: tuple[Examples, AuxiliaryExamples],
) -> None:
    examples, more = taught
    features = examples.features.copy()
    features[:, 3] = 0.0
    now = more.examples.features.copy()
    now[:, 3] = 1.0
    told = replace(more, examples=replace(more.examples, features=now))
    blend = learner.fit(replace(examples, features=features), recipe=QUICK, auxiliary=told).blend
    np.testing.assert_array_equal(blend.contributions(now[:50])[:, 3], 0.0)
