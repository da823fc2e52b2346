"""Companions: the model of any act joins that of each act, and is heard by what it tells."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import pytest

from tests.training.judging.slices import PLAN, Prepared
from tests.training.made import MakeExamples
from training.bundle.arrays import Floats
from training.bundle.blend import Blend
from training.learning import companions, fits
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.cutoffs import Plan
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.slices import Slices

QUICK = Settings(recipe=Recipe(folds=2, max_rounds=30, penalties=(0.1,)))
EXPECTED = (0.4, 0.2)


def acts_of(every: Examples, rarity: float, seed: int) -> tuple[Examples, Examples]:
    """Return an act that is rare among any act, and any act, both by the same truth."""
    draw = np.random.default_rng(seed)
    act = every.labels * (draw.random(len(every)) < rarity)
    return replace(every, labels=act), every


def fitted(
    make_examples: MakeExamples, companion: tuple[float, float] | None = EXPECTED
) -> tuple[Examples, fits.Fit]:
    act, any_act = acts_of(make_examples(customers=400), 0.3, 3)
    settings = replace(QUICK, recipe=replace(QUICK.recipe, companion_share=companion))
    beside = fits.fit(any_act, (), PLAN.outcome, settings)
    return act, fits.fit(act, (), PLAN.outcome, settings, companion=beside)


def test_a_companion_joins_scores_and_contributions_and_is_kept(
    make_examples: MakeExamples,
) -> None:
    act, fit = fitted(make_examples)
    share = fit.chosen["companion_share"]
    assert 0.0 < share <= 1.0
    blend, rows = fit.blend, act.features
    alone = replace(blend, companion=None)
    assert blend.companion is not None
    other = blend.companion.blend
    np.testing.assert_allclose(
        blend.score(rows), (1 - share) * alone.score(rows) + share * other.score(rows)
    )
    np.testing.assert_allclose(
        blend.contributions(rows).sum(axis=1), blend.score(rows), rtol=0, atol=1e-9
    )
    said = json.loads(json.dumps(blend.to_json()))
    assert Blend.models(said) == len(blend.texts) == 2 * len(alone.texts)
    again = Blend.from_json(said, blend.texts)
    np.testing.assert_array_equal(again.score(rows), blend.score(rows))
    assert "companion" not in alone.to_json(), "who has none is kept as ever"


def test_the_scores_that_calibration_sees_have_not_seen_the_customer(
    make_examples: MakeExamples,
) -> None:
    act, fit = fitted(make_examples)
    _, alone = fitted(make_examples, None)
    assert "companion_share" not in alone.chosen
    assert alone.blend.companion is None
    seen = fit.blend.score(act.features)
    # A model is surer of those it learnt from.
    order = np.argsort(act.labels, kind="stable")
    led = [np.mean(s[order][-50:]) - np.mean(s[order][:50]) for s in (seen, fit.out_of_fold)]
    assert led[0] > led[1]


def truth_and_noise(rows: int = 3000, seed: int = 1) -> tuple[Floats, Floats, Floats]:
    draw = np.random.default_rng(seed)
    truth = draw.normal(-2.0, 1.5, rows)
    labels = (draw.random(rows) < 1 / (1 + np.exp(-truth))).astype(float)
    return truth, draw.normal(0.0, 1.5, rows), labels


def test_who_tells_more_is_heard_more(make_examples: MakeExamples) -> None:
    truth, noise, labels = truth_and_noise()
    act = replace(make_examples(customers=3000, cutoffs=1), labels=labels)
    assert companions.share(act, truth, noise, EXPECTED) <= 0.1
    assert companions.share(act, noise, truth, EXPECTED) >= 0.9


@pytest.mark.parametrize("level", [-4.0, 2.0])
def test_a_level_makes_no_difference(make_examples: MakeExamples, level: float) -> None:
    """Any act happens more often than each: what it says of everybody must not count."""
    truth, noise, labels = truth_and_noise(300)
    act = replace(make_examples(customers=300, cutoffs=1), labels=labels)
    half = truth + noise
    assert companions.share(act, truth, half + level, EXPECTED) == companions.share(
        act, truth, half, EXPECTED
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_few_customers_leave_the_share_near_what_is_expected(
    make_examples: MakeExamples, seed: int
) -> None:
    truth, _, labels = truth_and_noise(60, seed)
    act = replace(make_examples(customers=60, cutoffs=1), labels=labels)
    draws = np.random.default_rng(seed).normal(0.0, 0.3, 60)
    assert 0.2 <= companions.share(act, truth, truth + draws, EXPECTED) <= 0.7


def test_an_act_that_is_the_only_one_or_asked_of_others_has_no_companion(
    make_examples: MakeExamples,
) -> None:
    act, any_act = acts_of(make_examples(customers=100), 0.5, 3)

    def may_join(any_act: Examples, most: int = 1_000) -> bool:
        return companions.may_join(act, any_act, most, 7)

    assert may_join(any_act)
    assert not may_join(act), "no other act is recorded"
    assert not may_join(any_act.take(np.arange(1, len(any_act)))), "somebody else is asked"
    assert not may_join(replace(any_act, cutoff=any_act.cutoff + 1)), "at other cutoffs"
    assert not may_join(any_act, 50), "a draw for any act would leave out examples of the act"


@pytest.mark.parametrize(("most", "joins"), [(1_000, True), (110, False)])
def test_an_act_has_a_companion_in_both_fits_or_in_neither(
    make_examples: MakeExamples, most: int, joins: bool
) -> None:
    """Figures are published of the one, and the other serves: here it alone has too many rows."""
    act, any_act = acts_of(make_examples(customers=100), 0.3, 3)
    by_name = {"refer": act, "advocate": any_act}

    class Both(Prepared):
        def examples(self, asked: Outcome, days: Iterable[date]) -> Examples:
            every = by_name[asked.name]
            return every if tuple(days) == PLAN.serving else every.take(every.cutoff < 1)

        answers = examples

    def plan(name: str) -> Plan:
        newest = date(2024, 7, 1)
        return replace(PLAN, newest=newest, outcome=replace(PLAN.outcome, name=name))

    slices = cast(Slices, Both(act))
    settings = replace(QUICK, recipe=replace(QUICK.recipe, most_rows=most))
    for serving in (False, True):
        _, fit = fits.learn(
            plan("refer"), slices, settings, serving=serving, any_act=plan("advocate")
        )
        assert (fit.blend.companion is not None) == joins


def test_only_acts_are_told_by_any_act() -> None:
    def plan(name: str) -> Plan:
        return replace(PLAN, outcome=replace(PLAN.outcome, name=name))

    plans = [plan(name) for name in ("churn", "refer", "review", "advocate")]
    found = {one.outcome.name: companions.plan_of(one, plans) for one in plans}
    assert found == {"churn": None, "refer": plans[3], "review": plans[3], "advocate": None}
    assert companions.plan_of(plans[1], plans[:3]) is None, "advocate is not wanted"
