"""Drift: how far the customers to be judged differ from those learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.judging.judgement import Predictor
from training.snapshots.examples import Examples

BINS = 10
# An empty bin stands for half a customer, so that the logarithm stays finite.
HALF = 0.5

STABLE, SHIFTED = 0.1, 0.25
"""Usual reading of the index: below the first little has changed, above the second much."""


@dataclass(frozen=True)
class Drift:
    """What moved between two slices.

    Parameters
    ----------
    features : mapping of str to float
        Population stability index of every feature, net of chance, largest first.
    score : float
        The same of the fit's scores.
    """

    features: Mapping[str, float]
    score: float

    @property
    def moved(self) -> list[str]:
        """Return the features that changed much, the most changed first."""
        return [name for name, value in self.features.items() if value > SHIFTED]


def find(old: Examples, new: Examples, predictor: Predictor) -> Drift:
    """Return the drift from one slice to another.

    Parameters
    ----------
    old, new : Examples
        The newest slice that the fit learnt from, and the one it is judged on.
    predictor : Predictor
    """
    found = {
        name: stability(old.features[:, at], new.features[:, at])
        for at, name in enumerate(old.names)
    }
    largest = sorted(found, key=lambda name: (-found[name], name))
    score = stability(predictor.probability(old), predictor.probability(new))
    return Drift({name: found[name] for name in largest}, score)


def stability(old: Floats | Floats32, new: Floats | Floats32) -> float:
    """Return the population stability index of two samples, net of chance and at least 0.

    The sum over bins of (new - old) ln(new / old), in ten bins with equally many of the old sample
    and one for missing values. Samples of one population differ, too: then the index is about
    (1/n + 1/m) times chi-squared with (bins - 1) degrees of freedom, whose mean is taken off.

    Parameters
    ----------
    old : float array of shape (n,)
    new : float array of shape (m,)

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
    before, after = (
        np.bincount(np.where(np.isfinite(part), np.searchsorted(edges, part, "right"), bins - 1),
                    minlength=bins)
        for part in (old, new)
    )  # fmt: skip
    used = (before > 0) | (after > 0)
    a, b = (np.maximum(counts[used], HALF) / counts.sum() for counts in (before, after))
    index = float(np.sum((b - a) * np.log(b / a)))
    by_chance = (int(used.sum()) - 1) * (1 / len(old) + 1 / len(new))
    return max(0.0, index - by_chance)
