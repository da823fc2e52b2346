"""How calibrated what serves is in each group of customers that is large enough to say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.bundle.arrays import Floats
from training.bundle.strata import STRATA
from training.examples import Examples
from training.metrics import Ranking

Masks = npt.NDArray[np.bool_]

GROUP_ROWS = 1000
"""Rows from which a group's calibration is told apart from chance."""

CAME = {
    "came_by_referral": "came by referral",
    "came_by_advertising": "came by advertising",
    "came_organically": "came by themselves",
}
"""Features that say how a customer came (``acquired_by``), in words."""

TOO_FEW = "too few to judge"


@dataclass(frozen=True)
class Group:
    """What was said of some customers of E, and what happened.

    Parameters
    ----------
    rows : int
        Of the shop, where customers were sampled.
    rate, mean_probability : float
    ece : float or None
        Net calibration error; None where there are fewer rows than `GROUP_ROWS`, or one class.
    """

    rows: int
    rate: float
    mean_probability: float
    ece: float | None

    @property
    def calibration(self) -> str:
        """Return the calibration error as reports show it."""
        return told(self.ece)


def told(error: float | None) -> str:
    """Return a group's calibration error as reports show it.

    >>> told(0.0123), told(None)
    ('0.012', 'too few to judge')
    """
    return TOO_FEW if error is None else f"{error:.3f}"


def of(test: Examples, probability: Floats) -> dict[str, Group]:
    """Return what was said and what happened in each stratum, and by how customers came.

    Parameters
    ----------
    test : Examples
        Of E.
    probability : float64 array of shape (n,)
        What serves.

    Returns
    -------
    dict of str to Group
        Those that have rows: the strata first, then the ways of `CAME` that were noted.
    """
    masks = {name: test.stratum == code for code, name in enumerate(STRATA)}
    masks |= {
        said: test.features[:, test.names.index(name)] == 1
        for name, said in CAME.items()
        if name in test.names
    }
    return {name: _group(test, probability, rows) for name, rows in masks.items() if rows.any()}


def _group(test: Examples, probability: Floats, rows: Masks) -> Group:
    labels, said, weight = test.labels[rows], probability[rows], test.weights[rows]
    enough = len(labels) >= GROUP_ROWS
    error = Ranking(labels, said).figures(weight)["ece"] if enough else float("nan")
    return Group(
        rows=round(float(weight.sum())),
        rate=float(np.average(labels, weights=weight)),
        mean_probability=float(np.average(said, weights=weight)),
        ece=error if np.isfinite(error) else None,
    )
