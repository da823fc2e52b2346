from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from tests.training.made import examples
from training.bundle.blend import Blend
from training.bundle.ranks import FEWEST, PARTS, Ranks
from training.learning import learner
from training.learning.recipe import Recipe
from training.snapshots.auxiliary import AuxiliaryExamples

QUICK = Recipe(max_rounds=40, patience=10, penalties=(0.1, 0.01))

numbers = st.one_of(st.floats(-1e6, 1e6, width=32), st.integers(0, 5), st.just(float("nan")))


@given(st.lists(numbers, min_size=1, max_size=400))
def test_a_rank_is_the_share_of_customers_below_its_equals_counted_half(
    drawn: list[float],
) -> None:
    values = np.array(drawn, dtype=np.float32)[:, None]
    ranks = Ranks.among(values, ["tenure"])
    found = ranks.of(values)[:, 0]
    known = np.isfinite(values[:, 0]) & (np.count_nonzero(np.isfinite(values)) >= FEWEST)
    np.testing.assert_array_equal(np.isfinite(found), known)
    expected = (rankdata(values[known, 0]) - 0.5) / max(1, known.sum())
    # Of those at either end it is the mean, with whom they have equals among them.
    most = 1.0 / PARTS + FEWEST / max(1, known.sum())
    middle = (expected > most) & (expected < 1 - most)
    np.testing.assert_allclose(found[known][middle], expected[middle], atol=most)
    ordered = found[known][np.argsort(values[known, 0], kind="stable")]
    assert (np.diff(ordered) >= 0).all(), "who has more never ranks lower"
    assert len(ranks.values[0]) <= 2 * PARTS


def test_in_a_shop_where_everything_doubles_nobody_s_rank_moves() -> None:
    spent = np.random.default_rng(0).lognormal(3.0, 1.0, (5000, 1)).astype(np.float32)
    now, then = Ranks.among(spent, ["spend_total"]), Ranks.among(2 * spent, ["spend_total"])
    np.testing.assert_allclose(now.of(spent), then.of(2 * spent), atol=1e-6)


def test_values_between_and_beyond_all_others_have_a_rank() -> None:
    some = np.repeat(np.array([[0.0], [10.0]], dtype=np.float32), FEWEST, axis=0)
    ranks = Ranks.among(some, ["orders_total"])
    asked = np.array([[-5.0], [0.0], [5.0], [10.0], [99.0]], dtype=np.float32)
    assert ranks.of(asked).ravel().tolist() == [0.25, 0.25, 0.5, 0.75, 0.75]


def test_a_weight_of_two_is_a_row_written_twice() -> None:
    values = np.random.default_rng(1).normal(size=(2_000, 2)).astype(np.float32)
    twice = Ranks.among(np.repeat(values, 2, axis=0), ["a", "b"])
    heavy = Ranks.among(values, ["a", "b"], np.full(2_000, 2.0))
    np.testing.assert_allclose(twice.of(values), heavy.of(values), atol=1e-7)


def test_what_the_biggest_spender_spent_is_not_told() -> None:
    spent = np.random.default_rng(2).lognormal(3.0, 2.0, (10_000, 1)).astype(np.float32)
    (points,) = Ranks.among(spent, ["spend_total"]).values
    assert points.max() < spent.max() / 2
    assert points.min() > spent.min()


@pytest.mark.parametrize("customers", [*range(FEWEST, 3 * FEWEST), 64, 95, 200, 400])
def test_nor_in_a_small_shop_where_the_outermost_points_are_means_of_several(
    customers: int,
) -> None:
    spent = np.sort(np.random.default_rng(3).lognormal(3.0, 2.0, (customers, 1)), axis=0)
    ranks = Ranks.among(spent.astype(np.float32), ["spend_total"])
    (points,) = ranks.values
    assert points.min() >= spent[:FEWEST].mean() * 0.999
    assert points.max() <= spent[-FEWEST:].mean() * 1.001
    assert (np.diff(points) >= 0).all()


@pytest.mark.parametrize("among", [[], [np.nan] * 3, [1.0], [1.0, 2.0, np.nan, 4.0, 5.0]])
def test_among_hardly_anybody_nobody_has_a_rank(among: list[float]) -> None:
    ranks = Ranks.among(np.array(among, dtype=np.float32).reshape(-1, 1), ["tenure"])
    assert np.isnan(ranks.of(np.ones((2, 1), dtype=np.float32))).all()
    assert not len(ranks.values[0])


@pytest.fixture(scope="module")
def blend() -> Blend:
    made = examples(customers=300)
    names = made.names[1], made.names[0]
    ranks = Ranks.among(made.features[:, [1, 0]], names)
    known = replace(made, ranks=ranks.of(made.features[:, [1, 0]]))
    newer = AuxiliaryExamples(known, np.zeros(len(known)), np.ones(len(known), dtype=bool))
    return learner.fit(known, recipe=QUICK, auxiliary=newer).on(ranks)


def test_contributions_are_the_features_own_and_add_up_with_their_ranks(blend: Blend) -> None:
    rows = examples(customers=100, seed=5).features
    parts = blend.contributions(rows)
    assert parts.shape == (len(rows), len(blend.names) + 1)
    np.testing.assert_allclose(parts.sum(axis=1), blend.score(rows), atol=1e-9)
    alone = replace(blend, ranks=None).linear.contributions(
        np.hstack([rows, np.full((len(rows), 2), np.nan, dtype=np.float32)])
    )
    assert np.abs(parts[:, 0] - alone[:, 0]).max() > 0.05, "a rank moves its feature's part"


def test_a_customer_scores_the_same_alone_and_among_others(blend: Blend) -> None:
    rows = examples(customers=500, seed=6).features
    alone = [blend.score(rows[at : at + 1])[0] for at in (0, 7, 200)]
    np.testing.assert_allclose(alone, blend.score(rows)[[0, 7, 200]], atol=1e-12)


def test_a_blend_reads_what_it_wrote_with_ranks_and_without(blend: Blend) -> None:
    rows = examples(customers=100, seed=7).features
    said = json.loads(json.dumps(blend.to_json()))
    again = Blend.from_json(said, blend.trees.texts)
    np.testing.assert_array_equal(again.score(rows), blend.score(rows))
    plain = learner.fit(examples(customers=200), recipe=QUICK).blend
    read = Blend.from_json(json.loads(json.dumps(plain.to_json())), plain.trees.texts)
    np.testing.assert_array_equal(read.score(rows), plain.score(rows))
