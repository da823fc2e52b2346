"""What is usual: the middle half of every number among similar customers.

A reason quotes a customer's own number; beside it stands the median of customers who are asked
the same question and stand in the same stratum, so that a reader can tell much from little. What
lies between their quartiles is nothing unusual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.bundle.rule import FACTS
from training.bundle.strata import STRATA
from training.snapshots.dataset import Dataset
from training.snapshots.examples import Examples
from training.statistics import weighted
from training.statistics.regression import significant

FEWEST = 20
"""Customers of a stratum who know a value, from which their median is told."""

FEWEST_SIMILAR = 2 * FEWEST
"""Customers of a stratum from which anything is told of it."""

QUARTILES = np.array([0.25, 0.5, 0.75])

Medians = dict[str, list[float | None]]
Ranges = dict[str, list[list[float] | None]]


@dataclass(frozen=True)
class Usual:
    """What is usual at the newest cutoff, for each kind of customers asked.

    Parameters
    ----------
    medians : dict
        From ``active``, ``subscribed`` or ``lapsed`` to the medians of features and of what rules
        look at, one per stratum in the order of `STRATA`. None where fewer than `FEWEST` customers
        know the value, or most of them do not: having none is usual there. None throughout where
        the stratum has fewer than `FEWEST_SIMILAR`.
    ranges : dict
        The same of the lower and the upper quartile.
    """

    medians: dict[str, Medians] = field(default_factory=dict)
    ranges: dict[str, Ranges] = field(default_factory=dict)


def find(data: Dataset) -> Usual:
    """Return what is usual in a shop.

    Parameters
    ----------
    data : Dataset
    """
    usual = Usual()
    for plan in data.plans:
        asked = plan.outcome.who
        if asked in usual.medians:
            continue
        medians, ranges = usual.medians.setdefault(asked, {}), usual.ranges.setdefault(asked, {})
        examples = data.slices.examples(plan.outcome, (plan.newest,))
        for name, found in _quartiles(examples):
            medians[name] = [None if known is None else known[1] for known in found]
            ranges[name] = [None if known is None else [known[0], known[2]] for known in found]
    return usual


def _quartiles(examples: Examples) -> Iterator[tuple[str, list[list[float] | None]]]:
    """Yield every number's name and its quartiles in each stratum."""
    looked_at = dict.fromkeys(fact for facts in FACTS.values() for fact in facts)
    numbers: list[tuple[str, Floats | Floats32]] = [
        *zip(examples.names, examples.features.T, strict=True),
        *((fact, examples.facts[fact]) for fact in looked_at if fact in examples.facts),
    ]
    strata = [np.flatnonzero(examples.stratum == code) for code in range(len(STRATA))]
    weight = examples.weight
    for name, values in numbers:
        yield (
            name,
            [
                _middle(values[rows], None if weight is None else weight[rows])
                if len(rows) >= FEWEST_SIMILAR
                else None
                for rows in strata
            ],
        )


def _middle(values: Floats | Floats32, weight: Floats | None) -> list[float] | None:
    """Return the quartiles among those who know a value; None where most do not, or too few."""
    known = np.isfinite(values)
    share = np.average(known, weights=weight)
    if np.count_nonzero(known) < FEWEST or share < 0.5:
        return None
    their = None if weight is None else weight[known]
    found = weighted.quantile(values[known].astype(np.float64), QUARTILES, their)
    return [float(value) for value in significant(found)]
