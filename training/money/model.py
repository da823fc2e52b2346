"""Spend, fitted: a model of those who stay, the means of those who leave.

What serving makes of these numbers is in `training.bundle.money`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from features.rung import STRATA
from training.bundle.arrays import Codes, Floats
from training.bundle.outcome import SpendModel
from training.bundle.strata import Asked
from training.learning import baselines, calibration, habits, learner
from training.learning.baselines import Baselines
from training.learning.recipe import Recipe
from training.snapshots.auxiliary import AuxiliaryExamples, AuxiliarySlice, aligned
from training.snapshots.examples import Examples
from training.statistics import weighted
from training.statistics.regression import significant

# Fewer stayers who spent anything teach no more than the strata's means.
FEWEST_SPENDERS = 50


def fit_spend(
    stayers: Examples,
    learnt: Examples,
    *,
    horizon_days: int,
    gap_days: int = 0,
    asked: Asked = "active",
    seed: int = 7,
    recipe: Recipe | None = None,
    rules: Baselines | None = None,
    more: AuxiliaryExamples | None = None,
) -> SpendModel:
    """Fit ``s_stay``: what a customer who stays spends in the churn horizon.

    The logarithm of the expected amount is blended and calibrated like log-odds; trees minimise
    the Tweedie deviance, by which the shares of the blend are chosen, too; the regression and the
    calibration minimise the Poisson quasi-likelihood, whose best fit has the right total.

    Parameters
    ----------
    stayers : Examples
        Rows whose churn label is 0, one at least; labels are amounts of at least 0. Features are
        not looked at.
    learnt : Examples
        Some of them that stand for all (`training.snapshots.examples.Examples.thinning`), or all.
    horizon_days, gap_days, asked :
        As the churn outcome has them.
    seed : int
    recipe : Recipe, optional
    rules : Baselines, optional
        What `fit_rules` made of `learnt`; one of them is the habit of the blend.
    more : AuxiliaryExamples, optional
        What `teaching` made of newer slices, to learn from beside `learnt`.

    Returns
    -------
    SpendModel
        ``prior`` where too few spent anything.
    """
    blank = prior(stayers, horizon_days=horizon_days, gap_days=gap_days, asked=asked)
    if np.count_nonzero(stayers.labels > 0) < FEWEST_SPENDERS:
        return blank
    scaled, _ = _in_means(learnt)
    habit_rule = habits.rule_of(learnt, "spend", rules) if rules else None
    fitted = learner.fit(
        scaled, seed, link="log", recipe=recipe, habit_rule=habit_rule, auxiliary=more
    )
    return replace(
        blank,
        basis="model",
        calibration=calibration.fit(
            fitted.out_of_fold, learnt.labels, learnt.stratum, learnt.customer_weights, link="log"
        ),
        blend=fitted.blend,
    )


def prior(
    stayers: Examples, *, horizon_days: int, gap_days: int = 0, asked: Asked = "active"
) -> SpendModel:
    """Return the shrunken mean of every stratum, for when there is too little to learn more from.

    Parameters are those of `fit_spend`.
    """
    labels, weight = stayers.labels, stayers.customer_weights
    return SpendModel(
        name="spend",
        asked=asked,
        horizon_days=horizon_days,
        gap_days=gap_days,
        basis="prior",
        base=float(np.average(labels, weights=stayers.weights)),
        calibration=calibration.fit(
            np.zeros(len(stayers)), labels, stayers.stratum, weight, link="log"
        ),
        most=_most(stayers),
    )


def fit_rules(learnt: Examples, horizon_days: int, seed: int = 7) -> Baselines:
    """Fit the simple rules that ``s_stay`` is held against, calibrated in the shop's currency.

    Parameters
    ----------
    learnt : Examples
        As in `fit_spend`.
    horizon_days : int
    seed : int
    """
    scaled, unit = _in_means(learnt)
    found = baselines.fit(scaled, "spend", horizon_days, seed=seed, link="log")
    return found.raised(float(np.log(unit)))


def _in_means(learnt: Examples) -> tuple[Examples, float]:
    """Return amounts in units of their mean, where penalties mean the same in every currency."""
    unit = float(np.average(learnt.labels, weights=learnt.weights)) or 1.0
    return learnt.over(unit), unit


def teaching(
    newer: Sequence[AuxiliarySlice], rules: Baselines, learnt: Examples
) -> AuxiliaryExamples | None:
    """Return the rows of censored slices that can be learnt from; None where there are none.

    Parameters
    ----------
    newer : sequence of AuxiliarySlice
        Of who stayed within the part of the horizon that has passed, with what they spent in it.
    rules : Baselines
        What `fit_rules` made of `learnt`.
    learnt : Examples
    """
    _, unit = _in_means(learnt)
    rule = rules.raised(-float(np.log(unit))).rules[rules.best]
    return aligned([examples.over(unit) for examples in newer], rule, link="log")


def _most(stayers: Examples) -> float:
    """Return an amount that hardly any spender exceeds; taken over everybody, it may be 0."""
    spent = stayers.take(stayers.labels > 0)
    if not len(spent):
        return 0.0
    return float(weighted.quantile(spent.labels, np.array([0.999]), spent.weight)[0])


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
