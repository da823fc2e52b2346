"""The blend of trees and a regression, and the calibration above it: the model as it predicts.

Both halves score on one additive scale, log-odds for a probability and the logarithm of money for
spend, so that a weighted average of the two still splits exactly into what each feature adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.bundle.arrays import Codes, Floats, Floats32
from training.bundle.linear import Linear
from training.bundle.trees import Trees


@dataclass(frozen=True)
class Blend:
    """A weighted average of trees and a regression on the same features.

    Parameters
    ----------
    names : tuple of str
        The feature columns, in the order of the matrix.
    trees : Trees
    linear : Linear
    tree_weight : float
        Share of the trees, in [0, 1].
    """

    names: tuple[str, ...]
    trees: Trees
    linear: Linear
    tree_weight: float

    def score(self, features: Floats32) -> Floats:
        """Return the blended score before calibration, shape (n_rows,)."""
        share = self.tree_weight
        return share * self.trees.score(features) + (1 - share) * self.linear.score(features)

    def contributions(self, features: Floats32) -> Floats:
        """Return what each feature adds, shape (n_rows, n_features + 1); the last is the base."""
        share = self.tree_weight
        linear = self.linear.contributions(features)
        return share * self.trees.contributions(features) + (1 - share) * linear

    def to_json(self) -> dict[str, Any]:
        """Return everything but the trees' texts, which are files of their own."""
        return {
            "names": list(self.names),
            "models": len(self.trees.texts),
            "linear": self.linear.to_json(),
            "tree_weight": self.tree_weight,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], texts: tuple[str, ...]) -> Blend:
        """Read what `to_json` wrote, beside the trees' texts."""
        linear = Linear.from_json(data["linear"])
        return cls(tuple(data["names"]), Trees(texts), linear, float(data["tree_weight"]))


@dataclass(frozen=True)
class Affine:
    """A calibration: ``slope x score + the stratum's intercept``.

    Parameters
    ----------
    slope : float
        Above 0, so that calibration never reorders the customers of a stratum.
    intercepts : tuple of float
        One per stratum, in the order of `training.examples.STRATA`.
    """

    slope: float
    intercepts: tuple[float, ...]

    def apply(self, score: Floats, stratum: Codes) -> Floats:
        """Return the calibrated score, shape (n_rows,)."""
        calibrated: Floats = self.slope * score + np.asarray(self.intercepts)[stratum]
        return calibrated

    def contributions(self, contributions: Floats, stratum: Codes) -> Floats:
        """Carry contributions over: scaled by the slope, the intercept joins the base."""
        scaled = self.slope * contributions
        scaled[:, -1] += np.asarray(self.intercepts)[stratum]
        return scaled

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as JSON data."""
        return {"slope": self.slope, "intercepts": list(self.intercepts)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Affine:
        """Read what `to_json` wrote."""
        return cls(float(data["slope"]), tuple(float(i) for i in data["intercepts"]))
