"""How good probabilities are, each figure defined once and weighted, ties shared evenly.

`Ranking` sorts the predictions once; `training.statistics.tally` makes every figure from a few sums
over the sorted rows, for one weighting of them or for the hundreds of a bootstrap at once.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from training.bundle.arrays import Floats, Integers
from training.statistics.tally import HIGHEST, LOWEST, METRICS, Tally

LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})

STEPS = 500
"""Cuts of the ranking that a resample looks at, at most."""

BINS = 10
REDRAWS = 200
# With more rows the normal approximation is right to 0.0001.
MOST_REDRAWN = 20_000
# So that one confident mistake costs much, but not everything.
CLOSEST = 1e-12


class Ranking:
    """Predictions of one model on some rows, sorted from the most probable down.

    Parameters
    ----------
    labels : float64 array of shape (n,)
        0 or 1.
    probability : float64 array of shape (n,)
    """

    def __init__(self, labels: Floats, probability: Floats) -> None:
        self.order = np.argsort(-probability, kind="stable")
        self.labels = labels[self.order]
        self.probability = probability[self.order]
        self.starts = _runs(self.probability)
        inside = np.clip(self.probability, CLOSEST, 1 - CLOSEST)
        self.row_losses = -np.where(self.labels > 0, np.log(inside), np.log1p(-inside))
        self.row_residuals = self.labels - self.probability
        self.row_variances = self.probability * (1.0 - self.probability)

    def figures(self, weight: Floats | None = None) -> dict[str, float]:
        """Return every figure of `METRICS`.

        Parameters
        ----------
        weight : float64 array of shape (n,), optional
            Per row in the original order; 1 by default.

        Returns
        -------
        dict of str to float
            NaN where only one class is present, or there are no rows.
        """
        if not len(self.labels):
            return dict.fromkeys(METRICS, float("nan"))
        (values,) = self._tally(weight).figures(self._redrawn)
        return dict(zip(METRICS, values.tolist(), strict=True))

    def resampled(self, weight: Floats | None, group: Integers, times: Floats) -> Floats:
        """Return every figure on resamples of groups of rows.

        What each group adds to each sum is worked out once; all resamples together are then one
        product of matrices. They look at the ranking at `STEPS` cuts at most, and what that
        changes in the figures of all rows is taken off again.

        Parameters
        ----------
        weight : float64 array of shape (n,), optional
            Per row in the original order; 1 by default.
        group : int64 array of shape (n,)
            Of each row in the original order, from 0 up.
        times : float64 array of shape (n_resamples, n_groups)
            How often each group is in each resample.

        Returns
        -------
        float64 array of shape (n_resamples, n_metrics)
        """
        coarse = self._tally(weight, group[self.order], times.shape[1], self._cuts)
        once = coarse.drawn(np.ones((1, times.shape[1])))
        missed = self._tally(weight).figures(self._redrawn) - once.figures(self._redrawn)
        # What is taken off, or rounding, must not push a figure past what it can be.
        drawn = coarse.drawn(times).figures(self._redrawn) + np.round(missed, 12)
        return np.clip(drawn, LOWEST, HIGHEST)

    def net_calibration_error(self, weight: Floats | None = None) -> float:
        """Return the calibration error net of chance, also where only one class is present."""
        return float(self._tally(weight).net_calibration_error(self._redrawn)[0])

    def _tally(
        self,
        weight: Floats | None = None,
        group: Integers | None = None,
        groups: int = 1,
        cuts: Integers | None = None,
    ) -> Tally:
        """Return sums per group; of all rows at every cut by default."""
        rows = len(self.labels)
        weight = np.ones(rows) if weight is None else weight[self.order]
        group = np.zeros(rows, np.int64) if group is None else group

        def summed(amount: Floats, starts: Integers) -> Floats:
            place = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, rows]))
            at = group * len(starts) + place
            flat = np.asarray(np.bincount(at, amount, groups * len(starts)), np.float64)
            return flat.reshape(groups, len(starts))

        cuts = self.starts if cuts is None else cuts
        whole = np.zeros(1, np.int64)
        return Tally(
            positive=summed(weight * self.labels, cuts),
            rows=summed(weight, cuts),
            loss=summed(weight * self.row_losses, whole),
            squared_error=summed(weight * self.row_residuals**2, whole),
            residual=summed(weight * self.row_residuals, self._bins),
            variance=summed(weight**2 * self.row_variances, self._bins),
        )

    @cached_property
    def _redrawn(self) -> float:
        """Return the mean calibration error over redrawn labels, over its normal approximation.

        Labels are redrawn once, with equal weights; other weights (a bootstrap's) change the
        normal approximation alone.
        """
        normal = float(self._tally().normal_calibration_error()[0])
        if normal == 0.0:
            return 0.0
        if len(self.labels) > MOST_REDRAWN:
            return 1.0
        draw, errors = np.random.default_rng(0), 0.0
        for _ in range(REDRAWS):
            labels = draw.random(len(self.labels)) < self.probability
            errors += float(np.abs(np.add.reduceat(labels - self.probability, self._bins)).sum())
        return errors / REDRAWS / len(self.labels) / normal

    @cached_property
    def _cuts(self) -> Integers:
        """Return where a resample cuts the ranking: densely at the top, where precision is made."""
        if len(self.starts) <= STEPS:
            return self.starts
        wanted = np.linspace(0.0, 1.0, STEPS, endpoint=False) ** 3 * len(self.labels)
        return self.starts[np.unique(np.searchsorted(self.starts, wanted, "right") - 1)]

    @cached_property
    def _bins(self) -> Integers:
        return bins(self.probability)


def bins(ordered: Floats) -> Integers:
    """Return where each of ten bins of sorted values begins, about equally many in each.

    Equal values share a bin: which of them comes first says nothing.

    Parameters
    ----------
    ordered : float64 array of shape (n,)

    Examples
    --------
    >>> bins(np.r_[np.linspace(0.9, 0.6, 30), np.full(70, 0.1)]).tolist()
    [0, 10, 20, 30]
    """
    starts = _runs(ordered)
    wanted = np.arange(BINS) * len(ordered) // BINS
    return np.unique(starts[np.searchsorted(starts, wanted, "right") - 1])


def cuts(
    labels: Floats, probability: Floats, weight: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return how many are contacted and reached at every cut of a ranking, from nobody up.

    Customers who tie are contacted together.

    Parameters
    ----------
    labels, probability : float64 arrays of shape (n,)
    weight : float64 array of shape (n,), optional
        How many customers each row stands for.

    Returns
    -------
    contacted, reached : float64 arrays of shape (1 + n_different_probabilities,)
    """
    order = np.argsort(-probability, kind="stable")
    each = (np.ones(len(labels)) if weight is None else weight)[order]
    ends = np.r_[_runs(probability[order])[1:], len(labels)] - 1
    contacted, reached = np.cumsum(each), np.cumsum(each * labels[order])
    return np.r_[0.0, contacted[ends]], np.r_[0.0, reached[ends]]


def _runs(ordered: Floats) -> Integers:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.r_[True, np.diff(ordered) != 0])


def figures(labels: Floats, probability: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Return every figure of `METRICS`.

    Parameters
    ----------
    labels, probability : float64 arrays of shape (n,)
    weight : float64 array of shape (n,), optional

    Examples
    --------
    >>> found = figures(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.2, 0.3, 0.4]))
    >>> round(found["auroc"], 2), round(found["brier"], 3)
    (0.75, 0.275)
    """
    return Ranking(labels, probability).figures(weight)
