"""How good predicted amounts of money are: each figure with its interval, for several models.

All figures follow from a few sums over the rows, which are added up group by group of customers
once; a resample weighs the groups.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from training.bundle.arrays import Floats, Integers
from training.snapshots.examples import Examples
from training.statistics import deviance, weighted
from training.statistics.bootstrap import Estimate, Resampled, dealt, estimate
from training.statistics.threads import one_blas_thread

FIGURES = ("deviance", "correlation", "total_error")
"""Mean deviance; rank correlation of predicted and spent; the total predicted over the total spent,
less 1."""

DECILES = 10


def total(figures: Mapping[str, Estimate]) -> str:
    """Say by how much a predicted total is off.

    >>> total({"total_error": Estimate(-0.114, -0.154, -0.069)})
    'the total is 11% too low (-15 to -7%)'
    """
    error = figures["total_error"]
    ends = " to ".join(f"{100 * end:+z.0f}" for end in (error.low, error.high))
    off = f"{100 * abs(error.value):.0f}%"
    side = "high" if error.value > 0 else "low"
    off_by = "right to half a percent" if off == "0%" else f"{off} too {side}"
    return f"the total is {off_by} ({ends}%)"


class Judged(Resampled):
    """Every figure of every model of amounts."""

    def gain(self, name: str, other: str, figure: str) -> Estimate:
        """Return by how much a model is better than another; errors of the total by their size."""
        own, others = self.drawn(name, figure), self.drawn(other, figure)
        return estimate(own - others if figure == "correlation" else np.abs(others) - np.abs(own))


def judge(
    stayers: Examples, predicted: Mapping[str, Floats], *, resamples: int, seed: int
) -> Judged:
    """Judge models on all rows and on the same resamples of the customers.

    Parameters
    ----------
    stayers : Examples
        At least one row, labelled with what was spent.
    predicted : mapping of str to float64 array of shape (n,)
        Amounts of at least 0, per model.
    resamples, seed : int
    """
    group, times = dealt(stayers.customer, resamples, seed)
    times = np.vstack([np.ones(times.shape[1]), times])
    with one_blas_thread():
        draws = {
            name: _figures(stayers, amounts, group, times) for name, amounts in predicted.items()
        }
    return Judged(FIGURES, draws)


def totals(spent: Examples, predicted: Floats) -> tuple[float, float]:
    """Return what was predicted and what was spent, each by all customers together."""
    return float(spent.weights @ predicted), float(spent.weights @ spent.labels)


def deciles(stayers: Examples, predicted: Floats) -> tuple[tuple[float, float], ...]:
    """Return mean predicted and mean spent per tenth of the predictions, lowest first.

    Where equal predictions fall into several tenths, nothing tells their customers apart: each
    counts with what all of them spent on average.
    """
    weight, (_, code) = stayers.weights, np.unique(predicted, return_inverse=True)
    spent = (np.bincount(code, weight * stayers.labels) / np.bincount(code, weight))[code]
    order = np.argsort(predicted, kind="stable")
    before = np.cumsum(weight[order]) - weight[order]
    tenths = np.minimum(before * DECILES // weight.sum(), DECILES - 1)
    parts = np.split(order, np.searchsorted(tenths, np.arange(1, DECILES)))
    return tuple(
        (
            float(np.average(predicted[rows], weights=weight[rows])),
            float(np.average(spent[rows], weights=weight[rows])),
        )
        for rows in parts
        if len(rows)
    )


def _figures(stayers: Examples, predicted: Floats, group: Integers, times: Floats) -> Floats:
    """Return every figure for each weighting of the groups, shape (m, n_figures)."""
    weight = stayers.weights
    # In units of the mean, a deviance is the same in any currency.
    unit = float(np.average(stayers.labels, weights=weight)) or 1.0
    spent, predicted = stayers.labels / unit, predicted / unit
    a, b = _places(spent, stayers.weight), _places(predicted, stayers.weight)
    # Nothing is expected of who leaves for certain, and the logarithm of nothing is infinite.
    losses = deviance.of("log", spent, np.log(np.maximum(predicted, 1e-12)))
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
