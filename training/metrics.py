"""How good probabilities are, each figure defined once and weighted, ties shared evenly.

`Ranking` sorts the predictions once; every figure is then a few sums over the sorted rows for any
weights, which is what makes hundreds of bootstrap resamples (`training.bootstrap`) cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from training.bundle.arrays import Floats

SHARES = (1, 5, 10, 20)
"""Percent of customers contacted, for lift and gain."""

METRICS = (
    "auroc",
    "average_precision",
    "log_loss",
    "brier",
    "brier_skill",
    "ece",
    *(f"lift_{share}" for share in SHARES),
    *(f"gain_{share}" for share in SHARES),
    "profit",
)
"""Every figure of `Ranking.figures`, in order."""

LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})

BINS = 10
REDRAWS = 200
# So that one confident mistake costs much, but not everything.
CLOSEST = 1e-12


@dataclass(frozen=True)
class Campaign:
    """What contacting people costs and brings, in units of the value at stake.

    Parameters
    ----------
    success : float
        Chance that the offer keeps someone who would have left.
    offer : float
        What the offer costs, from each who stays.
    contact : float
        What contacting anyone costs.
    """

    success: float = 0.3
    offer: float = 0.1
    contact: float = 0.01

    @property
    def reached(self) -> float:
        """Return the mean profit of contacting someone who would have left."""
        return self.success * (1.0 - self.offer) - self.contact

    @property
    def wasted(self) -> float:
        """Return the cost of contacting someone who would have stayed."""
        return self.offer + self.contact


class Ranking:
    """Predictions of one model on some rows, sorted from the most probable down.

    Parameters
    ----------
    labels : float64 array of shape (n,)
        0 or 1.
    probability : float64 array of shape (n,)
    campaign : Campaign, optional
        For the profit.
    """

    def __init__(
        self, labels: Floats, probability: Floats, campaign: Campaign | None = None
    ) -> None:
        self.order = np.argsort(-probability, kind="stable")
        self.labels = labels[self.order]
        self.probability = probability[self.order]
        self.campaign = campaign or Campaign()
        self.starts = np.flatnonzero(np.r_[True, np.diff(self.probability) != 0])
        inside = np.clip(self.probability, CLOSEST, 1 - CLOSEST)
        self.row_losses = -np.where(self.labels > 0, np.log(inside), np.log1p(-inside))
        self.row_offs = self.labels - self.probability
        self.row_errors = self.row_offs**2
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
        weight = np.ones(len(self.labels)) if weight is None else weight[self.order]
        total, positive = float(weight.sum()), float(weight @ self.labels)
        if not 0 < positive < total:
            return dict.fromkeys(METRICS, float("nan"))
        rate = positive / total
        brier = float(weight @ self.row_errors) / total
        reached, contacted = self._curve(weight)
        gains = np.interp([share / 100 * total for share in SHARES], contacted, reached) / positive
        values = [
            _auroc(reached, contacted),
            _average_precision(reached, contacted),
            float(weight @ self.row_losses) / total,
            brier,
            1.0 - brier / (rate * (1.0 - rate)),
            self._net_calibration_error(weight),
            *(gain / (share / 100) for gain, share in zip(gains, SHARES, strict=True)),
            *gains,
            self._profit(reached, contacted),
        ]
        return dict(zip(METRICS, map(float, values), strict=True))

    def _curve(self, weight: Floats) -> tuple[Floats, Floats]:
        """Return cumulative positives and rows, from (0, 0), a step per distinct probability."""
        contacted = np.cumsum(np.add.reduceat(weight, self.starts))
        reached = np.cumsum(np.add.reduceat(weight * self.labels, self.starts))
        return np.r_[0.0, reached], np.r_[0.0, contacted]

    def _profit(self, reached: Floats, contacted: Floats) -> float:
        """Return the profit per customer, in units of the value at stake, at the best cut."""
        wasted = contacted - reached
        profits = reached * self.campaign.reached - wasted * self.campaign.wasted
        return float(profits.max() / contacted[-1])

    def _net_calibration_error(self, weight: Floats) -> float:
        """Return the calibration error less what chance alone would show, at least 0."""
        return max(0.0, self.calibration_error(weight) - self.chance(weight))

    def calibration_error(self, weight: Floats) -> float:
        """Return the expected calibration error: 10 equal-count bins, no correction.

        Parameters
        ----------
        weight : float64 array of shape (n,)
            In sorted order.
        """
        off = np.abs(np.add.reduceat(weight * self.row_offs, self._bins))
        return float(off.sum() / weight.sum())

    def chance(self, weight: Floats) -> float:
        """Return the mean error when labels are redrawn from the predictions.

        Redrawn in earnest once; for other weights (a bootstrap's) that answer is carried over by
        how much a normal approximation changes.
        """
        return self._normal_chance(weight) * self._redrawn

    def _normal_chance(self, weight: Floats) -> float:
        """Return the mean error by chance if every bin's sum were normal."""
        variance = np.add.reduceat(weight * weight * self.row_variances, self._bins)
        deviation = np.sqrt(variance)
        # The mean of |x| for a normal x is its deviation times this.
        return float(np.sqrt(2.0 / np.pi) * deviation.sum() / weight.sum())

    @cached_property
    def _redrawn(self) -> float:
        """Return the mean error over redrawn labels, relative to the normal approximation."""
        ones, draw = np.ones(len(self.labels)), np.random.default_rng(0)
        normal = self._normal_chance(ones)
        if normal == 0.0:
            return 0.0
        errors = 0.0
        for _ in range(REDRAWS):
            labels = draw.random(len(self.labels)) < self.probability
            errors += float(np.abs(np.add.reduceat(labels - self.probability, self._bins)).sum())
        return errors / REDRAWS / len(self.labels) / normal

    @cached_property
    def _bins(self) -> npt.NDArray[np.int64]:
        """Return where each equal-count bin starts in the sorted rows."""
        rows = len(self.labels)
        return np.unique(np.arange(BINS) * rows // BINS)


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


def _auroc(reached: Floats, contacted: Floats) -> float:
    """Return the area under the ROC curve, ties counted half."""
    stayed = contacted - reached
    area = np.diff(stayed) @ (reached[1:] + reached[:-1]) / 2
    return float(area / (reached[-1] * stayed[-1]))


def _average_precision(reached: Floats, contacted: Floats) -> float:
    """Return the precision at every distinct probability, averaged over the positives."""
    precision = reached[1:] / np.maximum(contacted[1:], CLOSEST)
    return float(np.diff(reached) @ precision / reached[-1])
