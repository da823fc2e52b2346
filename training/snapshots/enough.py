"""Enough customers to learn from: plans take in more cutoffs where their own hold too few.

Six cutoffs a fortnight apart see a shop of a hundred active customers nearly unchanged: fewer than
fifty of them leave, and the base rate would serve, though the years before saw hundreds leave.
Such a plan looks further back.

In an old shop most customers have lapsed. Before anything is computed, only the number of customers
ever seen is known, and a large shop has no auxiliary cutoffs. Where few turn out to be asked, the
slices are computed once more with auxiliary cutoffs, and without those who are asked nothing there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue import Column
from features.stages import Progress, silent
from training.snapshots import slicing
from training.snapshots.auxiliary_cutoffs import crowded
from training.snapshots.cutoffs import Plan, further, with_auxiliary
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.sampling import Sample
from training.snapshots.slices import Slices

if TYPE_CHECKING:
    from features.history import History

FEWEST_CUSTOMERS = 50
"""Of either class: with fewer, there is too little to learn from."""

LOOKS_BACK = (26, 52)
"""How many cutoffs are tried instead: about a year of them, then two."""

FIT_ROWS = 100_000
"""Rows that a fit sees at most (`training.learning.recipe.Recipe.most_rows`)."""


def fewest_customers(examples: Examples) -> int:
    """Return how many customers the rarer class has."""
    positive = examples.labels > 0
    return min(len(np.unique(examples.customer[side])) for side in (positive, ~positive))


def has_few(slices: Slices, plan: Plan) -> bool:
    """Return whether there is too little to learn an outcome from at its plan's cutoffs."""
    return fewest_customers(slices.answers(plan.outcome, plan.evaluation)) < FEWEST_CUSTOMERS


def build(
    history: History,
    plans: Sequence[Plan],
    columns: Sequence[Column],
    more: Callable[[Sequence[Plan]], Sequence[Outcome]] = lambda _: (),
    say: Progress = silent,
    sample: Sample | None = None,
) -> tuple[tuple[Plan, ...], Slices]:
    """Compute the slices of plans, which look further back where that finds enough customers.

    A plan that finds too few customers of either class however far it looks stays as it was.

    Parameters
    ----------
    history, plans, columns, say, sample
        As of `training.snapshots.slicing.build`.
    more : callable
        Returns labels to compute beside those of some plans.

    Returns
    -------
    tuple of Plan, and the Slices of all of them

    Raises
    ------
    LadderError
        If nobody can be asked anything at any of the cutoffs.
    """
    chosen = tuple(plans)
    slices = slicing.build(history, plans, columns, more(plans), say, sample)
    for want in LOOKS_BACK:
        tried = [further(one, history, want) if has_few(slices, one) else one for one in chosen]
        if all(new is old for new, old in zip(tried, chosen, strict=True)):
            continue
        wider = slicing.build(history, tried, columns, more(tried), say, sample)
        found = tuple(
            old if has_few(wider, new) else new for new, old in zip(tried, chosen, strict=True)
        )
        if found != chosen:
            chosen, slices = found, wider
    widened = _with_auxiliary(chosen, slices, history)
    if widened == chosen:
        return chosen, slices
    del slices  # before the next are computed
    return widened, slicing.build(history, widened, columns, more(widened), say, apart=True)


def _with_auxiliary(plans: tuple[Plan, ...], slices: Slices, history: History) -> tuple[Plan, ...]:
    """Return plans with auxiliary cutoffs where the customers that are asked leave room for them.

    `return` alone is not worth computing everybody once more, which takes a quarter of a training's
    time: where a shop has few lapsed customers, it stays as it is.
    """
    if slices.sample is not None or not crowded(history, history.customers):
        return plans
    return tuple(
        plan if plan.outcome.who == "lapsed" else _joined(plan, slices, history) for plan in plans
    )


def _joined(plan: Plan, slices: Slices, history: History) -> Plan:
    """Return one plan with auxiliary cutoffs; unchanged where its own hold enough."""
    own = {*plan.evaluation, *plan.serving}
    most = max(slices.count(plan.outcome, (day,)) for day in own)
    # With one slice more than its own: what a fit has no room for is not computed.
    room = most * (len(plan.evaluation) + 1) <= FIT_ROWS
    return with_auxiliary(plan, history, most) if most and room else plan
