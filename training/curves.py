"""An evaluation's curves as data: what a report draws, without a single customer's row."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.bundle.arrays import Floats
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
        "reliability": {name: reliability(scores.labels, p) for name, p in said.items()},
        "gain": {name: gain(scores.labels, p) for name, p in said.items()},
        "spread": spread(scores.labels, scores.served),
    }


def reliability(labels: Floats, probability: Floats) -> list[dict[str, float]]:
    """Return what was predicted and what happened, in ten equal-count bins.

    Returns
    -------
    list of dict
        ``customers``, ``predicted`` (mean probability) and ``happened`` (share), from the least
        probable up.
    """
    order = np.argsort(probability, kind="stable")
    return [
        {
            "customers": len(rows),
            "predicted": round(float(probability[rows].mean()), 6),
            "happened": round(float(labels[rows].mean()), 6),
        }
        for rows in np.array_split(order, BINS)
        if len(rows)
    ]


def gain(labels: Floats, probability: Floats) -> list[float]:
    """Return the share reached of those it happens to, at each of `SHARES`.

    >>> gain(np.array([1.0, 0.0]), np.array([0.9, 0.2]))[SHARES.index(50)]
    1.0
    """
    ordered = labels[np.argsort(-probability, kind="stable")]
    reached = np.r_[0.0, np.cumsum(ordered)] / max(1.0, float(ordered.sum()))
    at = np.interp([share / 100 * len(labels) for share in SHARES], range(len(reached)), reached)
    return [round(float(share), 6) for share in at]


def spread(labels: Floats, probability: Floats) -> dict[str, Any]:
    """Return how probabilities spread: counts of either class between equally spaced edges."""
    top = max(0.05, float(np.ceil(20 * probability.max(initial=0.0)) / 20))
    edges = np.linspace(0.0, top, 21)
    counted = {
        name: np.histogram(probability[labels == value], edges)[0].tolist()
        for name, value in (("happened", 1.0), ("did_not", 0.0))
    }
    return {"edges": [round(float(edge), 6) for edge in edges], **counted}
