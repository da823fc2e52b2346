"""What something costs: CPU-seconds, seconds, and whether the answers are the same."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import pyarrow as pa

from features.units import count_of

_TOLERANCE = 1e-4
"""Relative and absolute: features are float32, the others add up amounts as they come."""


@dataclass(frozen=True)
class Cost:
    """CPU-seconds of all processes, and seconds; of several rounds, their medians."""

    cpu: float
    wall: float

    def __sub__(self, other: Cost) -> Cost:
        """Return what was spent since."""
        return Cost(self.cpu - other.cpu, self.wall - other.wall)

    def over(self, base: Cost) -> str:
        """Return how many times another's CPU-seconds these are."""
        return f"{self.cpu / base.cpu:.1f}"


def in_turn(work: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Do every piece of work, one after the other, so many times."""
    found: dict[str, list[Cost]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, one in work.items():
            gc.collect()
            began = now()
            one()
            found[name].append(now() - began)
    return {name: middle(costs) for name, costs in found.items()}


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the medians."""
    return Cost(median(cost.cpu for cost in costs), median(cost.wall for cost in costs))


def now() -> Cost:
    """Return what was spent until now, from some beginning."""
    return Cost(cpu(), time.perf_counter())


def cpu() -> float:
    """Return the CPU-seconds of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in used)


def require_equal(name: str, ours: pa.Table, theirs: pa.Table) -> None:
    """Stop unless two tables of the features of one cutoff say the same.

    Raises
    ------
    AssertionError
        Naming the column.
    """
    theirs = theirs.sort_by("customer_id")
    ours = ours.sort_by("customer_id")
    assert len(ours) == len(theirs), f"{name}: {count_of(len(theirs), 'customer')}, not {len(ours)}"
    for column in ours.column_names:
        if column in ("customer_id", "cutoff"):
            continue
        left, right = (
            t[column].cast(pa.float64()).to_numpy().astype(np.float32) for t in (ours, theirs)
        )
        same = np.isclose(left, right, _TOLERANCE, _TOLERANCE, equal_nan=True)
        assert same.all(), f"{name}: {column} differs for {count_of((~same).sum(), 'customer')}"
