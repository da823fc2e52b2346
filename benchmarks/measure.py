"""What something costs: CPU-seconds, seconds, and whether the answers are the same."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np
import pyarrow as pa

_TOLERANCE = 1e-4
"""Relative and absolute: features are float32, the others add up amounts as they come."""


@dataclass(frozen=True)
class Cost:
    """The medians of several rounds."""

    cpu: float
    wall: float

    def over(self, base: Cost) -> str:
        """Return how many times another's CPU-seconds these are."""
        return f"{self.cpu / base.cpu:.1f}"


def in_turn(work: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Do every piece of work, one after the other, so many times."""
    found: dict[str, list[Cost]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, one in work.items():
            gc.collect()
            began, wall = cpu(), time.perf_counter()
            one()
            found[name].append(Cost(cpu() - began, time.perf_counter() - wall))
    return {
        name: Cost(median(c.cpu for c in costs), median(c.wall for c in costs))
        for name, costs in found.items()
    }


def cpu() -> float:
    """Return the CPU-seconds of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in used)


def peak() -> tuple[int, int]:
    """Return the most memory, in bytes, that this process and that any child ever held."""
    own, child = (
        resource.getrusage(who).ru_maxrss * 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own, child


def require_equal(name: str, ours: pa.Table, theirs: pa.Table) -> None:
    """Stop unless two tables of the features of one cutoff say the same.

    Raises
    ------
    AssertionError
        Naming the column.
    """
    theirs = theirs.sort_by("customer_id")
    ours = ours.sort_by("customer_id")
    assert len(ours) == len(theirs), f"{name}: {len(theirs)} customers, not {len(ours)}"
    for column in ours.column_names:
        if column in ("customer_id", "cutoff"):
            continue
        left, right = (
            t[column].cast(pa.float64()).to_numpy().astype(np.float32) for t in (ours, theirs)
        )
        same = np.isclose(left, right, _TOLERANCE, _TOLERANCE, equal_nan=True)
        assert same.all(), f"{name}: {column} differs for {(~same).sum()} customers"
