"""Who stayed at some cutoffs, and what they spent: what their money is learnt from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from training.bundle.arrays import Flags
from training.learning.recipe import Recipe
from training.snapshots.auxiliary import AuxiliarySlice
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs, CensoredCutoff
from training.snapshots.dataset import Dataset
from training.snapshots.examples import Examples
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

GIANT = 0.75
"""Share of all amounts above which those of one customer tell nothing of others."""


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


def comparable(
    data: Dataset, days: Iterable[date], known_days: int | None = None
) -> tuple[Examples, Flags]:
    """Return those who stayed at some cutoffs, without a giant, and which of all asked they are.

    Parameters are those of `stayers`.

    Returns
    -------
    spent : Examples
        Of them alone, as of `stayers`.
    who : bool array of shape (n,)
        Of all whom churn is asked of.
    """
    spent, who = stayers(data, days, known_days)
    spent = spent.take(who)
    usual = without_giant(spent)
    who[who] = usual
    return spent.take(usual), who


def leavers(asked: Examples, stayed: Flags) -> Examples:
    """Return those who left, without a giant; of whom `stayers` returns, and who stayed."""
    left = asked.take(~stayed)
    return left.take(without_giant(left))


def spenders(stayed: Examples) -> int:
    """Return how many of those who stayed spent anything."""
    return len(np.unique(stayed.customer[stayed.labels > 0]))


def without_giant(spent: Examples) -> Flags:
    """Return which rows are not of a customer who outweighs all others by far.

    An amount mistyped by six digits, or a wholesaler among households, is nearly all that a fit
    of money sees: it bends towards that one, and says millions of whoever is somehow alike.

    Parameters
    ----------
    spent : Examples
        Labelled with amounts.

    Returns
    -------
    bool array of shape (n,)
        False where the row's customer holds more than `GIANT` of all the money. Who is alone
        outweighs nobody.
    """
    _, row = np.unique(spent.customer, return_inverse=True)
    each = np.bincount(row, spent.weights * spent.labels)
    return np.asarray(((each <= GIANT * each.sum()) | (len(each) == 1))[row])


def churn_and_spend(data: Dataset, known_days: int | None = None) -> tuple[Outcome, Outcome]:
    """Return churn and spend, of the whole horizon or within its first days."""
    churn = data.plan("churn")
    assert churn is not None
    assert data.spend is not None
    if known_days is None:
        return churn.outcome, data.spend
    return churn.outcome.within(known_days), data.spend.within(known_days)


def newer(
    data: Dataset, days: tuple[date, ...], auxiliary: AuxiliaryCutoffs, recipe: Recipe
) -> tuple[AuxiliarySlice, ...]:
    """Return censored slices of those who stayed so far, where those of churn teach, too.

    Parameters
    ----------
    data : Dataset
    days : tuple of date
        A fit's own cutoffs.
    auxiliary : AuxiliaryCutoffs
    recipe : Recipe
        Says whether censored slices teach, and beside how many rows.
    """
    churn, _ = churn_and_spend(data)
    found = recipe.taught_by(auxiliary).censored
    if data.slices.count(churn, (*days, *(newer.day for newer in found))) > recipe.most_rows:
        return ()
    return tuple(_slice(data, days, newer) for newer in found)


def _slice(data: Dataset, days: tuple[date, ...], newer: CensoredCutoff) -> AuxiliarySlice:
    churn, _ = churn_and_spend(data, newer.known_days)
    spent, who = comparable(data, (newer.day,), newer.known_days)
    reference, _ = comparable(data, days, newer.known_days)
    examples = data.slices.examples(churn, (newer.day,), np.flatnonzero(who))
    return AuxiliarySlice(replace(examples, labels=spent.labels), reference)
