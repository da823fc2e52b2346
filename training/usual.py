"""What is usual: quartiles of every number among similar customers.

A reason quotes a customer's own number; beside it stands the median of customers who are asked
the same question and stand in the same stratum, so that a reader can tell much from little. What
lies between the quartiles is nothing unusual.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from features.rung import STRATA
from training.bundle.arrays import Floats, Floats32
from training.bundle.rule import FACTS
from training.snapshots.dataset import Dataset
from training.snapshots.examples import Examples
from training.statistics import weighted
from training.statistics.regression import significant

FEWEST = 20
"""Customers of a stratum with a value from which on its median is told."""

FEWEST_SIMILAR = 2 * FEWEST
"""Customers of a stratum from which on anything is told of it."""

QUARTILES = np.array([0.25, 0.5, 0.75])

Medians = dict[str, list[float | None]]
Ranges = dict[str, list[list[float] | None]]


def find(data: Dataset) -> dict[str, dict[str, Any]]:
    """Return what is usual at the newest cutoff, as ``thresholds.json`` has it.

    Returns
    -------
    dict
        ``usual``: for each of ``active``, ``subscribed`` and ``lapsed`` that is asked something,
        the medians of features and of what rules look at, one per stratum in the order of
        `STRATA`. None where fewer than `FEWEST` customers have a value, or most of them have none:
        that is what is usual there. None throughout where the stratum has fewer than
        `FEWEST_SIMILAR`. ``usual_range``: the same of the lower and the upper quartile.
    """
    medians: dict[str, Medians] = {}
    ranges: dict[str, Ranges] = {}
    for plan in data.plans:
        who = plan.outcome.who
        if who in medians:
            continue
        found = dict(_quartiles(data.slices.examples(plan.outcome, (plan.newest,))))
        medians[who] = {
            name: [None if q is None else q[1] for q in strata] for name, strata in found.items()
        }
        ranges[who] = {
            name: [None if q is None else [q[0], q[2]] for q in strata]
            for name, strata in found.items()
        }
    return {"usual": medians, "usual_range": ranges}


def _quartiles(examples: Examples) -> Iterator[tuple[str, list[list[float] | None]]]:
    """Yield every number's name and its quartiles in each stratum."""
    looked_at = dict.fromkeys(fact for facts in FACTS.values() for fact in facts)
    numbers: list[tuple[str, Floats | Floats32]] = [
        *zip(examples.names, examples.features.T, strict=True),
        *((fact, examples.facts[fact]) for fact in looked_at if fact in examples.facts),
    ]
    strata = [np.flatnonzero(examples.stratum == code) for code in range(len(STRATA))]
    weights = [None if examples.weight is None else examples.weight[rows] for rows in strata]
    for name, values in numbers:
        parts = zip(strata, weights, strict=True)
        yield name, [_among(values[rows], weight) for rows, weight in parts]


def _among(values: Floats | Floats32, weight: Floats | None) -> list[float] | None:
    """Return the quartiles among rows with a value; None where most have none, or too few one."""
    if len(values) < FEWEST_SIMILAR:
        return None
    known = np.isfinite(values)
    share = np.average(known, weights=weight)
    if np.count_nonzero(known) < FEWEST or share < 0.5:
        return None
    their = None if weight is None else weight[known]
    found = weighted.quantile(values[known].astype(np.float64), QUARTILES, their)
    return [float(value) for value in significant(found)]
