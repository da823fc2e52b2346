"""BG/NBD: how often customers buy and when they stop, from purchase days alone.

Parameters are those of the whole shop; what a rule makes of them is in `training.bundle.rule`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from training.bundle.arrays import Facts, Floats
from training.bundle.rule import purchase_history
from training.statistics.regression import rounded

# Four numbers are estimated: more customers than this change them by less than a percent.
MOST_CUSTOMERS = 5_000
# On the squared logarithms, a weak wish for moderate parameters where the data cannot tell.
PENALTY = 0.01
NAMES = ("r", "alpha", "a", "b")


def fit(facts: Facts, weight: Floats | None = None) -> Mapping[str, float]:
    """Return the parameters of greatest likelihood, ``alpha`` in days.

    Parameters
    ----------
    facts : mapping
        One row per customer (see `training.bundle.rule.purchase_history`); every
        n-th is used where there are many.
    weight : float64 array, optional
        How many customers of the shop each stands for, where they were sampled.
    """
    stride = max(1, len(facts["activity_days"]) // MOST_CUSTOMERS)
    repeats, recency, age = (part[::stride] for part in purchase_history(facts))
    count = 1.0 if weight is None else weight[::stride] / weight[::stride].mean()
    # In units of the mean age, all four parameters are of the order of 1.
    unit = max(float(age.mean()), 1.0) if len(age) else 1.0

    def loss(logs: Floats) -> tuple[float, Floats]:
        likelihood, slope = log_likelihood(np.exp(logs), repeats, recency / unit, age / unit)
        uphill = (count * slope).sum(axis=1) * np.exp(logs)
        return float(
            PENALTY * (logs**2).sum() - (count * likelihood).sum()
        ), 2.0 * PENALTY * logs - uphill

    found = minimize(loss, np.zeros(4), jac=True, method="L-BFGS-B", bounds=[(-8.0, 8.0)] * 4)
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    values = (r, alpha * unit, a, b)
    return {name: rounded(value, 5) for name, value in zip(NAMES, values, strict=True)}


def log_likelihood(
    parameters: Floats, repeats: Floats, recency: Floats, age: Floats
) -> tuple[Floats, Floats]:
    """Return each customer's log-likelihood, shape (n,), and its derivatives, shape (4, n).

    Parameters
    ----------
    parameters : float64 array of shape (4,)
        r, alpha, a, b.
    repeats, recency, age : float64 arrays of shape (n,)
        x, t_x and T.

    References
    ----------
    Fader, Hardie, Lee (2005), equation (6), in the form of their technical note that keeps
    every term's logarithm.
    """
    r, alpha, a, b = parameters
    times = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    coins = gammaln(a + b) + gammaln(b + repeats) - gammaln(b) - gammaln(a + b + repeats)
    stays, last = b + np.maximum(repeats, 1.0) - 1.0, np.log(alpha + recency)
    alive = -(r + repeats) * np.log(alpha + age)
    gone = np.log(a) - np.log(stays) - (r + repeats) * last
    either = np.where(repeats > 0, np.logaddexp(alive, gone), alive)
    left = np.where(repeats > 0, np.exp(np.minimum(gone - either, 0.0)), 0.0)
    drops = digamma(a + b) - digamma(a + b + repeats)
    slope = [
        digamma(r + repeats) - digamma(r) + np.log(alpha)
        - (1.0 - left) * np.log(alpha + age) - left * last,
        r / alpha - (r + repeats) * ((1.0 - left) / (alpha + age) + left / (alpha + recency)),
        drops + left / a,
        drops + digamma(b + repeats) - digamma(b) - left / stays,
    ]  # fmt: skip
    return np.asarray(times + coins + either), np.array(slope)
