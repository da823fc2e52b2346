"""From log-odds to probabilities and back."""

from __future__ import annotations

import numpy as np

from training.bundle.arrays import Floats

FARTHEST = 700.0
"""Log-odds past which nothing changes: exponentials stay finite."""


def sigmoid(log_odds: Floats) -> Floats:
    """Return probabilities of shape like `log_odds`.

    >>> sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -FARTHEST, FARTHEST)))


def logit(probability: Floats | float) -> Floats:
    """Return log-odds, finite also for 0 and 1.

    >>> float(logit(0.5))
    0.0
    """
    inside = np.clip(np.asarray(probability, dtype=np.float64), 1e-12, 1 - 1e-12)
    return np.log(inside) - np.log1p(-inside)
