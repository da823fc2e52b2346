"""Penalised regressions on many subsets of one design at once, by Newton's method.

The subsets leave out one fold of rows each, and one leaves out nothing. They differ so little that
one matrix of second derivatives, kept per fold, bends for all of them: the fold left out is taken
off the sum. What is exact is the slope, and so is what the steps lead to. A pass over the design
serves every subset.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from training import regression
from training.bundle.arrays import Floats, Floats32
from training.folds import Integers
from training.regression import Link, curvatures, means

STEPS, HALVINGS = 40, 30
# Share of the loss that a step must gain to be worth another: near enough to compare penalties,
# and as near as sums of so many rows can tell.
ROUGH, EXACT = 1e-7, 1e-13
# A step this short, beside the longest coefficient, leads closer without being watched.
NEAR = 1e-3
# Significant digits kept of a coefficient: further ones depend on where arrays lie in memory.
DIGITS = 7
# On the intercept, so that a label that never varies still has a best intercept.
TINY = 1e-6


class Descent:
    """Regressions on all rows but those of one fold, for each fold; the last is on all rows.

    Parameters
    ----------
    link : {"logit", "log"}
    design : float64 array of shape (n, p)
        Its first column is ones: the intercept is not penalised.
    labels, weight : float64 arrays of shape (n,)
    folds : int64 array of shape (n,)
        Ascending.
    count : int
        Number of folds.
    """

    def __init__(
        self,
        link: Link,
        design: Floats,
        labels: Floats,
        weight: Floats,
        folds: Integers,
        count: int,
    ) -> None:
        self.link, self.design, self.labels, self.weight = link, design, labels, weight
        # Bends need not be exact, and half the bytes take half the time.
        self.rough: Floats32 = design.astype(np.float32)
        edges = np.searchsorted(folds, np.arange(count + 1))
        self.blocks = [slice(a, b) for a, b in pairwise(edges)]
        self.used = np.column_stack([weight * (folds != fold) for fold in range(count)] + [weight])
        self.at = np.zeros((design.shape[1], count + 1))
        self.score = np.zeros((len(design), count + 1))

    def fit(self, penalty: float, tolerance: float = ROUGH) -> None:
        """Move every regression near its minimum at a penalty per row, from wherever it is."""
        ridge = self._ridge(penalty)
        now = self._losses(self.score, self.at, ridge)
        for count in range(STEPS):
            # Far from the minimum the bend changes with every step, near it hardly.
            if count in (0, 1, 3):
                bends = self._bends(ridge)
            steps = self._steps(bends, ridge)
            gains = self._move(steps, ridge, now)
            now = now - gains
            if (gains <= tolerance * np.maximum(1.0, np.abs(now))).all():
                break

    def settle(self, penalty: float) -> None:
        """Move every regression to its minimum, to the digits that are kept of it.

        Losses only tell the minimum to half of their digits, the slope to nearly all: from where
        losses no longer tell, steps are taken for as long as they shorten.
        """
        self.fit(penalty, EXACT)
        ridge = self._ridge(penalty)
        bends = self._bends(ridge)
        last = NEAR * (1.0 + float(np.abs(self.at).max()))
        for _ in range(STEPS):
            steps = self._steps(bends, ridge)
            size = float(np.abs(steps).max())
            if not size < last:
                break
            self.score, self.at = self.score - self.design @ steps, self.at - steps
            last = size / 2

    @property
    def unseen(self) -> Floats:
        """Return the score of every row from the regression without its fold, shape (n,)."""
        score = np.empty(len(self.design))
        for fold, block in enumerate(self.blocks):
            score[block] = self.score[block, fold]
        return score

    def coefficients(self) -> list[Floats]:
        """Return what was found: one array of shape (p,) per fold, and that of all rows."""
        return [regression.significant(column, DIGITS) for column in self.at.T]

    def _ridge(self, penalty: float) -> Floats:
        ridge = np.outer(np.r_[0.0, np.full(len(self.at) - 1, penalty)], self.used.sum(axis=0))
        ridge[0] = TINY
        return ridge

    def _losses(self, score: Floats, at: Floats, ridge: Floats) -> Floats:
        each = regression.losses(self.link, self.labels[:, None], score)
        return np.asarray(np.sum(self.used * each, axis=0) + 0.5 * np.sum(ridge * at**2, axis=0))

    def _bends(self, ridge: Floats) -> list[Floats]:
        """Return each regression's second derivatives, with the curvature found on all rows."""
        curvature = (self.weight * curvatures(self.link, self.score[:, -1])).astype(np.float32)
        parts = [
            np.asarray((self.rough[block] * curvature[block, None]).T @ self.rough[block])
            for block in self.blocks
        ]
        parts = [part.astype(np.float64) for part in parts]
        whole = np.sum(parts, axis=0)
        return [
            whole - left_out + np.diag(own)
            for left_out, own in zip([*parts, 0.0], ridge.T, strict=True)
        ]

    def _steps(self, bends: list[Floats], ridge: Floats) -> Floats:
        residual = self.used * (means(self.link, self.score) - self.labels[:, None])
        slopes = self.design.T @ residual + ridge * self.at
        return np.column_stack(
            [np.linalg.solve(bend, slope) for bend, slope in zip(bends, slopes.T, strict=True)]
        )

    def _move(self, steps: Floats, ridge: Floats, now: Floats) -> Floats:
        """Take the steps, shortened until no loss rises; return what each gained."""
        along = self.design @ steps
        share: npt.NDArray[np.float64] = np.ones(len(now))
        for _ in range(HALVINGS):
            score, at = self.score - share * along, self.at - share * steps
            then = self._losses(score, at, ridge)
            rising = ~(then <= now)
            if not rising.any():
                break
            share = np.where(rising, share / 2, share)
        # What still rises stands at its minimum, as near as its sums can tell.
        share = np.where(rising, 0.0, share)
        self.score, self.at = self.score - share * along, self.at - share * steps
        return np.where(rising, 0.0, now - then)
