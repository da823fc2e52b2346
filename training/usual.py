"""What is usual: the middle value of every feature among similar customers.

A reason quotes a customer's own number; beside it stands the median of customers who are asked
the same question and stand in the same stratum, so that a reader can tell much from little.
"""

from __future__ import annotations

import numpy as np

from training import weighted
from training.bundle.strata import STRATA
from training.dataset import Dataset
from training.examples import Examples
from training.regression import significant

FEWEST = 20
"""Customers of a stratum who know a value, from which their median is told."""

Medians = dict[str, list[float | None]]


def medians(data: Dataset) -> dict[str, Medians]:
    """Return the medians at the newest cutoff, for each kind of customers asked.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    dict
        From ``active``, ``subscribed`` or ``lapsed`` to a feature's medians, one per stratum in
        the order of `STRATA`; None where fewer than `FEWEST` customers know the value.
    """
    found: dict[str, Medians] = {}
    for plan in data.plans:
        if plan.outcome.who in found:
            continue
        examples = data.slices.examples(plan.outcome, (plan.newest,))
        found[plan.outcome.who] = {
            name: [_median(examples, column, code) for code in range(len(STRATA))]
            for column, name in enumerate(examples.names)
        }
    return found


def _median(examples: Examples, column: int, stratum: int) -> float | None:
    values = examples.features[:, column]
    known = (examples.stratum == stratum) & np.isfinite(values)
    if np.count_nonzero(known) < FEWEST:
        return None
    weight = None if examples.weight is None else examples.weight[known]
    middle = weighted.median(values[known].astype(np.float64), weight)
    return float(significant(np.array([middle]))[0])
