"""What drives a model: how much each feature moves its scores, and which way along its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from features.catalogue import Column
from features.units import count_of
from training.bundle.arrays import Floats, Floats32
from training.bundle.outcome import OutcomeModel
from training.snapshots.cutoffs import Plan
from training.snapshots.slices import Slices
from training.statistics.stability import stability

EXPLAINED_ROWS = 1_000
"""Rows of E that contributions are computed for, at most.

The twenty largest importances are then 1.6 % off those of 4,000 rows, 0.9 % with 2,000, which take
twice as long (a made-up shop of 100,000 customers).
"""

COMPARED_ROWS = 2_000
"""Rows of a cutoff that are looked at to see how far features moved, at most."""

SHAPES = 6
"""Features, from the most important down, whose main effect is kept."""

BINS = 10

COMPARED = 12
"""Features, from the most important down, of which it is known how far they moved."""


@dataclass(frozen=True)
class Drivers:
    """What drives one outcome.

    Parameters
    ----------
    importance : dict of str to float
        Each feature's mean absolute contribution in log-odds, largest first.
    effects : dict of str to list
        For the first `SHAPES` of them, in ten equal-count bins of the feature's value: ``value``
        (the bin's median; None where the feature is missing), ``effect`` (mean contribution) and
        ``share`` of the customers.
    moved : dict of str to float
        For the first `COMPARED` of them, how far the customers of E differ in it from those of the
        newest slice that the evaluation fit learnt from (`training.statistics.stability`).
    """

    importance: dict[str, float] = field(default_factory=dict)
    effects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)


def find(plan: Plan, slices: Slices, model: OutcomeModel) -> Drivers:
    """Return what drives a model on E; nothing where no model serves."""
    explained = slices.rows(plan.outcome, (plan.newest,), EXPLAINED_ROWS)
    if model.basis != "model" or not len(explained):
        return Drivers()
    weight = slices.weights(plan.outcome, (plan.newest,), EXPLAINED_ROWS)
    parts = model.contributions(explained)[:, :-1]
    moved = np.average(np.abs(parts), axis=0, weights=weight)
    means = dict(zip(model.names, moved.tolist(), strict=True))
    order = sorted(means, key=lambda name: (-means[name], name))
    values = explained.matrix(tuple(order[:SHAPES]))
    effects = {
        name: _shape(values[:, at], parts[:, model.names.index(name)], weight)
        for at, name in enumerate(order[:SHAPES])
    }
    importance = {name: round(means[name], 6) for name in order}
    return Drivers(importance, effects, _moved(plan, slices, order[:COMPARED]))


def _moved(plan: Plan, slices: Slices, names: list[str]) -> dict[str, float]:
    """Return how far E's customers differ from the newest learnt from, feature by feature."""
    sides = [
        (slices.rows(plan.outcome, (day,), COMPARED_ROWS).matrix(tuple(names)),
         slices.weights(plan.outcome, (day,), COMPARED_ROWS))
        for day in (plan.evaluation[-1], plan.newest)
    ]  # fmt: skip
    (old, old_weight), (new, new_weight) = sides
    return {
        name: round(stability(old[:, at], new[:, at], (old_weight, new_weight)), 6)
        for at, name in enumerate(names)
    }


def meaning(column: Column) -> str:
    """Return in words what a feature knows."""
    known, days = column.description.rstrip("."), column.window.days
    return known if days is None else f"{known}, last {count_of(days, 'day')}"


def _shape(values: Floats32, effect: Floats, weight: Floats) -> list[dict[str, Any]]:
    """Return the mean contribution along a feature's values, and where it is missing."""
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    # Equal values share a bin: customers without a single order must not be split in two.
    starts = np.unique(np.searchsorted(values[order], _edges(values[order])))
    bins = [rows for rows in np.split(order, starts) if len(rows)]
    total = float(weight.sum())
    found = [_bin(float(np.median(values[r])), effect[r], weight[r], total) for r in bins]
    missing = np.flatnonzero(~np.isfinite(values))
    return found + ([_bin(None, effect[missing], weight[missing], total)] if len(missing) else [])


def _edges(ordered: Floats32) -> Floats32:
    if not len(ordered):
        return ordered
    return ordered[np.arange(1, BINS) * len(ordered) // BINS]


def _bin(value: float | None, effect: Floats, weight: Floats, total: float) -> dict[str, Any]:
    known = None if value is None else float(f"{value:.6g}")
    return {
        "value": known,
        "effect": round(float(np.average(effect, weights=weight)), 6),
        "share": round(float(weight.sum()) / total, 6),
    }
