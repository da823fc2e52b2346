"""Penalised regressions on many subsets of one design at once, by Newton's method.

The subsets leave out one fold of rows each, and the last leaves out nothing. They differ so little
that the curvature of the last serves all of them: second derivatives are summed per fold, and a
subset's are the whole sum less its fold's. Gradients are exact, and so is the minimum that the
steps lead to. A pass over the design serves every subset; while penalties are compared, the design
is in single precision.
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
# Share of the loss that a step must gain to be worth another: to compare penalties, and before
# steps that are taken without looking at the loss.
ROUGH, CLOSE = 1e-7, 1e-9
# A step that gains more than this share of what the last one did calls for new Hessians.
SLOW = 0.1
# A step this short, relative to the largest coefficient, needs no look at the loss; after one this
# short, no other is needed.
NEAR, THERE = 1e-3, 1e-15
# Significant digits kept of a coefficient: further ones depend on where arrays lie in memory, as
# do all digits of one that is nearly zero.
DIGITS, NOTHING = 7, 1e-12
# Rows of a design in single precision that are multiplied at a time: they stay in the processor's
# cache, which halves the time. In double precision nothing is gained.
BLOCK = 1_024
# On the intercept, so that a label that never varies still has a best intercept.
TINY = 1e-6

Design = npt.NDArray[np.floating[Any]]


class Descent:
    """Regressions on all rows but those of one fold, for each fold; the last is on all rows.

    Parameters
    ----------
    link : {"logit", "log"}
    design : float64 array of shape (p, n)
        A row per coefficient. The first is ones: the intercept is not penalised.
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
        self.single: Floats32 = design.astype(np.float32)
        edges = np.searchsorted(folds, np.arange(count + 1))
        self.blocks = [slice(a, b) for a, b in pairwise(edges)]
        self.weights = np.vstack([*(weight * (folds != fold) for fold in range(count)), weight])
        self.solution = np.zeros((count + 1, len(design)))
        self.solution[:, 0] = self._level()
        self.offset = np.zeros(len(labels)) if offset is None else offset
        self.score = self.solution[:, :1] + self.offset
        self._update_hessians()

    def fit(self, penalty: float) -> None:
        """Move every regression near its minimum at a penalty per row, from where it stands."""
        self._minimise(self.single, self._ridge(penalty), ROUGH)

    def settle(self, penalty: float, start: Floats | None = None) -> None:
        """Move every regression to its minimum, to the digits that are kept of it.

        It begins where the regressions stand, or at the coefficients of `start`, shape (k, p).

        A loss determines its minimum to half of its digits only, a gradient to nearly all: once
        the loss no longer tells, steps are taken for as long as they shorten.
        """
        ridge = self._ridge(penalty)
        self.solution = self.solution if start is None else start
        self.score = self.solution @ self.design + self.offset
        self._minimise(self.design, ridge, CLOSE)
        self._update_hessians()
        last = NEAR * (1.0 + float(np.abs(self.solution).max()))
        for _ in range(STEPS):
            steps = self._steps(self.design, ridge)
            size = float(np.abs(steps).max())
            if not size < last:
                break
            self.score, self.solution = self.score - steps @ self.design, self.solution - steps
            last = size / 2
            if size < THERE * (1.0 + float(np.abs(self.solution).max())):
                break

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
        """Return the coefficients, shape (p,), without each fold, and those of all rows."""
        kept = np.where(np.abs(self.solution) < NOTHING, 0.0, self.solution)
        return [regression.significant(found, DIGITS) for found in kept]

    def _level(self) -> Floats:
        """Return the intercept of each subset's mean label, half a row of either kind added."""
        mean = (self.weights @ self.labels + 0.5) / (self.weights.sum(axis=1) + 1.0)
        return regression.scores(self.link, mean)

    def _ridge(self, penalty: float) -> Floats:
        ridge = np.outer(
            self.weights.sum(axis=1), np.r_[0.0, np.full(len(self.design) - 1, penalty)]
        )
        ridge[:, 0] = TINY
        return ridge

    def _minimise(self, design: Design, ridge: Floats, tolerance: float) -> None:
        """Step until no regression gains more than a share of its loss."""
        now, last = self._losses(self.score, self.solution, ridge), np.inf
        for _ in range(STEPS):
            gains = self._line_search(design, self._steps(design, ridge), ridge, now)
            now = now - gains
            most = float((gains / np.maximum(1.0, np.abs(now))).max())
            if most <= tolerance:
                break
            # Far from the minimum the curvature changes with every step, near it hardly.
            if most > SLOW * min(last, SLOW):
                self._update_hessians()
            last = most

    def _losses(self, score: Floats, solution: Floats, ridge: Floats) -> Floats:
        each = regression.losses(self.link, self.labels, score)
        return np.asarray(
            np.sum(self.weights * each, axis=1) + 0.5 * np.sum(ridge * solution**2, axis=1)
        )

    def _update_hessians(self) -> None:
        """Find every regression's Hessian, by the curvature of the one on all rows."""
        curved = curvatures(self.link, means(self.link, self.score[-1]))
        root = np.sqrt(self.weight * curved).astype(np.float32)
        scaled = (self.single[:, block] * root[block] for block in self.blocks)
        parts = [np.asarray(part @ part.T, np.float64) for part in scaled]
        whole = np.sum(parts, axis=0)
        self.hessians = [whole - left_out for left_out in [*parts, 0.0]]

    def _steps(self, design: Design, ridge: Floats) -> Floats:
        residual = self.weights * (means(self.link, self.score) - self.labels)
        gradients = _gradients(residual, design) + ridge * self.solution
        return np.vstack(
            [
                np.linalg.solve(hessian + np.diag(own), gradient)
                for hessian, own, gradient in zip(self.hessians, ridge, gradients, strict=True)
            ]
        )

    def _line_search(self, design: Design, steps: Floats, ridge: Floats, now: Floats) -> Floats:
        """Take the steps, shortened until no loss rises; return what each gained."""
        along = _scores(steps, design)
        share: npt.NDArray[np.float64] = np.ones((len(now), 1))
        for _ in range(HALVINGS):
            score, solution = self.score - share * along, self.solution - share * steps
            then = self._losses(score, solution, ridge)
            rising = ~(then <= now)
            if not rising.any():
                break
            share[rising] /= 2
        else:
            # One that still rises is at its minimum, as far as its sums can tell.
            share[rising] = 0.0
            score, solution = self.score - share * along, self.solution - share * steps
        self.score, self.solution = score, solution
        return np.where(rising, 0.0, now - then)


def _scores(solution: Floats, design: Design) -> Floats:
    """Return the scores, (k, n), of coefficients (k, p), in the precision of the design."""
    narrow, score = solution.astype(design.dtype), np.empty((len(solution), design.shape[1]))
    for block in _blocks(design):
        score[:, block] = narrow @ design[:, block]
    return score


def _gradients(residual: Floats, design: Design) -> Floats:
    """Return the gradients, (k, p), of losses whose slopes by the score are (k, n), likewise."""
    narrow = residual.astype(design.dtype)
    each = [narrow[:, block] @ design[:, block].T for block in _blocks(design)]
    return np.asarray(np.sum(each, axis=0, dtype=np.float64))


def _blocks(design: Design) -> list[slice]:
    """Return which rows of the data are multiplied at a time."""
    count = design.shape[1]
    width = BLOCK if design.dtype == np.float32 else count
    return [slice(start, start + width) for start in range(0, count, width)]
