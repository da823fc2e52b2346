"""Enough customers to learn from: where the usual cutoffs hold too few, older ones teach, too.

Six cutoffs a fortnight apart see a shop of a hundred active customers nearly unchanged: fewer than
fifty of them leave, and the base rate would serve, though the years before saw hundreds leave.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue import Column
from features.stages import Say
from training.snapshots import slicing
from training.snapshots.cutoffs import Plan, further
from training.snapshots.examples import Examples
from training.snapshots.lapsed import with_others
from training.snapshots.outcome import Outcome
from training.snapshots.sampling import Sample
from training.snapshots.slices import Slices

if TYPE_CHECKING:
    from features.history import History

FEWEST_CUSTOMERS = 50
"""Of either class: with fewer, there is too little to learn from."""

LOOKS_BACK = (26, 52)
"""How many cutoffs are tried instead: about a year of them, then two."""


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
    say: Say | None = None,
    sample: Sample | None = None,
) -> tuple[tuple[Plan, ...], Slices]:
    """Compute the slices of plans, which look further back where that finds enough customers.

    A plan that finds too few customers of either class however far it looks stays as it was. In a
    large shop that asks few, other cutoffs join it (`training.snapshots.lapsed`).

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
    joined = with_others(chosen, slices, history)
    if joined == chosen:
        return chosen, slices
    del slices  # before there are others
    return joined, slicing.build(history, joined, columns, more(joined), say, apart=True)
