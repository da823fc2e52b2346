"""Who stayed at some cutoffs, and what they spent: what their money is learnt from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from training.bundle.arrays import Flags
from training.learning.recipe import Recipe
from training.snapshots.beside import Slice
from training.snapshots.dataset import Dataset
from training.snapshots.examples import Examples
from training.snapshots.others import Censored, Others
from training.snapshots.outcome import Outcome

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
    churn, spend = churn_and_spend(data, known_days)
    answers = data.slices.answers(churn, days, FACTS)
    return replace(answers, labels=data.slices.labels(churn, days, spend)), answers.labels == 0


def churn_and_spend(data: Dataset, known_days: int | None = None) -> tuple[Outcome, Outcome]:
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
    churn, _ = churn_and_spend(data)
    found = recipe.taught_by(others).censored
    if data.slices.count(churn, (*days, *(one.day for one in found))) > recipe.most_rows:
        return ()
    return tuple(_slice(data, days, one) for one in found)


def _slice(data: Dataset, days: tuple[date, ...], newer: Censored) -> Slice:
    churn, _ = churn_and_spend(data, newer.known_days)
    spent, stayed = stayers(data, (newer.day,), newer.known_days)
    before, stayed_before = stayers(data, days, newer.known_days)
    examples = data.slices.examples(churn, (newer.day,), np.flatnonzero(stayed))
    return Slice(replace(examples, labels=spent.labels[stayed]), before.take(stayed_before))
