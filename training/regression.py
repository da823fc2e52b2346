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
from training.threads import one_blas_thread

Link = Literal["logit", "log"]

STEPS, HALVINGS = 60, 30
# Share of the loss that a step must gain to be worth another.
EXACT = 1e-11
# A step this short, beside the largest coefficient, leads closer without being watched.
NEAR = 1e-3
DIGITS = 10
# Keeps exponentials finite; no customer is this sure, none spends exp(30).
STEEPEST = 30.0


def sigmoid(log_odds: Floats) -> Floats:
    """Return probabilities of shape like `log_odds`.

    >>> sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -700, 700)))


def logit(probability: Floats | float) -> Floats:
    """Return log-odds, finite also for 0 and 1.

    >>> float(logit(0.5))
    0.0
    """
    inside = np.clip(np.asarray(probability, dtype=np.float64), 1e-12, 1 - 1e-12)
    return np.log(inside) - np.log1p(-inside)


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


def curvatures(link: Link, score: Floats) -> Floats:
    """Return the second derivative of `losses` by the score."""
    mean = means(link, score)
    return np.asarray(mean * (1 - mean) if link == "logit" else mean)


def fit(
    link: Link,
    design: Floats,
    labels: Floats,
    weight: Floats,
    penalty: Floats,
    prior: Floats | None = None,
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
        Where the penalty draws to, and where the search begins; 0 by default.

    Returns
    -------
    float64 array of shape (p,)
        Rounded to ten significant digits.
    """
    centre = np.zeros(design.shape[1]) if prior is None else prior
    with one_blas_thread():
        return significant(_Problem(link, design, labels, weight, penalty, centre).solved())


@dataclass(frozen=True)
class _Problem:
    """What is minimised, as `fit` takes it; `centre` is the prior."""

    link: Link
    design: Floats
    labels: Floats
    weight: Floats
    penalty: Floats
    centre: Floats

    def solved(self) -> Floats:
        """Return the minimum to more digits than are kept."""
        at = self.centre
        now = self._loss(at)
        for _ in range(STEPS):
            step = self._step(at)
            for _ in range(HALVINGS):
                then = self._loss(at - step)
                if then <= now:
                    break
                step = step / 2
            else:
                break
            at, gain, now = at - step, now - then, then
            if gain <= EXACT * max(1.0, abs(now)):
                break
        return self._settled(at)

    def _loss(self, point: Floats) -> float:
        row_losses = losses(self.link, self.labels, self.design @ point)
        return float(self.weight @ row_losses + 0.5 * self.penalty @ (point - self.centre) ** 2)

    def _settled(self, at: Floats) -> Floats:
        """Return the minimum near a point to the digits that are kept of it.

        Losses only tell the minimum to half of their digits, and which step they call the last
        depends on where arrays lie in memory. The slope tells nearly all digits: steps are taken
        for as long as they shorten.
        """
        last = NEAR * (1.0 + float(np.abs(at).max()))
        for _ in range(STEPS):
            step = self._step(at)
            size = float(np.abs(step).max())
            if not size < last:
                break
            at, last = at - step, size / 2
        return at

    def _step(self, at: Floats) -> Floats:
        """Return Newton's step, to be taken off."""
        score = self.design @ at
        off = self.weight * (means(self.link, score) - self.labels)
        slope = self.design.T @ off + self.penalty * (at - self.centre)
        curved = self.weight * curvatures(self.link, score)
        bend = (self.design * curved[:, None]).T @ self.design
        bend[np.diag_indices_from(bend)] += self.penalty
        return np.asarray(np.linalg.solve(bend, slope))


def significant(values: Floats, digits: int = DIGITS) -> Floats:
    """Round to so many significant digits.

    >>> significant(np.array([1 / 3])).tolist()
    [0.3333333333]
    """
    return np.array([float(f"{value:.{digits}g}") for value in values])
