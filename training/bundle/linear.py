"""A regression on signed logarithms of the features, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.bundle.arrays import Floats, Floats32

# Beyond this many standard deviations a straight line says more about the line than the customer.
FARTHEST = 5.0
# Rows standardised at a time: so few that what is made on the way stays in the processor's cache.
CHUNK = 500


def signed_log(values: Floats32 | Floats) -> Floats:
    """Return sign(x) log(1 + |x|), which tames heavy tails and keeps 0 and the sign.

    >>> signed_log(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [-0.693, 0.0, 0.693]
    """
    wide = values.astype(np.float64, order="C")
    return np.copysign(np.log1p(np.abs(wide)), wide)


@dataclass(frozen=True)
class Linear:
    """Weights on standardised signed logarithms; a missing value stands at the median.

    Parameters
    ----------
    fill, centre, scale, weights : float64 arrays of shape (n_features,)
        Median, mean and standard deviation after the logarithm; weight per standard deviation.
    intercept : float
        The score of a customer at the mean of every feature.
    """

    fill: Floats
    centre: Floats
    scale: Floats
    weights: Floats
    intercept: float

    def standardise(self, features: Floats32) -> Floats:
        """Return the standardised features, shape (n_rows, n_features), without gaps."""
        logs = signed_log(features)
        logs = np.where(np.isfinite(logs), logs, self.fill)
        return np.clip((logs - self.centre) / self.scale, -FARTHEST, FARTHEST)

    def score(self, features: Floats32) -> Floats:
        """Return the score on the link's scale, shape (n_rows,)."""
        out = np.empty(len(features))
        for start in range(0, len(features), CHUNK):
            part = slice(start, start + CHUNK)
            # Each row is summed by itself: a customer scores the same alone and among others.
            out[part] = np.sum(self.standardise(features[part]) * self.weights, axis=1)
        return out + self.intercept

    def contributions(self, features: Floats32) -> Floats:
        """Return what each feature adds, shape (n_rows, n_features + 1); the last is the base."""
        each = self.standardise(features) * self.weights
        return np.column_stack([each, np.full(len(each), self.intercept)])

    def to_json(self) -> dict[str, Any]:
        """Return the regression as JSON data."""
        return {
            "fill": self.fill.tolist(),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Linear:
        """Read what `to_json` wrote."""
        fill, centre, scale, weights = (
            np.asarray(data[key], dtype=np.float64)
            for key in ("fill", "centre", "scale", "weights")
        )
        return cls(fill, centre, scale, weights, float(data["intercept"]))
