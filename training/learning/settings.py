"""`Settings`: how a training fits and judges, the same for every outcome."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.learning.memory import Memory
from training.learning.recipe import Recipe


@dataclass(frozen=True)
class Settings:
    """How a training fits and judges.

    Parameters
    ----------
    seed : int
    orders : bool
        Whether activity is orders.
    recipe : Recipe
    resamples : int
        Bootstrap resamples behind an interval.
    memory : Memory
        Of the fits made with these settings.
    """

    seed: int = 7
    orders: bool = True
    recipe: Recipe = field(default_factory=Recipe)
    resamples: int = 300
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)
