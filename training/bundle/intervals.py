"""Intervals of shares, as reports and campaigns' results tell them."""

from __future__ import annotations

import math

import numpy as np

from training.bundle.arrays import Floats

Z = 1.959963984540054
"""Half the width of a 95% interval, in standard errors: a quantile of the normal law."""


def wilson(share: float, rows: float) -> tuple[float, float]:
    """Return the 95% interval of a share that was found among so many rows.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> [round(end, 3) for end in wilson(0.0, 20)]
    [0.0, 0.161]
    """
    spread = Z**2 / rows
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / rows + spread / rows / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def of_weighted(happened: Floats, weight: Floats) -> tuple[float, float, float]:
    """Return a share of weighted rows and its 95% interval.

    Parameters
    ----------
    happened, weight : float64 arrays of shape (n,)
        0 or 1, and how many customers each row stands for: unequal ones tell as much as fewer
        (Kish's effective number of rows).

    Examples
    --------
    >>> [round(part, 3) for part in of_weighted(np.array([1.0, 0.0]), np.ones(2))]
    [0.5, 0.095, 0.905]
    """
    share = float(np.average(happened, weights=weight))
    return share, *wilson(share, float(weight.sum() ** 2 / (weight @ weight)))
