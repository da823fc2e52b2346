"""Money, fitted: spend of those who stay and who leave, and the next order.

What serving makes of these numbers is in `training.bundle.money`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training import calibration, learner, weighted
from training.baselines import shop_mean_log_gap
from training.bundle.arrays import Codes, Facts, Floats
from training.bundle.money import NextOrder
from training.bundle.outcome import SpendModel
from training.bundle.rule import own_gap
from training.bundle.strata import STRATA, Asked
from training.examples import Examples
from training.recipe import Recipe
from training.regression import significant

# Fewer stayers who spent anything teach no more than the strata's means.
FEWEST_SPENDERS = 50
DECILES = 10


def fit_spend(
    stayers: Examples,
    learnt: Examples,
    *,
    horizon_days: int,
    gap_days: int = 0,
    asked: Asked = "active",
    seed: int = 7,
    recipe: Recipe | None = None,
) -> SpendModel:
    """Fit ``s_stay``: what a customer who stays spends in the churn horizon.

    The logarithm of the expected amount is blended and calibrated like log-odds; trees minimise
    the Tweedie deviance, the regression and the calibration the Poisson quasi-likelihood, whose
    best fit has the right total.

    Parameters
    ----------
    stayers : Examples
        Rows whose churn label is 0, one at least; labels are amounts of at least 0. Features are
        not looked at.
    learnt : Examples
        Some of them that stand for all (`training.examples.Examples.thinning`), or all.
    horizon_days, gap_days, asked :
        As the churn outcome has them.
    seed : int
    recipe : Recipe, optional
    """
    enough = np.count_nonzero(stayers.labels > 0) >= FEWEST_SPENDERS
    # In units of the mean, regularisation means the same in every currency.
    unit = float(np.average(stayers.labels, weights=stayers.weights)) if enough else 1.0
    scaled = replace(learnt, labels=learnt.labels / unit)
    fitted = learner.fit(scaled, seed, link="log", recipe=recipe) if enough else None
    score = fitted.out_of_fold if fitted else np.zeros(len(learnt))
    return SpendModel(
        name="spend",
        asked=asked,
        horizon_days=horizon_days,
        gap_days=gap_days,
        basis="model" if fitted else "prior",
        base=float(np.average(stayers.labels, weights=stayers.weights)),
        calibration=calibration.fit(
            score, learnt.labels, learnt.stratum, learnt.customer_weights, link="log"
        ),
        blend=fitted.blend if fitted else None,
        most=_most(stayers),
    )


def _most(stayers: Examples) -> float:
    """Return what hardly anybody exceeds."""
    return float(weighted.quantile(stayers.labels, np.array([0.999]), stayers.weight)[0])


def leavers_spend(spend: Floats, stratum: Codes, weight: Floats | None = None) -> tuple[float, ...]:
    """Return ``s_leave``: the leavers' mean spend per stratum; overall where a stratum has none.

    Parameters
    ----------
    spend : float64 array of shape (n,)
        Of rows whose churn label is 1, in the churn horizon.
    stratum : int8 array of shape (n,)
    weight : float64 array of shape (n,), optional

    Examples
    --------
    >>> leavers_spend(np.zeros(3), np.array([0, 1, 2], dtype=np.int8))
    (0.0, 0.0, 0.0)
    >>> leavers_spend(np.array([10.0, 20.0, 60.0]), np.array([0, 0, 2], dtype=np.int8))
    (15.0, 30.0, 60.0)
    """
    weight = np.ones(len(spend)) if weight is None else weight
    overall = float(weight @ spend) / max(float(weight.sum()), 1e-12)
    total = np.bincount(stratum, weight * spend, len(STRATA))
    count = np.bincount(stratum, weight, len(STRATA))
    means = np.divide(total, count, out=np.full(len(STRATA), overall), where=count > 0)
    return tuple(float(mean) for mean in significant(means))


def next_order(
    facts: Facts, days_to_next: Floats, horizon_days: int, weight: Floats | None = None
) -> NextOrder | None:
    """Fit when the next order is due, from training rows.

    Parameters
    ----------
    facts : mapping
        With ``gap_count``, ``gap_mean_log`` and ``days_since_activity``.
    days_to_next : float64 array of shape (n,)
        Days from the cutoff to the next order; NaN for those who left.
    horizon_days : int
        Days from the cutoff to the end of the churn horizon, a gap included.
    weight : float64 array of shape (n,), optional

    Returns
    -------
    NextOrder or None
        None if nobody stayed.
    """
    shop = float(significant(np.array([shop_mean_log_gap(facts, weight)]))[0])
    gap = own_gap(facts, shop)
    known = np.isfinite(days_to_next) & np.isfinite(facts["days_since_activity"])
    if not known.any():
        return None
    since, ahead = (facts["days_since_activity"] / gap)[known], (days_to_next / gap)[known]
    weight = None if weight is None else weight[known]
    edges = weighted.quantile(since, np.arange(1, DECILES) / DECILES, weight)
    decile = np.searchsorted(edges, since, side="right")
    overall = weighted.median(ahead, weight)
    medians = [
        weighted.median(ahead[mine], None if weight is None else weight[mine])
        if (mine := decile == number).any()
        else overall
        for number in range(DECILES)
    ]
    return NextOrder(shop, tuple(edges.tolist()), tuple(medians), horizon_days)
