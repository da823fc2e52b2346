"""Drift: how far the level of an outcome has moved, and how far that may be followed.

The newest slice tells where the level stands by now. On a shop that grows or fades it comes
nearest to the next slice; on one whose seasons turn it misleads. So it is followed only as far as
the same step, taken before E, came true on E, and, until a year has been seen, as far as a season
would last.
"""

from __future__ import annotations

import math

import numpy as np

from features.clock import DAY
from training.bundle.affine import Affine
from training.bundle.arrays import Floats
from training.snapshots.examples import Examples
from training.statistics import regression

# Prior belief as a penalty (one over the variance): a slice differs from the average one by
# 0 +- 0.35 in log-odds.
PENALTY = 8.0
HELD = 1e12

DOUBT = 0.1
"""Log-odds by which two slices of a few hundred customers differ by chance."""

YEAR = 365.0


def of(score: Floats, examples: Examples) -> float:
    """Return by how many log-odds the newest slice lies above what calibrated scores say.

    Parameters
    ----------
    score : float64 array of shape (n,)
        Calibrated log-odds of the examples.
    examples : Examples
        Of one slice or several.
    """
    newest = examples.cutoff == examples.cutoff.max()
    weight = examples.weights[newest]
    design = np.column_stack([score[newest], np.ones(int(newest.sum()))])
    penalty, prior = np.array([HELD, PENALTY]), np.array([1.0, 0.0])
    labels = examples.labels[newest]
    found = regression.fit("logit", design, labels, weight / weight.mean(), penalty, prior)
    return float(found[1])


def trust(foreseen: float, came: float) -> float:
    """Return how far to follow the next drift, 0 to 1.

    Parameters
    ----------
    foreseen : float
        Drift of the newest slice that the evaluation fit learnt from.
    came : float
        Drift of E against the same fit.

    Examples
    --------
    >>> trust(-0.3, -0.7), trust(0.1, 0.7), trust(0.1, -0.2), trust(0.0, 0.5)
    (0.9, 0.5, 0.0, 0.0)
    """
    if foreseen * came <= 0:
        return 0.0
    # How much of what was foreseen was no chance, and how much of it came.
    certain = foreseen**2 / (foreseen**2 + DOUBT**2)
    return round(certain * min(1.0, came / foreseen), 4)


def lasting(days: float, seen: float) -> float:
    """Return the share of a drift that is still there some days on, 0 to 1.

    Before a year has been seen, nothing tells a trend from a season. Of a yearly season, what is
    there now says ``cos(2 pi days / 365)`` of what will be: nearly all four weeks on, nothing a
    quarter on, and the opposite half a year on.

    Parameters
    ----------
    days : float
        From the slice that shows the drift to the one it is expected in.
    seen : float
        Days of history before E.

    Examples
    --------
    >>> [round(lasting(days, seen=200.0), 2) for days in (28, 45, 90, 180)]
    [0.89, 0.71, 0.02, 0.0]
    >>> lasting(90, seen=400.0)
    1.0
    """
    return 1.0 if seen >= YEAR else max(0.0, math.cos(2.0 * math.pi * min(days / YEAR, 0.5)))


def followed(train: Examples, test: Examples, foreseen: float, came: float) -> float:
    """Return how far to follow the next drift, given what the last one did on E, 0 to 1.

    Parameters
    ----------
    train, test : Examples
        Of the slices before E, and of E; the next drift lies as far ahead as E lay.
    foreseen, came : float
        As in `trust`.
    """
    days = float(test.cutoff.max() - train.cutoff.max()) / DAY
    seen = float(np.nanmax(test.facts["days_since_first_activity"], initial=0.0))
    return round(trust(foreseen, came) * lasting(days, seen), 4)


def raised(calibration: Affine, by: float) -> Affine:
    """Return a calibration with its level raised by some log-odds (of an amount, log money)."""
    return Affine(calibration.slope, tuple(level + by for level in calibration.intercepts))
