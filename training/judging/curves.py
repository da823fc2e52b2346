"""An evaluation's curves as data: what a report draws, without a single customer's row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.intervals import of_weighted
from training.statistics.metrics import bins, cuts
from training.statistics.weighted import total

SHARES = (0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
"""Percent of customers contacted, most probable first, at which the gain is kept."""


@dataclass(frozen=True)
class Scores:
    """Probabilities on E, for pictures; holds no ids and is never stored.

    Parameters
    ----------
    labels, model, baseline : float64 arrays of shape (n,)
        What happened, and the probabilities of the evaluation fit and of the best baseline.
    served : float64 array of shape (n,)
        The one of the two that serves.
    weight : float64 array of shape (n,), optional
        How many customers of the shop each row stands for, where they were sampled.
    """

    labels: Floats
    model: Floats
    baseline: Floats
    served: Floats
    weight: Floats | None = None


def of(scores: Scores) -> dict[str, Any]:
    """Return the curves of one outcome's evaluation on E.

    Returns
    -------
    dict
        ``reliability`` and ``gain`` of the model, the best baseline and what serves, and
        ``spread`` of the probabilities that serve.
    """
    labels, weight = scores.labels, scores.weight
    sides = {"model": scores.model, "baseline": scores.baseline, "served": scores.served}
    return {
        "reliability": {name: reliability(labels, p, weight) for name, p in sides.items()},
        "gain": {name: gain(labels, p, weight) for name, p in sides.items()},
        "spread": spread(labels, scores.served, weight),
    }


def reliability(
    labels: Floats, probability: Floats, weight: Floats | None = None
) -> list[dict[str, float]]:
    """Return what was predicted and what happened, in the `bins` of `training.statistics.metrics`.

    Parameters
    ----------
    labels, probability : float64 arrays of shape (n,)
        What happened, 0 or 1, and what was predicted.
    weight : float64 array of shape (n,), optional
        How many customers of the shop each row stands for, where they were sampled.

    Returns
    -------
    list of dict
        ``customers``, ``predicted`` (mean probability), ``happened`` (share) and its 95% interval,
        ``low`` and ``high``, from the least probable up.
    """
    order = np.argsort(-probability, kind="stable")
    each = np.ones(len(labels)) if weight is None else weight
    parts = np.split(order, bins(probability[order])[1:])[::-1]
    return [_bin(labels[rows], probability[rows], each[rows]) for rows in parts if len(rows)]


def _bin(labels: Floats, probability: Floats, weight: Floats) -> dict[str, float]:
    happened, low, high = of_weighted(labels, weight)
    return {
        "customers": total(weight, len(weight)),
        "predicted": round(float(np.average(probability, weights=weight)), 6),
        "happened": round(happened, 6),
        "low": round(low, 6),
        "high": round(high, 6),
    }


def gain(labels: Floats, probability: Floats, weight: Floats | None = None) -> list[float]:
    """Return the share reached of those it happens to, at each of `SHARES`.

    Customers who tie share what is reached. The parameters are those of `reliability`.

    >>> gain(np.array([1.0, 0.0]), np.array([0.9, 0.2]))[SHARES.index(50)]
    1.0
    """
    contacted, reached = cuts(labels, probability, weight)
    shares = [share / 100 * contacted[-1] for share in SHARES]
    at = np.interp(shares, contacted, reached / max(1.0, float(reached[-1])))
    return [round(float(share), 6) for share in at]


def spread(labels: Floats, probability: Floats, weight: Floats | None = None) -> dict[str, Any]:
    """Return how probabilities spread: counts of either class between equally spaced edges.

    The parameters are those of `reliability`.

    Returns
    -------
    dict
        ``edges``, and between them how often it ``happened`` and ``did_not``.
    """
    top = max(0.05, float(np.ceil(20 * probability.max(initial=0.0)) / 20))
    edges = np.linspace(0.0, top, 21)
    each = np.ones(len(labels)) if weight is None else weight
    counted = {
        name: np.histogram(probability[mine], edges, weights=each[mine])[0].round().astype(int)
        for name, mine in (("happened", labels == 1.0), ("did_not", labels == 0.0))
    }
    return {
        "edges": [round(float(edge), 6) for edge in edges],
        **{n: c.tolist() for n, c in counted.items()},
    }
