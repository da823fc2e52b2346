"""Spend of those who stay: both fits of ``s_stay``, the first of them judged once on E."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from features.units import count_of
from training.bundle.arrays import Flags
from training.bundle.outcome import SpendModel
from training.bundle.rows import Rows
from training.judging.evaluation import FEWEST_CUSTOMERS, MODEL
from training.judging.judgement import taught_beside
from training.learning.baselines import Baselines
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.money.amounts import Amounts
from training.money.judgement import SpendJudgement, found
from training.money.model import fit_rules, fit_spend, prior
from training.snapshots.beside import Slice
from training.snapshots.dataset import Dataset
from training.snapshots.examples import Examples
from training.snapshots.others import Censored, Others
from training.snapshots.outcomes import Outcome

FACTS = (
    "spend_365",
    "spend_ever",
    "orders_ever",
    "activity_days",
    "days_since_first_activity",
    "days_since_activity",
    "gap_count",
    "gap_mean_log",
)
"""What of a customer the money is fitted and judged from, beside the features."""


def stayers(
    data: Dataset, days: Iterable[date], known_days: int | None = None
) -> tuple[Examples, Flags]:
    """Return whom churn is asked of at some cutoffs with what they spent, and who stayed.

    Parameters
    ----------
    data : Dataset
        With churn and spend.
    days : iterable of date
    known_days : int, optional
        Only within so many days of the horizon, as a censored cutoff knows them.

    Returns
    -------
    spent : Examples
        Labelled with amounts, without features and with a few facts.
    stayed : bool array of shape (n,)
    """
    churn, spend = _asked(data, known_days)
    answers = data.slices.answers(churn, days, FACTS)
    return replace(answers, labels=data.slices.labels(churn, days, spend)), answers.labels == 0


def _asked(data: Dataset, known_days: int | None) -> tuple[Outcome, Outcome]:
    """Return churn and spend, of the whole horizon or within its first days."""
    churn = data.plan("churn")
    assert churn is not None
    assert data.spend is not None
    if known_days is None:
        return churn.outcome, data.spend
    return churn.outcome.within(known_days), data.spend.within(known_days)


def newer(
    data: Dataset, days: tuple[date, ...], others: Others, recipe: Recipe
) -> tuple[Slice, ...]:
    """Return censored slices of those who stayed so far, where those of churn teach, too.

    Parameters
    ----------
    data : Dataset
    days : tuple of date
        A fit's own cutoffs.
    others : Others
    recipe : Recipe
        Says whether censored slices teach, and beside how many rows.
    """
    churn, _ = _asked(data, None)
    found = recipe.taught_by(others).censored
    if data.slices.count(churn, (*days, *(one.day for one in found))) > recipe.most_rows:
        return ()
    return tuple(_slice(data, days, one) for one in found)


def _slice(data: Dataset, days: tuple[date, ...], newer: Censored) -> Slice:
    churn, _ = _asked(data, newer.known_days)
    spent, stayed = stayers(data, (newer.day,), newer.known_days)
    before, stayed_before = stayers(data, days, newer.known_days)
    examples = data.slices.examples(churn, (newer.day,), np.flatnonzero(stayed))
    return Slice(replace(examples, labels=spent.labels[stayed]), before.take(stayed_before))


def fit(
    data: Dataset, days: tuple[date, ...], more: Sequence[Slice], settings: Settings
) -> tuple[SpendModel, Baselines]:
    """Fit ``s_stay`` on those who stayed at some cutoffs, the same way for both fits.

    Parameters
    ----------
    data : Dataset
    days : tuple of date
        Of the slices whose horizon has passed.
    more : sequence of Slice
        The `newer` ones.
    settings : Settings

    Returns
    -------
    model : SpendModel
        Without a rule.
    rules : Baselines
        Calibrated as `model` is.
    """
    churn, _ = _asked(data, None)
    spent, stayed = stayers(data, days)
    who = np.flatnonzero(stayed)
    spent = spent.take(who)
    rows, weight = spent.thinning(settings.recipe.most_rows, settings.seed)
    learnt = data.slices.examples(churn, days, who[rows])
    learnt = replace(learnt, labels=spent.labels[rows], weight=weight)
    rules = fit_rules(learnt, churn.horizon_days, settings.seed)
    model = fit_spend(
        spent,
        learnt,
        horizon_days=churn.horizon_days,
        gap_days=churn.gap_days,
        asked=churn.who,
        seed=settings.seed,
        recipe=settings.recipe,
        rules=rules,
        newer=more,
    )
    return model, rules


def serve(data: Dataset, judged: SpendJudgement, settings: Settings) -> SpendModel:
    """Fit what serves, by the basis its judgement found."""
    churn = data.plan("churn")
    assert churn is not None
    if judged.basis == "prior":
        spent, stayed = stayers(data, churn.serving)
        outcome = churn.outcome
        return prior(
            spent.take(stayed),
            horizon_days=outcome.horizon_days,
            gap_days=outcome.gap_days,
            asked=outcome.who,
        )
    more = newer(data, churn.serving, churn.serving_others, settings.recipe)
    model, rules = fit(data, churn.serving, more, settings)
    return replace(model, basis=judged.basis, rule=rules.rules[judged.best])


def judge(data: Dataset, settings: Settings) -> SpendJudgement | None:
    """Fit on the evaluation cutoffs and judge on E; None where there is no spend to learn."""
    churn = data.plan("churn")
    if churn is None or data.spend is None:
        return None
    train, stayed = stayers(data, churn.evaluation)
    test, stays = stayers(data, (churn.newest,))
    test = test.take(stays)
    spenders = (rows.customer[rows.labels > 0] for rows in (train.take(stayed), test))
    if (few := min(len(np.unique(who)) for who in spenders)) < FEWEST_CUSTOMERS:
        return SpendJudgement("prior", _too_few(few), test.stands_for)
    more = newer(data, churn.evaluation, churn.evaluation_others, settings.recipe)
    model, rules = fit(data, churn.evaluation, more, settings)
    rows = Rows.of(data.slices.rows(churn.outcome, (churn.newest,))).among(stays)
    said = {MODEL: model.amount(rows)}
    for name, rule in rules.rules.items():
        amount = replace(model, basis="rule", rule=rule).amount(rows)
        # In a history of less than a year, a life is the past year.
        if not any(np.array_equal(amount, other) for other in said.values()):
            said[name] = amount
    best = min((name for name in said if name != MODEL), key=lambda name: rules.losses[name])
    judged = found(Amounts(test.labels, test.customer, test.weight), said, best, settings)
    return replace(judged, beside=taught_beside(sum(len(one.examples) for one in more)))


def _too_few(customers: int) -> str:
    few = count_of(customers, "customer")
    return (
        f"spend: too little to learn from, only {few} who stayed and spent: the mean of each "
        "stratum serves."
    )
