"""Every figure of a ranking from a few sums, for one weighting of its rows or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats

SHARES = (1, 5, 10, 20)
"""Percent of customers contacted, for lift and gain."""

LENGTHS = (*SHARES, 30, 50, 100)
"""Percent of customers contacted, for profit."""

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
    *(f"profit_{share}" for share in LENGTHS),
)
"""Every figure, in order."""

_MOST = {
    **dict.fromkeys(("auroc", "average_precision", "brier_skill"), 1.0),
    **{f"lift_{share}": 100 / share for share in SHARES},
    **{f"gain_{share}": 1.0 for share in SHARES},
}
HIGHEST = np.array([_MOST.get(name, np.inf) for name in METRICS])
_NEGATIVE = {"brier_skill", *(f"profit_{share}" for share in LENGTHS)}
LOWEST = np.array([-np.inf if name in _NEGATIVE else 0.0 for name in METRICS])
"""The range that every figure lies in."""


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

    @property
    def threshold(self) -> float:
        """Return the probability of leaving from which contacting pays."""
        return self.wasted / (self.wasted + self.reached)


@dataclass(frozen=True)
class Tally:
    """Sums over a ranking's rows, per weighting (or, before these are drawn, per group of rows).

    Parameters
    ----------
    positive, rows : float64 arrays of shape (m, n_steps)
        Positives and rows between two cuts of the ranking, from the most probable down.
    loss, squared_error : float64 arrays of shape (m, 1)
    residual : float64 array of shape (m, n_bins)
        Label less probability, in bins of about equally many rows.
    variance : float64 array of shape (m, n_bins)
        Of those, if probabilities are right; weights count squared.
    """

    positive: Floats
    rows: Floats
    loss: Floats
    squared_error: Floats
    residual: Floats
    variance: Floats

    def drawn(self, times: Floats) -> Tally:
        """Return the sums of resamples of groups.

        Parameters
        ----------
        times : float64 array of shape (n_resamples, m)
            How often each group is in each resample.
        """
        return Tally(
            positive=times @ self.positive,
            rows=times @ self.rows,
            loss=times @ self.loss,
            squared_error=times @ self.squared_error,
            residual=times @ self.residual,
            variance=times**2 @ self.variance,
        )

    def figures(self, redrawn: float) -> Floats:
        """Return every figure of `METRICS`, shape (m, n_metrics); NaN where a class is missing.

        Parameters
        ----------
        redrawn : float
            Mean calibration error over redrawn labels, relative to its normal approximation.
        """
        values = np.full((len(self.rows), len(METRICS)), np.nan)
        total, positive = self.rows.sum(axis=1), self.positive.sum(axis=1)
        both = (positive > 0) & (positive < total)
        if both.any():
            fields = {name: value[both] for name, value in vars(self).items()}
            values[both] = Tally(**fields)._known(redrawn)
        return values

    def net_calibration_error(self, redrawn: float) -> Floats:
        """Return the expected calibration error less what chance shows, at least 0, shape (m,)."""
        error = np.abs(self.residual).sum(axis=1) / self.rows.sum(axis=1)
        return np.asarray(np.maximum(0.0, error - redrawn * self.normal_calibration_error()))

    def normal_calibration_error(self) -> Floats:
        """Return that error's mean by chance if every bin's sum were normal, shape (m,)."""
        # The mean of |x| for a normal x is its deviation times this.
        share = np.sqrt(2.0 / np.pi)
        return np.asarray(share * np.sqrt(self.variance).sum(axis=1) / self.rows.sum(axis=1))

    def _known(self, redrawn: float) -> Floats:
        """Return the figures where both classes are present."""
        start = np.zeros((len(self.rows), 1))
        reached = np.hstack([start, np.cumsum(self.positive, axis=1)])
        contacted = np.hstack([start, np.cumsum(self.rows, axis=1)])
        positive, total = reached[:, -1], contacted[:, -1]
        rate, brier = positive / total, self.squared_error[:, 0] / total
        gains = _reached_at(SHARES, reached, contacted) / reached[:, -1:]
        return np.column_stack(
            [
                _auroc(reached, contacted),
                _average_precision(reached, contacted),
                self.loss[:, 0] / total,
                brier,
                1.0 - brier / (rate * (1.0 - rate)),
                self.net_calibration_error(redrawn),
                gains / (np.array(SHARES) / 100),
                gains,
                _best_profit(reached, contacted),
                _profits(reached, contacted),
            ]
        )


def _auroc(reached: Floats, contacted: Floats) -> Floats:
    """Return the area under the ROC curve, ties counted half."""
    stayed = contacted - reached
    area = (np.diff(stayed) * (reached[:, 1:] + reached[:, :-1])).sum(axis=1) / 2
    return np.asarray(area / (reached[:, -1] * stayed[:, -1]))


def _average_precision(reached: Floats, contacted: Floats) -> Floats:
    """Return the precision at every cut, averaged over the positives."""
    # Before the first row that counts, nothing is reached and precision is nothing.
    precision = reached[:, 1:] / np.where(contacted[:, 1:] > 0, contacted[:, 1:], 1.0)
    return np.asarray((np.diff(reached) * precision).sum(axis=1) / reached[:, -1])


def _reached_at(percents: Sequence[int], reached: Floats, contacted: Floats) -> Floats:
    """Return the positives reached by contacting so many percent, shape (m, n_percents)."""
    shares = np.array(percents) / 100
    found = [np.interp(shares * x[-1], x, y) for x, y in zip(contacted, reached, strict=True)]
    return np.array(found)


def _best_profit(reached: Floats, contacted: Floats) -> Floats:
    """Return the profit per customer, in units of the value at stake, at the best cut."""
    return np.asarray(_earned(reached, contacted).max(axis=1) / contacted[:, -1])


def _profits(reached: Floats, contacted: Floats) -> Floats:
    """Return the same where each of `LENGTHS` is contacted, shape (m, n_lengths)."""
    total = contacted[:, -1:]
    at = _reached_at(LENGTHS, reached, contacted)
    return np.asarray(_earned(at, np.array(LENGTHS) / 100 * total) / total)


def _earned(reached: Floats, contacted: Floats) -> Floats:
    campaign = Campaign()
    return reached * campaign.reached - (contacted - reached) * campaign.wasted
