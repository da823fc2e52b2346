"""The blend of trees, a regression and a habit: the model as it predicts, before calibration.

All score on one additive scale, log-odds for a probability and the logarithm of money for spend,
so that a weighted average of them still splits exactly into what each feature adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.bundle.arrays import Floats, Floats32
from training.bundle.habit import Habit
from training.bundle.linear import Linear
from training.bundle.trees import Trees


@dataclass(frozen=True)
class Blend:
    """A weighted average of trees and a regression on the same features, and of a habit.

    Parameters
    ----------
    names : tuple of str
        The feature columns, in the order of the matrix.
    trees : Trees
    linear : Linear
    tree_weight : float
        Share of the trees, in [0, 1], beside the regression.
    habit : Habit, optional
        Joins them with a share of its own.
    """

    names: tuple[str, ...]
    trees: Trees
    linear: Linear
    tree_weight: float
    habit: Habit | None = None

    def score(self, features: Floats32) -> Floats:
        """Return the blended score before calibration, shape (n_rows,)."""
        share = self.tree_weight
        score = share * self.trees.score(features) + (1 - share) * self.linear.score(features)
        return self.habit.joined(score, self.habit.score(features)) if self.habit else score

    def contributions(self, features: Floats32) -> Floats:
        """Return what each feature adds, shape (n_rows, n_features + 1); the last is the base."""
        share = self.tree_weight
        linear = self.linear.contributions(features)
        parts = share * self.trees.contributions(features) + (1 - share) * linear
        return self.habit.joined(parts, self.habit.contributions(features)) if self.habit else parts

    def to_json(self) -> dict[str, Any]:
        """Return everything but the trees' texts, which are files of their own."""
        return {
            "names": list(self.names),
            "models": len(self.trees.texts),
            "linear": self.linear.to_json(),
            "tree_weight": self.tree_weight,
            "habit": self.habit.to_json() if self.habit else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], texts: tuple[str, ...]) -> Blend:
        """Read what `to_json` wrote, beside the trees' texts."""
        names, linear = tuple(data["names"]), Linear.from_json(data["linear"])
        habit = Habit.from_json(data["habit"], names) if data.get("habit") else None
        return cls(names, Trees(texts), linear, float(data["tree_weight"]), habit)
