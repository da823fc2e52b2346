"""Calibration as a bundle keeps it: an affine map of a score, stratum by stratum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.bundle.arrays import Codes, Floats


@dataclass(frozen=True)
class Affine:
    """A calibration: ``slope x score + the stratum's intercept``.

    Parameters
    ----------
    slope : float
        Above 0, so that calibration never reorders the customers of a stratum.
    intercepts : tuple of float
        One per stratum, in the order of `features.rung.STRATA`.
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
