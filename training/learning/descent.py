"""Penalised regressions on many subsets of one design at once, by Newton's method.

The subsets leave out one fold of rows each, and one leaves out nothing. They differ so little that
one matrix of second derivatives, kept per fold, bends for all of them: the fold left out is taken
off the sum. What is exact is the slope, and so is what the steps lead to. A pass over the design
serves every subset; as long as penalties are compared, that is a design of half the bytes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from training.bundle.arrays import Floats, Floats32, Integers
from training.statistics import regression
from training.statistics.regression import Link, curvatures, means

STEPS, HALVINGS = 40, 30
# Share of the loss that a step must gain to be worth another: near enough to compare penalties,
# and near enough for steps that no loss watches.
ROUGH, CLOSE = 1e-7, 1e-9
# A step that gains more than this share of what the last one did calls for newer bends.
SLOW = 0.1
# A step this short, beside the longest coefficient, leads closer without being watched.
NEAR = 1e-3
# Significant digits kept of a coefficient: further ones depend on where arrays lie in memory, as
# do all digits of what is nothing.
DIGITS, NOTHING = 7, 1e-12
# On the intercept, so that a label that never varies still has a best intercept.
TINY = 1e-6

Design = npt.NDArray[np.floating[Any]]


class Descent:
    """Regressions on all rows but those of one fold, for each fold; the last is on all rows.

    Parameters
    ----------
    link : {"logit", "log"}
    design : float64 array of shape (p, n)
        What belongs to a coefficient lies side by side. The first row is ones: the intercept is
        not penalised.
    labels, weight : float64 arrays of shape (n,)
    folds : int64 array of shape (n,)
        Ascending.
    count : int
        Number of folds.
    offset : float64 array of shape (n,), optional
        Added to the score of each row.
    """

    def __init__(
        self,
        link: Link,
        design: Floats,
        labels: Floats,
        weight: Floats,
        folds: Integers,
        count: int,
        offset: Floats | None = None,
    ) -> None:
        self.link, self.design, self.labels, self.weight = link, design, labels, weight
        self.rough: Floats32 = design.astype(np.float32)
        edges = np.searchsorted(folds, np.arange(count + 1))
        self.blocks = [slice(a, b) for a, b in pairwise(edges)]
        self.used = np.vstack([*(weight * (folds != fold) for fold in range(count)), weight])
        self.at = np.zeros((count + 1, len(design)))
        self.at[:, 0] = self._level()
        self.offset = np.zeros(len(labels)) if offset is None else offset
        self.score = self.at[:, :1] + self.offset
        self._bend()

    def fit(self, penalty: float) -> None:
        """Move every regression near its minimum at a penalty per row, from wherever it is."""
        self._walk(self.rough, self._ridge(penalty), ROUGH)

    def settle(self, penalty: float) -> None:
        """Move every regression to its minimum, to the digits that are kept of it.

        Losses only tell the minimum to half of their digits, the slope to nearly all: from where
        losses no longer tell, steps are taken for as long as they shorten.
        """
        ridge = self._ridge(penalty)
        self.score = self.at @ self.design + self.offset
        self._walk(self.design, ridge, CLOSE)
        self._bend()
        last = NEAR * (1.0 + float(np.abs(self.at).max()))
        for _ in range(STEPS):
            steps = self._steps(self.design, ridge)
            size = float(np.abs(steps).max())
            if not size < last:
                break
            self.score, self.at = self.score - steps @ self.design, self.at - steps
            last = size / 2

    @property
    def unseen(self) -> Floats:
        """Return the score of every row from the regression without its fold, shape (n,)."""
        score = np.empty(len(self.labels))
        for fold, block in enumerate(self.blocks):
            score[block] = self.score[fold, block]
        return score

    @property
    def unseen_loss(self) -> float:
        """Return the weighted mean loss of `unseen`."""
        each = regression.losses(self.link, self.labels, self.unseen)
        return float(np.average(each, weights=self.weight))

    def coefficients(self) -> list[Floats]:
        """Return what was found: one array of shape (p,) per fold, and that of all rows."""
        told = np.where(np.abs(self.at) < NOTHING, 0.0, self.at)
        return [regression.significant(found, DIGITS) for found in told]

    def _level(self) -> Floats:
        """Return the intercept of each subset's mean label, half a row of either kind added."""
        mean = (self.used @ self.labels + 0.5) / (self.used.sum(axis=1) + 1.0)
        return regression.scores(self.link, mean)

    def _ridge(self, penalty: float) -> Floats:
        ridge = np.outer(self.used.sum(axis=1), np.r_[0.0, np.full(len(self.design) - 1, penalty)])
        ridge[:, 0] = TINY
        return ridge

    def _walk(self, design: Design, ridge: Floats, tolerance: float) -> None:
        """Step until no regression gains more than a share of its loss."""
        now, last = self._losses(self.score, self.at, ridge), np.inf
        for _ in range(STEPS):
            gains = self._move(design, self._steps(design, ridge), ridge, now)
            now = now - gains
            most = float((gains / np.maximum(1.0, np.abs(now))).max())
            if most <= tolerance:
                break
            # Far from the minimum bends change with every step, near it hardly.
            if most > SLOW * min(last, SLOW):
                self._bend()
            last = most

    def _losses(self, score: Floats, at: Floats, ridge: Floats) -> Floats:
        each = regression.losses(self.link, self.labels, score)
        return np.asarray(np.sum(self.used * each, axis=1) + 0.5 * np.sum(ridge * at**2, axis=1))

    def _bend(self) -> None:
        """Find every regression's second derivatives, with the curvature of the one on all rows."""
        curved = curvatures(self.link, means(self.link, self.score[-1]))
        root = np.sqrt(self.weight * curved).astype(np.float32)
        bent = (self.rough[:, block] * root[block] for block in self.blocks)
        parts = [np.asarray(part @ part.T, np.float64) for part in bent]
        whole = np.sum(parts, axis=0)
        self.bends = [whole - left_out for left_out in [*parts, 0.0]]

    def _steps(self, design: Design, ridge: Floats) -> Floats:
        residual = self.used * (means(self.link, self.score) - self.labels)
        slopes = _product(residual, design.T) + ridge * self.at
        return np.vstack(
            [
                np.linalg.solve(bend + np.diag(own), slope)
                for bend, own, slope in zip(self.bends, ridge, slopes, strict=True)
            ]
        )

    def _move(self, design: Design, steps: Floats, ridge: Floats, now: Floats) -> Floats:
        """Take the steps, shortened until no loss rises; return what each gained."""
        along = _product(steps, design)
        share: npt.NDArray[np.float64] = np.ones((len(now), 1))
        for _ in range(HALVINGS):
            score, at = self.score - share * along, self.at - share * steps
            then = self._losses(score, at, ridge)
            rising = ~(then <= now)
            if not rising.any():
                break
            share[rising] /= 2
        else:
            # What still rises stands at its minimum, as near as its sums can tell.
            share[rising] = 0.0
            score, at = self.score - share * along, self.at - share * steps
        self.score, self.at = score, at
        return np.where(rising, 0.0, now - then)


def _product(left: Floats, right: Design) -> Floats:
    """Return a product of matrices, worked out with as many digits as the right one has."""
    return np.asarray(left.astype(right.dtype) @ right, np.float64)
