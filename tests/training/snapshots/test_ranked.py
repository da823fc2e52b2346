from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import log_loss

from features.config import Config
from features.history import open_history
from tests.training.made import examples
from training.bundle.odds import sigmoid
from training.bundle.ranks import Ranks
from training.learning import baselines, learner
from training.learning.recipe import Recipe
from training.snapshots.auxiliary import AuxiliaryExamples, AuxiliarySlice, aligned
from training.snapshots.dataset import Dataset, prepare
from training.snapshots.examples import Examples
from training.snapshots.ranked import RANKED, ranked

QUICK = Recipe(max_rounds=60, patience=10, penalties=(0.1, 0.01))


@pytest.fixture(scope="module")
def data(small_config: Config, small_frames: dict[str, Any]) -> Iterator[Dataset]:
    with open_history(small_config, frames=small_frames) as history:
        yield prepare(history, (), lambda *_: None)


def test_every_ranked_feature_is_in_the_catalogue_of_a_shop_with_orders(data: Dataset) -> None:
    assert set(RANKED) <= set(data.slices.features)


def test_ranks_are_among_those_who_are_asked_at_the_same_cutoff(data: Dataset) -> None:
    names = ranked(data.slices.features)
    for plan in data.plans:
        found = data.slices.examples(plan.outcome, plan.serving)
        assert found.ranks is not None
        for cutoff in np.unique(found.cutoff):
            here = found.take(found.cutoff == cutoff)
            assert here.ranks is not None
            values = here.features[:, [here.names.index(name) for name in names]]
            np.testing.assert_array_equal(here.ranks, Ranks.among(values, names).of(values))


def test_some_of_the_rows_have_the_ranks_that_they_have_among_all(data: Dataset) -> None:
    churn = data.plans[0]
    every = data.slices.examples(churn.outcome, churn.serving)
    few = np.arange(0, len(every), 7)
    some = data.slices.examples(churn.outcome, churn.serving, few)
    assert every.ranks is not None
    np.testing.assert_array_equal(some.ranks, every.ranks[few])


def test_what_serves_ranks_among_those_who_are_there_at_the_end(data: Dataset) -> None:
    churn = data.plans[0]
    assert churn.ahead is not None
    assert churn.ahead > churn.cutoffs[-1]
    ahead = data.slices.ranks(churn.outcome, *churn.ranked_on)
    newest = data.slices.ranks(churn.outcome, churn.newest)
    assert ahead is not None
    assert newest is not None
    place = ahead.names.index("tenure")
    # Everybody has become older since.
    assert ahead.values[place].mean() > newest.values[place].mean()
    nobody = date(1999, 1, 1)
    fallen_back = data.slices.ranks(churn.outcome, nobody, churn.newest)
    assert fallen_back is not None
    np.testing.assert_array_equal(fallen_back.values[place], newest.values[place])


def growing(seed: int, factor: float) -> Examples:
    """Make a shop whose numbers grow from cutoff to cutoff; who leaves is told by ranks."""
    made = examples(customers=1200, cutoffs=3, seed=seed)
    features = made.features.astype(float)
    features[:, 0] = np.exp(features[:, 0]) * factor ** (made.cutoff - made.cutoff.min())
    shares = np.empty((len(made), 1), dtype=np.float32)
    for cutoff in np.unique(made.cutoff):
        rows = made.cutoff == cutoff
        shares[rows, 0] = (rankdata(features[rows, 0], nan_policy="omit") - 0.5) / rows.sum()
    return replace(made, features=features.astype(np.float32), ranks=shares)


def newer(rows: Examples) -> AuxiliaryExamples:
    return AuxiliaryExamples(rows, np.zeros(len(rows)), np.ones(len(rows), dtype=bool))


def test_where_every_number_grows_ranks_hold_at_the_next_cutoff() -> None:
    made = growing(0, 3.0)
    first, second, test = (made.take(made.cutoff == at) for at in range(3))
    assert test.ranks is not None
    losses = {}
    for known in (False, True):
        recipe = replace(QUICK, ranked=known)
        fitted = learner.fit(first, recipe=recipe, auxiliary=newer(second))
        assert fitted.ranked == known
        ranks = Ranks.among(test.features[:, :1], test.names[:1])
        losses[known] = log_loss(test.labels, sigmoid(fitted.on(ranks).score(test.features)))
    assert losses[True] < losses[False] - 0.005


def test_a_recipe_without_ranks_fits_as_if_there_were_none() -> None:
    made = growing(1, 1.0)
    off = replace(QUICK, ranked=False)
    with_them, without = (
        learner.fit(each, recipe=off, auxiliary=newer(each))
        for each in (made, replace(made, ranks=None))
    )
    np.testing.assert_array_equal(with_them.out_of_fold, without.out_of_fold)


def test_a_fit_that_no_newer_slice_teaches_learns_from_no_ranks() -> None:
    made = growing(2, 2.0)
    earlier = replace(newer(made), newer=np.zeros(len(made), dtype=bool))
    for more in (None, earlier):
        fitted = learner.fit(made, recipe=QUICK, auxiliary=more)
        assert not fitted.ranked
        assert fitted.blend.linear.weights.shape == (len(made.names),)


def test_amounts_are_learnt_from_no_ranks() -> None:
    made = growing(3, 2.0)
    amounts = replace(made, labels=np.exp(made.labels))
    fitted = learner.fit(amounts, link="log", recipe=QUICK, auxiliary=newer(amounts))
    assert not fitted.ranked


def test_rows_beside_bring_their_ranks() -> None:
    made = growing(2, 2.0)
    own, earlier = made.take(made.cutoff > 0), made.take(made.cutoff == 0)
    assert earlier.ranks is not None
    rules = baselines.fit(own, "churn", 60, orders=True)
    more = aligned([AuxiliarySlice(earlier)], rules.rules[rules.best])
    assert more is not None
    np.testing.assert_array_equal(more.examples.ranks, earlier.ranks)
