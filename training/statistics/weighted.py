"""Figures of a shop from rows that each stand for several of its rows.

Without weights every function is the usual one, to the bit; with a sample's weights it estimates
what the whole shop would have given.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from training.bundle.arrays import Floats, Floats32

HALF = np.array([0.5])


def total(weight: Floats | None, rows: int) -> int:
    """Return how many rows of the shop some rows stand for."""
    return rows if weight is None else round(float(weight.sum()))


def median(values: Floats | Floats32, weight: Floats | None = None) -> float:
    """Return the value that half of the weight lies below.

    >>> median(np.array([1.0, 2.0, 3.0, 9.0])), median(np.array([1.0, 9.0]), np.array([1.0, 99.0]))
    (2.5, 8.92)
    """
    return float(np.median(values)) if weight is None else float(quantile(values, HALF, weight)[0])


def quantile(values: Floats | Floats32, at: Floats, weight: Floats | None = None) -> Floats:
    """Return quantiles; each weighted value stands in the middle of its weight (Hazen's rule).

    Parameters
    ----------
    values, weight : arrays of shape (n,), n at least 1
    at : float64 array of shape (k,)
        Between 0 and 1.
    """
    if weight is None:
        return np.asarray(np.quantile(values, at), dtype=np.float64)
    order = np.argsort(values, kind="stable")
    until = np.cumsum(weight[order])
    middles = (until - 0.5 * weight[order]) / until[-1]
    return np.interp(at, middles, np.asarray(values, dtype=np.float64)[order])


def ranks(values: Floats, weight: Floats | None = None) -> Floats:
    """Return mid-ranks, where a row takes as many places as rows it stands for.

    >>> ranks(np.array([5.0, 1.0, 5.0]), np.array([2.0, 3.0, 2.0]))
    array([5.5, 2. , 5.5])
    """
    if weight is None:
        return np.asarray(rankdata(values), dtype=np.float64)
    _, code = np.unique(values, return_inverse=True)
    held = np.bincount(code, weight)
    return np.asarray((np.cumsum(held) - (held - 1) / 2)[code], dtype=np.float64)
