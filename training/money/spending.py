"""Spend of those who stay: both fits of ``s_stay``, the first of them judged once on E."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from features.units import count_of
from training.bundle.money import Money
from training.bundle.outcome import SpendModel
from training.judging.curves import Scores
from training.judging.evaluation import MODEL
from training.judging.judgement import taught_beside
from training.learning.baselines import Baselines
from training.learning.settings import Settings
from training.money import expected
from training.money.judgement import SpendJudgement, compare
from training.money.model import fit_rules, fit_spend, leavers_spend, prior, teaching
from training.money.stayers import (
    churn_and_spend,
    comparable,
    leavers,
    newer,
    spenders,
    stayers,
)
from training.snapshots.auxiliary import AuxiliarySlice
from training.snapshots.dataset import Dataset
from training.snapshots.enough import FEWEST_CUSTOMERS


def fit(
    data: Dataset, days: tuple[date, ...], newest: Sequence[AuxiliarySlice], settings: Settings
) -> tuple[SpendModel, Baselines, int]:
    """Fit ``s_stay`` on those who stayed at some cutoffs, the same way for both fits.

    Parameters
    ----------
    data : Dataset
    days : tuple of date
        Of the slices whose horizon has passed.
    newest : sequence of AuxiliarySlice
        The `newer` ones.
    settings : Settings

    Returns
    -------
    model : SpendModel
        Without a rule.
    rules : Baselines
        Calibrated as `model` is.
    beside : int
        How many rows of the newer slices taught.
    """
    churn, _ = churn_and_spend(data)
    spent, stayed = comparable(data, days)
    who = np.flatnonzero(stayed)
    rows, weight = spent.thinning(settings.recipe.most_rows, settings.seed)
    learnt = data.slices.examples(churn, days, who[rows])
    learnt = replace(learnt, labels=spent.labels[rows], weight=weight)
    rules = fit_rules(learnt, churn.horizon_days, settings.seed)
    more = teaching(newest, rules, learnt)
    model = fit_spend(
        spent,
        learnt,
        horizon_days=churn.horizon_days,
        gap_days=churn.gap_days,
        asked=churn.who,
        seed=settings.seed,
        recipe=settings.recipe,
        rules=rules,
        more=more,
    )
    return model, rules, len(more.offset) if more else 0


def serve(data: Dataset, judged: SpendJudgement, settings: Settings) -> SpendModel:
    """Fit what serves, by the basis its judgement found."""
    churn = data.plan("churn")
    assert churn is not None
    if judged.basis == "prior":
        spent, _ = comparable(data, churn.serving)
        outcome = churn.outcome
        return prior(
            spent,
            horizon_days=outcome.horizon_days,
            gap_days=outcome.gap_days,
            asked=outcome.who,
        )
    more = newer(data, churn.serving, churn.serving_auxiliary, settings.recipe)
    model, rules, _ = fit(data, churn.serving, more, settings)
    return replace(model, basis=judged.basis, rule=rules.rules[judged.best])


def judge(data: Dataset, settings: Settings, scores: Scores | None = None) -> SpendJudgement | None:
    """Fit on the evaluation cutoffs and judge on E; None where there is no spend to learn.

    With the `scores` of churn on E, what is expected of everybody is judged as well.
    """
    churn = data.plan("churn")
    if churn is None or data.spend is None:
        return None
    train, _ = comparable(data, churn.evaluation)
    test, stays = comparable(data, (churn.newest,))
    if (few := min(spenders(train), spenders(test))) < FEWEST_CUSTOMERS:
        return SpendJudgement("prior", _too_few(few), test.stands_for)
    more = newer(data, churn.evaluation, churn.evaluation_auxiliary, settings.recipe)
    model, rules, rows_beside = fit(data, churn.evaluation, more, settings)
    rows = data.slices.rows(churn.outcome, (churn.newest,))
    predicted = {MODEL: model.amount(rows)}
    for name, rule in rules.rules.items():
        amount = replace(model, basis="rule", rule=rule).amount(rows)
        # In a history of less than a year, a life is the past year.
        if not any(np.array_equal(amount, other) for other in predicted.values()):
            predicted[name] = amount
    best = min((name for name in predicted if name != MODEL), key=lambda name: rules.losses[name])
    of_stayers = {name: amount[stays] for name, amount in predicted.items()}
    judged = compare(test, of_stayers, best, settings)
    if scores is not None:
        serves = predicted[MODEL if judged.basis == "model" else best]
        both = {MODEL: serves, expected.RULES: predicted[best]}
        left = leavers(*stayers(data, churn.evaluation))
        leave = leavers_spend(left.labels, left.stratum, left.weight)
        of_all = expected.judge(data, scores, both, Money(leavers=leave), settings)
        judged = replace(judged, expected=of_all)
    return replace(judged, beside=taught_beside(rows_beside))


def _too_few(customers: int) -> str:
    few = f"only {count_of(customers, 'customer')}" if customers else "nobody"
    return (
        f"spend: too little to learn from, {few} who stayed and spent: the mean of each stratum "
        "serves."
    )
