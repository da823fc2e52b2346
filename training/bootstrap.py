"""Intervals by resampling customers, each with all of their rows.

All models of an outcome are judged on the same resamples, so that the interval of a difference
is that of the paired difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats
from training.folds import Integers
from training.metrics import METRICS, Campaign, Ranking
from training.threads import one_blas_thread

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval.

    Parameters
    ----------
    value, low, high : float
        NaN where the figure cannot be computed.
    """

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return the estimate as JSON data, NaN as null."""
        return {name: None if np.isnan(number) else number for name, number in vars(self).items()}


@dataclass(frozen=True)
class Resampled:
    """Every figure of every model, on all rows and on each resample.

    Parameters
    ----------
    names : tuple of str
        The models.
    values : float64 array of shape (n_names, n_metrics)
    draws : float64 array of shape (n_resamples, n_names, n_metrics)
    """

    names: tuple[str, ...]
    values: Floats
    draws: Floats

    def estimate(self, name: str, metric: str) -> Estimate:
        """Return a model's figure with its interval."""
        model, column = self.names.index(name), METRICS.index(metric)
        return _estimate(self.values[model, column], self.draws[:, model, column])

    def difference(self, name: str, other: str, metric: str) -> Estimate:
        """Return a model's figure less another's, with the interval of the paired difference."""
        a, b, column = self.names.index(name), self.names.index(other), METRICS.index(metric)
        return _estimate(
            self.values[a, column] - self.values[b, column],
            self.draws[:, a, column] - self.draws[:, b, column],
        )


def resample(
    labels: Floats,
    probabilities: Mapping[str, Floats],
    customer: Integers,
    *,
    weight: Floats | None = None,
    resamples: int = 300,
    seed: int = 7,
    campaign: Campaign | None = None,
) -> Resampled:
    """Judge models on all rows and on resamples of the customers.

    Parameters
    ----------
    labels : float64 array of shape (n,)
        0 or 1.
    probabilities : mapping of str to float64 array of shape (n,)
        One prediction per model.
    customer : int64 array of shape (n,)
        Codes; the rows of one customer are drawn together.
    weight : float64 array of shape (n,), optional
        Rows of the shop that each row stands for.
    resamples, seed : int
    campaign : Campaign, optional
        For the profit.
    """
    weight = np.ones(len(labels)) if weight is None else weight
    rankings = [Ranking(labels, p, campaign) for p in probabilities.values()]
    who, position = np.unique(customer, return_inverse=True)
    draw = np.random.default_rng(seed)

    def figures(weights: Floats) -> list[list[float]]:
        return [list(ranking.figures(weights).values()) for ranking in rankings]

    draws = np.empty((resamples, len(rankings), len(METRICS)))
    with one_blas_thread():
        for number in range(resamples):
            drawn = np.bincount(draw.integers(0, len(who), len(who)), minlength=len(who))
            draws[number] = figures(weight * drawn[position])
        values = np.array(figures(weight))
    return Resampled(tuple(probabilities), values, draws)


def _estimate(value: float, draws: Floats) -> Estimate:
    known = draws[np.isfinite(draws)]
    if not len(known) or not np.isfinite(value):
        return Estimate(float(value), float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))
