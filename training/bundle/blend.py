"""The blend of trees, a regression and a habit: the model as it predicts, before calibration.

An act of advocacy may have a companion, too: the blend of any act.

All score on one additive scale, log-odds for a probability and the logarithm of money for spend,
so that a weighted average of them still splits exactly into what each feature adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.bundle.habit import Habit
from training.bundle.linear import Linear
from training.bundle.ranks import Ranks
from training.bundle.trees import Trees


@dataclass(frozen=True)
class Companion:
    """Another outcome's blend that joins, on the same columns.

    Parameters
    ----------
    blend : Blend
    share : float
        In [0, 1]; the outcome's own blend has the rest.
    """

    blend: Blend
    share: float

    def joined(self, own: Floats, others: Floats) -> Floats:
        """Return the weighted average of what the own blend says and what the companion says."""
        return (1.0 - self.share) * own + self.share * others


@dataclass(frozen=True)
class Blend:
    """A weighted average of trees and a regression on the same columns, and of a habit.

    The columns are the features, then the ranks of some of them.

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
    ranks : Ranks, optional
        Among those who were asked on the day that the blend is for.
    companion : Companion, optional
        Joins all of them with a share of its own.
    """

    names: tuple[str, ...]
    trees: Trees
    linear: Linear
    tree_weight: float
    habit: Habit | None = None
    ranks: Ranks | None = None
    companion: Companion | None = None

    def score(self, features: Floats32) -> Floats:
        """Return the blended score before calibration, shape (n_rows,)."""
        score, beside = self._score(features), self.companion
        return beside.joined(score, beside.blend.score(features)) if beside else score

    def contributions(self, features: Floats32) -> Floats:
        """Return what each feature adds, shape (n_rows, n_features + 1); the last is the base.

        A feature adds what its rank does, too.
        """
        parts, beside = self._contributions(features), self.companion
        return beside.joined(parts, beside.blend.contributions(features)) if beside else parts

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts of all trees, those of the companion last."""
        return self.trees.texts + (self.companion.blend.texts if self.companion else ())

    def _score(self, features: Floats32) -> Floats:
        share, columns = self.tree_weight, self._columns(features)
        score = share * self.trees.score(columns) + (1 - share) * self.linear.score(columns)
        return self.habit.joined(score, self.habit.score(features)) if self.habit else score

    def _contributions(self, features: Floats32) -> Floats:
        share, columns = self.tree_weight, self._columns(features)
        linear = self.linear.contributions(columns)
        parts = share * self.trees.contributions(columns) + (1 - share) * linear
        parts = self._folded(parts)
        return self.habit.joined(parts, self.habit.contributions(features)) if self.habit else parts

    @cached_property
    def _ranked(self) -> list[int]:
        """Return the positions of the features that have a rank."""
        return [self.names.index(name) for name in self.ranks.names] if self.ranks else []

    def _columns(self, features: Floats32) -> Floats32:
        """Return the features and their ranks, shape (n_rows, n_columns)."""
        if not self.ranks:
            return features
        return np.hstack([features, self.ranks.of(features[:, self._ranked])])

    def _folded(self, parts: Floats) -> Floats:
        """Return contributions of the columns as those of the features."""
        known = len(self.names)
        if not self.ranks:
            return parts
        folded = np.hstack([parts[:, :known], parts[:, -1:]])
        folded[:, self._ranked] += parts[:, known:-1]
        return folded

    def to_json(self) -> dict[str, Any]:
        """Return everything but the trees' texts, which are files of their own."""
        beside = self.companion
        joins = {"share": beside.share, "blend": beside.blend.to_json()} if beside else None
        return {
            "names": list(self.names),
            "models": len(self.trees.texts),
            "linear": self.linear.to_json(),
            "tree_weight": self.tree_weight,
            "habit": self.habit.to_json() if self.habit else None,
            "ranks": self.ranks.to_json() if self.ranks else None,
            **({"companion": joins} if joins else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], texts: tuple[str, ...]) -> Blend:
        """Read what `to_json` wrote, beside the trees' texts."""
        names, linear, own = tuple(data["names"]), Linear.from_json(data["linear"]), data["models"]
        habit = Habit.from_json(data["habit"], names) if data["habit"] else None
        ranks = Ranks.from_json(data["ranks"]) if data["ranks"] else None
        joins = data.get("companion")
        companion = (
            Companion(cls.from_json(joins["blend"], texts[own:]), float(joins["share"]))
            if joins
            else None
        )
        weight = float(data["tree_weight"])
        return cls(names, Trees(texts[:own]), linear, weight, habit, ranks, companion)

    @classmethod
    def models(cls, data: Mapping[str, Any]) -> int:
        """Return how many trees' texts there are beside what `to_json` wrote."""
        joins = data.get("companion")
        return int(data["models"]) + (cls.models(joins["blend"]) if joins else 0)
