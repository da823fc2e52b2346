"""Penalised regression by Newton's method, for a yes/no label or an amount of money.

Newton's method converges to the last bits in a handful of steps, where a gradient method would
stop at a tolerance: rounded to ten digits, the same data give the same coefficients whatever the
number of threads and wherever the rows lie in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.odds import logit, sigmoid
from training.statistics.threads import one_blas_thread

Link = Literal["logit", "log"]

STEPS, HALVINGS = 60, 30
# Share of the loss that a step must gain to be worth another.
EXACT = 1e-11
# A step this short, beside the largest coefficient, leads closer without being watched; after one
# this short, no other is needed.
NEAR, THERE = 1e-3, 1e-15
DIGITS = 10
# Keeps exponentials finite; no customer is this sure, none spends exp(30).
STEEPEST = 30.0


def losses(link: Link, labels: Floats, score: Floats) -> Floats:
    """Return each row's loss: log-loss, or the Poisson quasi-likelihood's for an amount.

    Parameters
    ----------
    link : {"logit", "log"}
    labels, score : float64 arrays of shape (n,)
        The score is on the link's scale.
    """
    if link == "logit":
        # log(1 + exp(score)), which np.logaddexp takes eight times as long for.
        return np.log1p(np.exp(-np.abs(score))) + np.maximum(score, 0.0) - labels * score
    return np.exp(np.clip(score, -STEEPEST, STEEPEST)) - labels * score


def means(link: Link, score: Floats) -> Floats:
    """Return the expected label at each score: the slope of `losses` is this less the label."""
    return sigmoid(score) if link == "logit" else np.exp(np.clip(score, -STEEPEST, STEEPEST))


def scores(link: Link, mean: Floats | float) -> Floats:
    """Return the score at each mean above 0: the inverse of `means`.

    >>> float(scores("logit", 0.5)), float(scores("log", 1.0))
    (0.0, 0.0)
    """
    return logit(mean) if link == "logit" else np.log(np.asarray(mean, dtype=np.float64))


def curvatures(link: Link, mean: Floats) -> Floats:
    """Return the second derivative of `losses` by the score, where `means` are these."""
    return np.asarray(mean * (1 - mean) if link == "logit" else mean)


def fit(
    link: Link,
    design: Floats,
    labels: Floats,
    weight: Floats,
    penalty: Floats,
    prior: Floats | None = None,
    start: Floats | None = None,
) -> Floats:
    """Return the coefficients that minimise loss plus a quadratic penalty.

    Minimises ``sum(weight losses) + sum(penalty (coefficients - prior)^2) / 2``.

    Parameters
    ----------
    link : {"logit", "log"}
    design : float64 array of shape (n, p)
        With a column of ones where an intercept is wanted.
    labels, weight : float64 arrays of shape (n,)
    penalty : float64 array of shape (p,)
        Above 0 for every coefficient, if ever so little, so that the minimum exists and is unique.
    prior : float64 array of shape (p,), optional
        Where the penalty draws to; 0 by default.
    start : float64 array of shape (p,), optional
        Where the search begins, the prior by default: the minimum is the same from anywhere, and
        sooner found from nearby.

    Returns
    -------
    float64 array of shape (p,)
        Rounded to ten significant digits.
    """
    centre = np.zeros(design.shape[1]) if prior is None else prior
    with one_blas_thread():
        # Column by column, products of few columns take two thirds of the time.
        columns = np.asfortranarray(design)
        problem = _Problem(link, columns, labels, weight, penalty, centre)
        return significant(problem.solved(centre if start is None else start))


@dataclass(frozen=True)
class _Problem:
    """What is minimised, as `fit` takes it; `centre` is the prior."""

    link: Link
    design: Floats
    labels: Floats
    weight: Floats
    penalty: Floats
    centre: Floats

    def solved(self, start: Floats) -> Floats:
        """Return the minimum to more digits than are kept."""
        at, score = start, self.design @ start
        now = self._loss(at, score)
        for _ in range(STEPS):
            mean = means(self.link, score)
            step = np.linalg.solve(self._hessian(mean), self._gradient(at, mean))
            for _ in range(HALVINGS):
                ahead = self.design @ (at - step)
                then = self._loss(at - step, ahead)
                if then <= now:
                    break
                step = step / 2
            else:
                break
            at, score, gain, now = at - step, ahead, now - then, then
            if gain <= EXACT * max(1.0, abs(now)):
                break
        return self._settled(at)

    def _loss(self, point: Floats, score: Floats) -> float:
        row_losses = losses(self.link, self.labels, score)
        return float(self.weight @ row_losses + 0.5 * self.penalty @ (point - self.centre) ** 2)

    def _settled(self, at: Floats) -> Floats:
        """Return the minimum near a point to the digits that are kept of it.

        Losses only tell the minimum to half of their digits, and which step they call the last
        depends on where arrays lie in memory. The slope tells nearly all digits: steps are taken
        for as long as they shorten. This near, one Hessian serves all of them.
        """
        mean = means(self.link, self.design @ at)
        hessian, largest = self._hessian(mean), 1.0 + float(np.abs(at).max())
        last = NEAR * largest
        for _ in range(STEPS):
            step = np.linalg.solve(hessian, self._gradient(at, mean))
            size = float(np.abs(step).max())
            if not size < last:
                break
            at, last = at - step, size / 2
            if size < THERE * largest:
                break
            mean = means(self.link, self.design @ at)
        return at

    def _gradient(self, at: Floats, mean: Floats) -> Floats:
        """Return the gradient at a point where the rows' expected labels are these, shape (p,)."""
        gradient = self.design.T @ (self.weight * (mean - self.labels))
        return np.asarray(gradient + self.penalty * (at - self.centre))

    def _hessian(self, mean: Floats) -> Floats:
        """Return the Hessian where the rows' expected labels are these, shape (p, p)."""
        curved = self.weight * curvatures(self.link, mean)
        hessian = (self.design * curved[:, None]).T @ self.design
        hessian[np.diag_indices_from(hessian)] += self.penalty
        return np.asarray(hessian)


def significant(values: Floats, digits: int = DIGITS) -> Floats:
    """Round to so many significant digits.

    >>> significant(np.array([1 / 3])).tolist()
    [0.3333333333]
    """
    return np.array([rounded(value, digits) for value in values])


def rounded(value: float, digits: int = DIGITS) -> float:
    """Round one number so."""
    return float(f"{value:.{digits}g}")
