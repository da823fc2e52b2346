from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from training.bundle.habit import COLUMNS
from training.learning.recipe import Recipe
from training.money.model import fit_rules, fit_spend, leavers_spend, teaching
from training.snapshots.auxiliary import AuxiliarySlice
from training.snapshots.examples import Examples

MakeExamples = Callable[..., Examples]
QUICK = Recipe(folds=3, seeds=1, learning_rate=0.1, max_rounds=60, patience=10)
START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def stayers(make_examples: MakeExamples) -> Examples:
    examples = make_examples(customers=1200)
    draw = np.random.default_rng(4)
    mean = np.exp(3.0 + np.nan_to_num(examples.features[:, 0]))
    # A third spends nothing, the rest with a heavy tail.
    amount = draw.gamma(0.5, 2 * mean) * 1.5 * (draw.random(len(examples)) > 1 / 3)
    facts = {**examples.facts, "mean": mean}
    return replace(examples, labels=np.round(amount, 2), facts=facts)


def test_spend_keeps_total_rank_and_deciles(stayers: Examples) -> None:
    model = fit_spend(stayers, stayers, horizon_days=90, recipe=QUICK)
    columns = {name: stayers.features[:, at] for at, name in enumerate(stayers.names)}
    said = model.amount(pa.table(columns | dict(stayers.facts)))
    assert model.basis == "model"
    assert said.sum() == pytest.approx(stayers.labels.sum(), rel=0.05)
    assert spearmanr(said, stayers.facts["mean"])[0] > 0.8
    tenths = np.array_split(np.argsort(said), 10)
    means = [(said[rows].mean(), stayers.facts["mean"][rows].mean()) for rows in tenths]
    assert all(0.6 < a / b < 1.6 for a, b in means)
    assert said.max() <= model.most


def test_spend_is_the_same_in_any_currency(stayers: Examples) -> None:
    pounds, yen = (
        fit_spend(scaled, scaled, horizon_days=90, recipe=QUICK)
        for scaled in (replace(stayers, labels=stayers.labels * unit) for unit in (1.0, 128.0))
    )
    assert pounds.blend is not None
    assert yen.blend is not None
    assert pounds.blend.trees.texts == yen.blend.trees.texts
    assert yen.calibration.intercepts == pytest.approx(
        [intercept + np.log(128.0) for intercept in pounds.calibration.intercepts]
    )


def test_where_one_in_a_thousand_spends_something_is_expected_of_everybody(
    stayers: Examples,
) -> None:
    labels = np.zeros(len(stayers))
    labels[::1200] = 600.0
    known = replace(stayers, labels=labels)
    model = fit_spend(known, known, horizon_days=90, recipe=QUICK)
    said = model.amount(pa.table(dict(stayers.facts)))
    assert said.sum() == pytest.approx(labels.sum(), rel=0.1)


def test_too_few_spenders_give_the_strata_means(make_examples: MakeExamples) -> None:
    examples = make_examples(customers=20, cutoffs=1)
    few = replace(examples, labels=np.full(len(examples), 12.0))
    model = fit_spend(few, few, horizon_days=30)
    said = model.amount(pa.table(dict(examples.facts)))
    assert model.basis == "prior"
    assert said == pytest.approx(np.full(20, 12.0), rel=0.05)


def test_rules_are_in_the_shops_currency_and_one_of_them_joins_the_blend(
    stayers: Examples,
) -> None:
    columns = {COLUMNS[fact]: stayers.facts[fact] for fact in COLUMNS}
    features = np.column_stack([stayers.features, *columns.values()]).astype(np.float32)
    draw = np.random.default_rng(6)
    amounts = stayers.facts["spend_365"] * draw.gamma(2.0, 0.5, len(stayers))
    names = (*stayers.names, *columns)
    told = replace(stayers, features=features, names=names, labels=amounts)
    rules = fit_rules(told, 90)
    for rule in rules.rules.values():
        said = np.exp(rule.log_odds(told.facts, told.stratum))
        assert said.sum() == pytest.approx(told.labels.sum(), rel=0.05)
    model = fit_spend(told, told, horizon_days=90, recipe=QUICK, rules=rules)
    assert model.blend is not None
    assert model.blend.habit is not None
    assert model.blend.habit.rule.name in rules.rules


def test_what_newer_customers_have_spent_so_far_teaches_and_leaves_the_total_right(
    make_examples: MakeExamples,
) -> None:
    def spent(examples: Examples, share: float, seed: int) -> Examples:
        mean = np.exp(3.0 + np.nan_to_num(examples.features[:, 0]))
        amount = share * np.random.default_rng(seed).gamma(0.5, 2 * mean)
        return replace(examples, labels=amount, facts={**examples.facts, "mean": mean})

    few = spent(make_examples(customers=150), 1.0, 1)
    # After a part of the horizon, a third of the money has come.
    now = spent(make_examples(customers=3000, cutoffs=1, seed=5), 1 / 3, 2)
    newer = [AuxiliarySlice(now, spent(few, 1 / 3, 3))]
    fresh = spent(make_examples(customers=3000, cutoffs=1, seed=9), 1.0, 4)
    rules = fit_rules(few, 90)
    apart, total = [], []
    for more in (None, teaching(newer, rules, few)):
        model = fit_spend(few, few, horizon_days=90, recipe=QUICK, rules=rules, more=more)
        columns = {name: fresh.features[:, at] for at, name in enumerate(fresh.names)}
        said = model.amount(pa.table(columns | dict(fresh.facts)))
        total.append(said.sum())
        apart.append(np.mean(np.log(said / fresh.facts["mean"]) ** 2))
    assert apart[1] < 0.9 * apart[0]
    assert total[1] == pytest.approx(total[0], rel=0.1)
    # Days that brought next to nothing before, as where all buy on one day of the year.
    hardly = [replace(newer[0], reference=spent(few, 1 / 300, 3))]
    assert teaching(hardly, rules, few) is None


def test_leavers_spend_is_the_mean_of_their_stratum_or_of_all_where_nobody_left() -> None:
    spend = np.array([10.0] * 200 + [100.0])
    strata = np.array([0] * 200 + [2], dtype=np.int8)
    first, middle, last = leavers_spend(spend, strata)
    assert (first, last) == (10.0, 100.0)
    assert middle == pytest.approx(spend.mean())
