from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.expressions.expression import Constant
from tests.training.made import MakeExamples
from training.bundle.arrays import Floats
from training.bundle.blend import Blend
from training.bundle.habit import COLUMNS
from training.bundle.rule import Rule
from training.learning import baselines, fits, habits, learner
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.statistics.regression import losses

QUICK = Recipe(folds=3, learning_rate=0.1, max_rounds=60, patience=15)


def _telling(examples: Examples) -> Examples:
    """Return the examples with the columns that tell a habit's facts."""
    told = {COLUMNS[fact]: examples.facts[fact] for fact in COLUMNS}
    told[habits.RHYTHM] = examples.facts["days_since_activity"] / 20.0
    columns = np.column_stack([examples.features, *told.values()]).astype(np.float32)
    return replace(examples, features=columns, names=(*examples.names, *told))


def _fit(examples: Examples, outcome: str) -> learner.Fitted:
    rules = baselines.fit(examples, outcome, 90)
    habit_rule = habits.rule_of(examples, outcome, rules)
    return learner.fit(examples, recipe=QUICK, habit_rule=habit_rule)


@pytest.mark.parametrize("outcome", ["churn", "refer", "advocate"])
def test_the_habit_joins_the_blend_and_its_contributions(
    make_examples: MakeExamples, outcome: str
) -> None:
    examples = _telling(make_examples(customers=500))
    blend = _fit(examples, outcome).blend
    assert blend.habit
    assert 0.0 < blend.habit.share <= 0.4
    parts = blend.contributions(examples.features[:200])
    np.testing.assert_allclose(
        parts.sum(axis=1), blend.score(examples.features[:200]), rtol=0, atol=1e-9
    )
    again = Blend.from_json(blend.to_json(), blend.trees.texts)
    np.testing.assert_array_equal(again.score(examples.features), blend.score(examples.features))


def test_where_habit_decides_everything_it_is_heard_more_and_where_nothing_less(
    make_examples: MakeExamples,
) -> None:
    examples = _telling(make_examples(customers=4000, cutoffs=1))
    rules = baselines.fit(examples, "churn", 90)
    rule = rules.rules["bg_nbd"]
    draw = np.random.default_rng(5)

    def share(truth: Floats) -> float:
        chance = 1 / (1 + np.exp(-truth))
        known = replace(examples, labels=(draw.random(len(truth)) < chance).astype(float))
        return _fit(known, "churn").chosen["habit_share"]

    habitual = 2.0 * (rule.score(examples.facts) - rule.score(examples.facts).mean())
    other = 3.0 * np.nan_to_num(examples.features[:, 0].astype(float))
    assert share(other) < 0.1 < share(habitual)
    labels = (draw.random(len(other)) < 1 / (1 + np.exp(-3.0 * other))).astype(float)
    assert _fit(replace(examples, labels=labels), "churn").blend.habit is None


def test_few_customers_leave_the_share_where_it_is_expected(make_examples: MakeExamples) -> None:
    examples = _telling(make_examples(customers=120, cutoffs=1))
    assert _fit(examples, "churn").chosen["habit_share"] == pytest.approx(0.2, abs=0.051)


def test_no_habit_where_no_column_tells_it(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=300)
    for outcome in ("churn", "refer"):
        assert habits.rule_of(examples, outcome, baselines.fit(examples, outcome, 90)) is None
    assert learner.fit(examples, recipe=QUICK).chosen["habit_share"] == 0.0
    told = _telling(examples)
    shared = replace(told, facts={**told.facts, "shared_ever": np.ones(len(told))})
    assert habits.rule_of(shared, "advocate", baselines.fit(shared, "advocate", 90)) is None
    reviewed = {**told.facts, "reviewed_positive_ever": np.ones(len(told))}
    reviewing = replace(told, facts=reviewed)
    assert habits.rule_of(reviewing, "advocate", baselines.fit(reviewing, "advocate", 90)) is None
    for outcome, orders in (("return", True), ("review", True), ("churn", False)):
        rules = baselines.fit(told, outcome, 90, orders=orders)
        assert habits.rule_of(told, outcome, rules) is None


def test_a_season_that_turns_costs_less_with_the_habit(make_examples: MakeExamples) -> None:
    """What the habit is for: months that differ from those that were learnt."""
    gains = []
    for seed in range(3):
        learnt = _telling(make_examples(customers=500, cutoffs=2, seed=seed))
        later = _telling(make_examples(customers=2000, cutoffs=1, seed=seed + 50))
        rule = baselines.fit(learnt, "churn", 90).rules["bg_nbd"]
        draw = np.random.default_rng(seed)

        def happen(
            examples: Examples,
            fashion: float,
            rule: Rule = rule,
            draw: np.random.Generator = draw,
        ) -> Examples:
            habit = 1.5 * rule.score(examples.facts)
            passing = fashion * np.nan_to_num(examples.features[:, 3].astype(float))
            chance = 1 / (1 + np.exp(-habit - passing))
            labels = (draw.random(len(examples)) < chance).astype(float)
            return replace(examples, labels=labels)

        learnt, later = happen(learnt, 1.0), happen(later, -0.5)
        fitted = [
            learner.fit(learnt, recipe=QUICK).blend,
            _fit(learnt, "churn").blend,
        ]
        alone, joined = (
            losses("logit", later.labels, blend.score(later.features)).mean() for blend in fitted
        )
        gains.append(alone - joined)
    assert min(gains) > 0.0


@pytest.mark.parametrize(
    ("fact", "best"), [("spend_365", "past_year"), ("spend_ever", "past_life")]
)
def test_spend_has_the_habit_that_is_best_beforehand(
    make_examples: MakeExamples, fact: str, best: str
) -> None:
    draw = np.random.default_rng(8)
    examples = make_examples(customers=900, cutoffs=1)
    money = 400.0 * draw.random(len(examples))
    known = {**examples.facts, fact: money}
    known["days_since_first_activity"] = np.full(len(examples), 600.0)
    labels = money / money.mean() * draw.gamma(2.0, 0.5, len(examples))
    spent = _telling(replace(examples, facts=known, labels=labels))
    rules = baselines.fit(spent, "spend", 90, link="log")
    habit_rule = habits.rule_of(spent, "spend", rules)
    assert habit_rule is not None
    assert habit_rule.rule.name == best
    blend = learner.fit(spent, link="log", recipe=QUICK, habit_rule=habit_rule).blend
    assert blend.habit is not None
    parts = blend.contributions(spent.features[:100])
    np.testing.assert_allclose(parts.sum(axis=1), blend.score(spent.features[:100]))


def test_outcomes_of_the_same_numbers_keep_their_own_rule_whoever_is_fitted_first(
    make_examples: MakeExamples,
) -> None:
    examples = _telling(make_examples(customers=300))
    # Where referrals are the only act, to advocate is to refer: the same rows, the same labels.
    acts = [Outcome(n, Constant(0.0), "some", "x", 0, 0, 90) for n in ("refer", "advocate")]

    def blends(order: list[Outcome]) -> dict[str, Blend]:
        settings = Settings(recipe=QUICK)
        return {one.name: fits.fit(examples, (), one, settings).blend for one in order}

    found, other_way = blends(acts), blends(acts[::-1])
    assert {name: blend.to_json() for name, blend in found.items()} == {
        name: blend.to_json() for name, blend in other_way.items()
    }
    for name, blend in found.items():
        assert blend.habit
        assert blend.habit.rule.terms == (f"{name}_ever", f"{name}_times")
