"""`Settings`: how a training fits and judges, the same for every outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from training.learning.memory import Memory
from training.learning.recipe import Recipe
from training.snapshots.cutoffs import Plan
from training.snapshots.slices import Slices

MOST_ABREAST = 200_000
"""Rows of E up to which outcomes are worked on beside each other: each has its own in memory."""


@dataclass(frozen=True)
class Settings:
    """How a training fits and judges.

    Parameters
    ----------
    seed : int
    orders : bool
        Whether activity is orders.
    recipe : Recipe
    searched : bool
        Whether a search for the shop's own settings found the recipe (`training.tuning`).
    resamples : int
        Bootstrap resamples behind an interval.
    memory : Memory
        Of the fits made with these settings.
    """

    seed: int = 7
    orders: bool = True
    recipe: Recipe = field(default_factory=Recipe)
    searched: bool = False
    resamples: int = 300
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def abreast(self, plans: Sequence[Plan], slices: Slices) -> int:
        """Return how many outcomes are worked on at the same time; the result is the same."""
        most = max((slices.count(plan.outcome, (plan.newest,)) for plan in plans), default=0)
        return self.recipe.threads if most <= MOST_ABREAST else 1
