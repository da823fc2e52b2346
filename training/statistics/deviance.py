"""By what fits are compared: log-loss, or for amounts of money a deviance.

Who spends much spends unevenly: in euros, errors of a few big customers would decide everything.
The Tweedie deviance between a Poisson and a gamma law (power 1.5) grows as their amounts do less
than in proportion, allows for nothing spent, and is least where the mean is right; trees of spend
minimise it.
"""

from __future__ import annotations

import numpy as np

from training.bundle.arrays import Floats
from training.statistics import regression
from training.statistics.regression import STEEPEST, Link

POWER = 1.5
"""Of the variance in the mean: what trees of spend are told to minimise."""


def of(link: Link, labels: Floats, score: Floats) -> Floats:
    """Return each row's loss, shape (n,): for a label of 0 or 1 its log-loss.

    For an amount y and a score of log(m) it is ``4 (sqrt(y) - sqrt(m))^2 / sqrt(m)``, the unit
    deviance of a Tweedie law of power 1.5. It scales with the square root of the unit.

    Parameters
    ----------
    link : {"logit", "log"}
    labels, score : float64 arrays of shape (n,)
        The score is on the link's scale.

    References
    ----------
    Jorgensen (1987), "Exponential dispersion models", Journal of the Royal Statistical Society B
    49(2). As a score for forecasts of a mean: Gneiting (2011), "Making and evaluating point
    forecasts", Journal of the American Statistical Association 106(494), theorem 7.

    Examples
    --------
    >>> of("log", np.array([4.0, 0.0]), np.log([4.0, 4.0])).tolist()
    [0.0, 8.0]
    """
    if link == "logit":
        return regression.losses(link, labels, score)
    root = np.exp(np.clip(score, -STEEPEST, STEEPEST) / 2)
    return np.asarray(4.0 * (np.sqrt(labels) - root) ** 2 / root)
