"""How good predicted amounts of money are: each figure with its interval, for several models.

All figures follow from a few sums over the rows, which are added up group by group of customers
once; a resample weighs the groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats, Integers
from training.statistics import deviance, weighted
from training.statistics.bootstrap import Estimate, Resampled, dealt, estimate
from training.statistics.threads import one_blas_thread

FIGURES = ("deviance", "correlation", "total_error")
"""Mean deviance; rank correlation of predicted and spent; the total predicted over the total spent,
less 1."""

DECILES = 10


@dataclass(frozen=True)
class Amounts:
    """What was spent, by whom.

    Parameters
    ----------
    spent : float64 array of shape (n,)
    customer : int64 array of shape (n,)
        Codes; the rows of one customer are drawn together.
    weight : float64 array of shape (n,), optional
        How many customers of the shop each row stands for, where they were sampled.
    """

    spent: Floats
    customer: Integers
    weight: Floats | None = None

    @property
    def weights(self) -> Floats:
        """Return the weight of every row, 1 where none was given."""
        return np.ones(len(self.spent)) if self.weight is None else self.weight

    @property
    def stands_for(self) -> int:
        """Return how many customers of the shop these are."""
        return weighted.total(self.weight, len(self.spent))

    def deciles(self, predicted: Floats) -> tuple[tuple[float, float], ...]:
        """Return mean predicted and mean spent per tenth of the predictions, lowest first.

        Where equal predictions fall into several tenths, nothing tells their customers apart: each
        counts with what all of them spent on average.
        """
        weight, (_, code) = self.weights, np.unique(predicted, return_inverse=True)
        alike = (np.bincount(code, weight * self.spent) / np.bincount(code, weight))[code]
        order = np.argsort(predicted, kind="stable")
        before = np.cumsum(weight[order]) - weight[order]
        tenths = np.minimum(before * DECILES // weight.sum(), DECILES - 1)
        parts = np.split(order, np.searchsorted(tenths, np.arange(1, DECILES)))
        return tuple(
            (
                float(np.average(predicted[rows], weights=weight[rows])),
                float(np.average(alike[rows], weights=weight[rows])),
            )
            for rows in parts
            if len(rows)
        )


class Judged(Resampled):
    """Every figure of every model of amounts."""

    def better(self, name: str, other: str, figure: str) -> Estimate:
        """Return by how much a model is better than another, with the paired interval."""
        own, others = self.drawn(name, figure), self.drawn(other, figure)
        return estimate(own - others if figure == "correlation" else np.abs(others) - np.abs(own))


def judge(
    amounts: Amounts, predicted: Mapping[str, Floats], *, resamples: int, seed: int
) -> Judged:
    """Judge models on all rows and on the same resamples of the customers.

    Parameters
    ----------
    amounts : Amounts
        Of at least one row.
    predicted : mapping of str to float64 array of shape (n,)
        Amounts above 0, per model.
    resamples, seed : int
    """
    group, times = dealt(amounts.customer, resamples, seed)
    times = np.vstack([np.ones(times.shape[1]), times])
    with one_blas_thread():
        draws = {name: _figures(amounts, one, group, times) for name, one in predicted.items()}
    return Judged(FIGURES, draws)


def _figures(amounts: Amounts, predicted: Floats, group: Integers, times: Floats) -> Floats:
    """Return every figure for each weighting of the groups, shape (m, n_figures)."""
    weight = amounts.weights
    # In units of the mean, a deviance is the same in any currency.
    unit = float(np.average(amounts.spent, weights=weight)) or 1.0
    spent, predicted = amounts.spent / unit, predicted / unit
    a, b = _places(spent, amounts.weight), _places(predicted, amounts.weight)
    losses = deviance.of("log", spent, np.log(predicted))
    columns = (np.ones(len(spent)), losses, predicted, spent, a, b, a * a, b * b, a * b)
    sums = [np.bincount(group, weight * column, times.shape[1]) for column in columns]
    rows, *totals = (times @ np.array(sums).T).T
    loss, predicted, spent, *places = (total / rows for total in totals)
    total_error = predicted / np.maximum(spent, 1e-12) - 1.0
    return np.column_stack([loss, _correlation(*places), total_error])


def _places(values: Floats, weight: Floats | None) -> Floats:
    """Return ranks between -1 and 1, so that their squares add up without loss.

    They are those among all rows; ranked anew in every resample, intervals of a correlation above
    0.8 would be a tenth wider.
    """
    ranks = weighted.ranks(values, weight)
    return np.asarray(ranks / (ranks.max() / 2.0) - 1.0)


def _correlation(a: Floats, b: Floats, aa: Floats, bb: Floats, ab: Floats) -> Floats:
    """Return correlations from mean products; 0 where one side is the same for everybody."""
    spread = np.sqrt(np.maximum((aa - a * a) * (bb - b * b), 0.0))
    known = spread > 1e-12
    return np.asarray(np.where(known, ab - a * b, 0.0) / np.where(known, spread, 1.0))
