"""From log-odds to probabilities."""

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
