"""Calibration: a slope and an intercept per stratum, on the additive scale.

Never isotonic: an affine map keeps contributions additive, keeps the order of customers within a
stratum, and cannot overfit three hundred rows.
"""

from __future__ import annotations

import numpy as np

from features.rung import STRATA
from training.bundle.affine import Affine
from training.bundle.arrays import Codes, Floats
from training.statistics import regression
from training.statistics.regression import Link

# Prior beliefs as penalties (one over the variance): a slope of 1 +- 0.25, strata whose
# intercepts differ from the overall one by 0 +- 0.15. A few hundred customers outweigh them.
SLOPE_PENALTY, STRATUM_PENALTY, TINY = 16.0, 45.0, 1e-6
HELD = 1e12
FLATTEST = 0.02


def fit(
    score: Floats,
    labels: Floats,
    stratum: Codes,
    weight: Floats | None = None,
    *,
    link: Link = "logit",
) -> Affine:
    """Fit the calibration of out-of-fold scores, on all slices alike.

    Parameters
    ----------
    score : float64 array of shape (n,)
        Out-of-fold scores: log-odds, or the logarithm of money.
    labels : float64 array of shape (n,)
    stratum : int8 array of shape (n,)
    weight : float64 array of shape (n,), optional
        Overlapping slices repeat a customer; weights that sum to the number of customers keep the
        shrinkage honest.
    link : {"logit", "log"}

    Returns
    -------
    Affine
        With a slope above 0.
    """
    weight = np.ones(len(labels)) if weight is None else weight
    centre = float(np.average(score, weights=weight))
    # The scale of an amount is its unit's; in units of its mean the penalties mean the same.
    unit = (float(np.average(labels, weights=weight)) or 1.0) if link == "log" else 1.0
    design = np.column_stack([score - centre, np.ones(len(score)), np.eye(len(STRATA))[stratum]])
    design, labels, weight = _with_pseudo_rows(design, labels / unit, weight)
    penalty = np.array([SLOPE_PENALTY, TINY] + [STRATUM_PENALTY] * len(STRATA))
    prior = np.array([1.0] + [0.0] * (1 + len(STRATA)))
    solution = regression.fit(link, design, labels, weight, penalty, prior)
    if solution[0] < FLATTEST:
        # The score says nothing (or the opposite by chance): hold the slope and refit the rest.
        penalty[0], prior[0] = HELD, FLATTEST
        solution = regression.fit(link, design, labels, weight, penalty, prior)
    slope = max(float(solution[0]), FLATTEST)
    shift = float(solution[1]) - slope * centre + float(np.log(unit))
    return Affine(slope, tuple(float(i) for i in regression.significant(solution[2:] + shift)))


def rates(labels: Floats, stratum: Codes, weight: Floats | None = None) -> Affine:
    """Fit the shrunken rate of every stratum, for when there is too little to learn more from.

    The parameters are those of `fit`.

    Returns
    -------
    Affine
        To apply to a score of 0.
    """
    return fit(np.zeros(len(labels)), labels, stratum, weight)


def _with_pseudo_rows(
    design: Floats, labels: Floats, weight: Floats
) -> tuple[Floats, Floats, Floats]:
    """Add half a customer of either kind at the mean, so that a rate is never 0 or 1."""
    middle = np.zeros((2, design.shape[1]))
    middle[:, 1] = 1.0
    return (
        np.vstack([design, middle]),
        np.concatenate([labels, [0.0, 1.0]]),
        np.concatenate([weight, [0.5, 0.5]]),
    )
