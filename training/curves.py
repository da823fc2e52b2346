"""An evaluation's curves as data: what a report draws, without a single customer's row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.bundle.arrays import Floats
from training.weighted import total

if TYPE_CHECKING:
    from training.judgement import Scores

BINS = 10
SHARES = (0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
"""Percent of customers contacted, most probable first, at which the gain is kept."""


def of(scores: Scores) -> dict[str, Any]:
    """Return the curves of one outcome's evaluation on E.

    Parameters
    ----------
    scores : Scores

    Returns
    -------
    dict
        ``reliability`` and ``gain`` of the model, the best baseline and what serves, and
        ``spread`` of the probabilities that serve.
    """
    said = {"model": scores.model, "baseline": scores.baseline, "served": scores.served}
    return {
        "reliability": {n: reliability(scores.labels, p, scores.weight) for n, p in said.items()},
        "gain": {name: gain(scores.labels, p, scores.weight) for name, p in said.items()},
        "spread": spread(scores.labels, scores.served, scores.weight),
    }


def reliability(
    labels: Floats, probability: Floats, weight: Floats | None = None
) -> list[dict[str, float]]:
    """Return what was predicted and what happened, in ten bins of equally many rows.

    Returns
    -------
    list of dict
        ``customers``, ``predicted`` (mean probability) and ``happened`` (share), from the least
        probable up.
    """
    order = np.argsort(probability, kind="stable")
    each = np.ones(len(labels)) if weight is None else weight
    return [
        {
            "customers": total(each[rows], len(rows)),
            "predicted": round(float(np.average(probability[rows], weights=each[rows])), 6),
            "happened": round(float(np.average(labels[rows], weights=each[rows])), 6),
        }
        for rows in np.array_split(order, BINS)
        if len(rows)
    ]


def gain(labels: Floats, probability: Floats, weight: Floats | None = None) -> list[float]:
    """Return the share reached of those it happens to, at each of `SHARES`.

    >>> gain(np.array([1.0, 0.0]), np.array([0.9, 0.2]))[SHARES.index(50)]
    1.0
    """
    order = np.argsort(-probability, kind="stable")
    each = (np.ones(len(labels)) if weight is None else weight)[order]
    reached = np.r_[0.0, np.cumsum(each * labels[order])]
    contacted = np.r_[0.0, np.cumsum(each)]
    shares = [share / 100 * contacted[-1] for share in SHARES]
    at = np.interp(shares, contacted, reached / max(1.0, float(reached[-1])))
    return [round(float(share), 6) for share in at]


def spread(labels: Floats, probability: Floats, weight: Floats | None = None) -> dict[str, Any]:
    """Return how probabilities spread: counts of either class between equally spaced edges."""
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
