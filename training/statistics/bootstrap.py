"""Intervals by resampling customers, each with all of their rows.

All models of an outcome are judged on the same resamples, so that the interval of a difference
is that of the paired difference. Where there are more than `GROUPS` customers, they are dealt into
that many groups at random and groups are drawn: the intervals are as wide (what a figure varies by
is estimated to 2%, less than 300 resamples vary themselves), and a million rows cost seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats, Integers
from training.bundle.figures import with_interval
from training.statistics.metrics import LOWER_IS_BETTER, Ranking
from training.statistics.tally import METRICS
from training.statistics.threads import one_blas_thread

LEVEL = 0.95

GROUPS = 1_000
"""Groups of customers that are drawn, at most."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval.

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

    def __format__(self, form: str) -> str:
        """Return the estimate as reports tell it.

        >>> f"{Estimate(0.0131, 0.0021, 0.0242):+.3f}"
        '+0.013 [+0.002, +0.024]'
        """
        return with_interval(self.to_json(), form)

    def __neg__(self) -> Estimate:
        """Return the figure turned round: what is lower is better of some."""
        return Estimate(-self.value, -self.high, -self.low)


@dataclass(frozen=True)
class Resampled:
    """Every figure of every model, on all rows and on each resample.

    Parameters
    ----------
    figures : tuple of str
        What they are called.
    draws : mapping of str to float64 array of shape (1 + n_resamples, n_figures)
        Per model; the first row is of all rows.
    """

    figures: tuple[str, ...]
    draws: Mapping[str, Floats]

    def drawn(self, name: str, figure: str) -> Floats:
        """Return a model's figure on all rows and on each resample, shape (1 + n_resamples,)."""
        return self.draws[name][:, self.figures.index(figure)]

    def estimate(self, name: str, figure: str) -> Estimate:
        """Return a model's figure with its interval."""
        return estimate(self.drawn(name, figure))

    def difference(self, name: str, other: str, figure: str) -> Estimate:
        """Return a model's figure less another's, with the interval of the paired difference."""
        return estimate(self.drawn(name, figure) - self.drawn(other, figure))

    def gain(self, name: str, other: str, figure: str) -> Estimate:
        """Return by how much a model is better than another: above 0 is better in any figure."""
        difference = self.difference(name, other, figure)
        return -difference if figure in LOWER_IS_BETTER else difference

    def estimates(self, name: str) -> dict[str, Estimate]:
        """Return every figure of a model."""
        return {figure: self.estimate(name, figure) for figure in self.figures}

    def gains(self, name: str, other: str) -> dict[str, Estimate]:
        """Return `gain` in every figure."""
        return {figure: self.gain(name, other, figure) for figure in self.figures}


def resample(
    labels: Floats,
    probabilities: Mapping[str, Floats],
    customer: Integers,
    *,
    weight: Floats | None = None,
    resamples: int = 300,
    seed: int = 7,
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
    """
    rankings = {name: Ranking(labels, p) for name, p in probabilities.items()}
    draws = {
        name: np.array([[*ranking.figures(weight).values()]]) for name, ranking in rankings.items()
    }
    if len(labels):
        group, times = dealt(customer, resamples, seed)
        with one_blas_thread():
            for name, ranking in rankings.items():
                draws[name] = np.vstack([draws[name], ranking.resampled(weight, group, times)])
    return Resampled(METRICS, draws)


def dealt(customer: Integers, resamples: int, seed: int) -> tuple[Integers, Floats]:
    """Deal customers into groups, and draw groups.

    Parameters
    ----------
    customer : int64 array of shape (n,)
        Codes; the rows of one customer are of one group.
    resamples, seed : int

    Returns
    -------
    group : int64 array of shape (n,)
        Of each row.
    times : float64 array of shape (n_resamples, n_groups)
        How often each group is in each resample.
    """
    draw = np.random.default_rng(seed)
    group = _groups(customer, draw)
    return group, _times(int(group.max()) + 1, resamples, draw)


def _groups(customer: Integers, draw: np.random.Generator) -> Integers:
    """Return a group per row: customers dealt out at random, one each as far as groups reach."""
    who, position = np.unique(customer, return_inverse=True)
    return np.asarray(draw.permutation(len(who))[position] % GROUPS, np.int64)


def _times(groups: int, resamples: int, draw: np.random.Generator) -> Floats:
    """Return how often each group is in each resample, shape (n_resamples, n_groups)."""
    drawn = draw.integers(0, groups, (resamples, groups))
    drawn += groups * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * groups)
    return counts.reshape(resamples, groups).astype(np.float64)


def estimate(drawn: Floats) -> Estimate:
    """Return a figure with the interval that its resamples span.

    Parameters
    ----------
    drawn : float64 array of shape (1 + n_resamples,)
        The figure on all rows, then on each resample.
    """
    value, known = float(drawn[0]), drawn[1:][np.isfinite(drawn[1:])]
    if not len(known) or not np.isfinite(value):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))
