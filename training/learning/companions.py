"""Companions: an act of advocacy is told by the model of any act, too.

Who refers, shares or leaves a positive review is much the same kind of customer, and each act alone
is rare. So the blend of `advocate` joins the blend of each act, as a habit does: its share is
expected beforehand, and unseen customers correct the expectation by the weight of their number
(`docs/decisions/0030-any-act.md`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.bundle.arrays import Floats
from training.snapshots.cutoffs import Plan
from training.snapshots.examples import Examples
from training.snapshots.outcomes import ACTS
from training.statistics import regression
from training.statistics.threads import one_blas_thread

SHARES = np.linspace(0.0, 1.0, 11)
# Practically none: two numbers are found from the scores of hundreds of customers at least.
PENALTIES = np.array([1e-6, 1e-6])


def plan_of(plan: Plan, plans: Sequence[Plan]) -> Plan | None:
    """Return the plan of `advocate` among some, if a plan is of an act."""
    if plan.outcome.name not in ACTS:
        return None
    return next((one for one in plans if one.outcome.name == "advocate"), None)


def may_join(act: Examples, any_act: Examples, most: int, seed: int) -> bool:
    """Return whether any act can be learnt from the same rows as an act, and says something else.

    It is the act itself where a shop records no other. Where there are so many rows that only some
    are learnt from, those drawn for any act must hold every example of the act.

    Parameters
    ----------
    act, any_act : Examples
        All that there are, with or without features.
    most, seed : int
        By which a fit draws (`training.snapshots.examples.Examples.thinning`).
    """
    same = np.array_equal(act.customer, any_act.customer)
    same = same and np.array_equal(act.cutoff, any_act.cutoff)
    if not same or np.array_equal(act.labels, any_act.labels):
        return False
    drawn, _ = any_act.thinning(most, seed)
    return bool(act.labels[drawn].sum() == act.labels.sum())


def share(act: Examples, own: Floats, any_act: Floats, expected: tuple[float, float]) -> float:
    """Return the share of the companion.

    Parameters
    ----------
    act : Examples
    own, any_act : float64 arrays of shape (n,)
        Scores of the act's model and of the one of any act, each from fits without the row's
        customer.
    expected : (float, float)
        Mean and standard deviation of the prior.

    Returns
    -------
    float
        In [0, 1]: minimises the summed loss of customers, once a slope and a level are fitted,
        less the logarithm of the prior.
    """
    mean, spread = expected
    weight = act.customer_weights

    def loss(of: float) -> float:
        scores = (1.0 - of) * own + of * any_act
        design = np.column_stack([scores, np.ones(len(scores))])
        solution = regression.fit("logit", design, act.labels, weight, PENALTIES)
        return float(weight @ regression.losses("logit", act.labels, design @ solution))

    with one_blas_thread():
        losses = [loss(of) + ((of - mean) / spread) ** 2 / 2 for of in SHARES]
    return round(float(SHARES[int(np.argmin(losses))]), 4)
