"""Stability: how far a sample differs from an earlier one, beyond what chance does."""

from __future__ import annotations

import numpy as np

from training.bundle.arrays import Floats, Floats32

BINS = 10
# An empty bin stands for half a customer, so that the logarithm stays finite.
HALF = 0.5

STABLE, SHIFTED = 0.1, 0.25
"""Usual reading of the index: below the first little has changed, above the second much."""


def stability(
    old: Floats | Floats32,
    new: Floats | Floats32,
    weights: tuple[Floats, Floats] | None = None,
) -> float:
    """Return the population stability index of two samples, net of chance and at least 0.

    The sum over bins of (new - old) ln(new / old), in ten bins with equally many of the old sample
    and one for missing values. Samples of one population differ, too: then the index is about
    (1/n + 1/m) times chi-squared with (bins - 1) degrees of freedom, whose mean is taken off.

    Parameters
    ----------
    old : float array of shape (n,)
    new : float array of shape (m,)
    weights : float64 arrays of shapes (n,) and (m,), optional
        How many customers each row stands for; unequal ones tell as much as fewer rows.

    References
    ----------
    Siddiqi (2006), "Credit Risk Scorecards"; for chance, Yurdakul and Naranjo (2020),
    "Statistical properties of the population stability index", Journal of Risk Model Validation.

    Examples
    --------
    >>> stability(np.arange(100.0), np.arange(100.0))
    0.0
    >>> round(stability(np.arange(100.0), np.arange(50.0, 150.0)), 1)
    2.1
    """
    if not len(old) or not len(new):
        return 0.0
    known = old[np.isfinite(old)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else known
    bins = len(edges) + 2
    old_weight, new_weight = weights or (np.ones(len(old)), np.ones(len(new)))
    before, after = (
        np.bincount(
            np.where(np.isfinite(part), np.searchsorted(edges, part, "right"), bins - 1),
            weights=weight * weight.sum() / (weight @ weight),
            minlength=bins,
        )
        for part, weight in ((old, old_weight), (new, new_weight))
    )
    used = (before > 0) | (after > 0)
    a, b = (np.maximum(counts[used], HALF) / counts.sum() for counts in (before, after))
    index = float(np.sum((b - a) * np.log(b / a)))
    by_chance = (int(used.sum()) - 1) * (1 / before.sum() + 1 / after.sum())
    return max(0.0, index - float(by_chance))
