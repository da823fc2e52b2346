"""The blend's regression: a ridge on standardised signed logarithms of every feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training import regression
from training.bundle.arrays import Floats, Floats32
from training.bundle.linear import Linear, signed_log
from training.recipe import Task
from training.regression import significant

# On the intercept, so that a label that never varies still has a best intercept.
TINY = 1e-6


def fit(task: Task) -> tuple[Linear, Floats, float]:
    """Fit the regression with the penalty that does best on customers it has not seen.

    Returns
    -------
    linear : Linear
        Fitted on all customers.
    out_of_fold : float64 array of shape (n,)
        Scores of fits without the row's customer.
    penalty : float
        The penalty per row.
    """
    path = _Path(task)
    best, best_loss, worse = path.at(task.recipe.penalties[0]), np.inf, 0
    for penalty in task.recipe.penalties:
        candidate = path.at(penalty)
        loss = path.loss(candidate)
        best, best_loss, worse = (
            (candidate, loss, 0) if loss < best_loss else (best, best_loss, worse + 1)
        )
        # The loss is smooth in the penalty: past the valley there is nothing to find.
        if worse == 2:
            break
    apart = np.empty(len(task.examples))
    for fold, coefficients in enumerate(best.folds):
        unseen = task.folds == fold
        apart[unseen] = path.linear(coefficients).score(task.examples.features[unseen])
    return path.linear(path.whole(best.penalty)), apart, best.penalty


def standardiser(features: Floats32) -> Linear:
    """Return a regression of zero weights that standardises like these features.

    Examples
    --------
    >>> blank = standardiser(np.array([[0.0], [np.nan], [0.0]], dtype=np.float32))
    >>> blank.scale.tolist(), blank.fill.tolist()
    ([1.0], [0.0])
    """
    columns = [_moments(signed_log(column)) for column in features.T]
    fill, centre, scale = (significant(np.array(part)) for part in zip(*columns, strict=True))
    return Linear(fill, centre, scale, np.zeros(len(fill)), 0.0)


def _moments(logs: Floats) -> tuple[float, float, float]:
    """Return median, mean and deviation of a column; a constant column gets a deviation of 1."""
    known = logs[np.isfinite(logs)]
    if not len(known):
        return 0.0, 0.0, 1.0
    median = float(np.median(known))
    filled = np.where(np.isfinite(logs), logs, median)
    deviation = float(filled.std())
    return median, float(filled.mean()), deviation if deviation > 1e-9 else 1.0


class _Candidate:
    """One penalty and the coefficients of every fold under it."""

    def __init__(self, penalty: float, folds: list[Floats]) -> None:
        self.penalty, self.folds = penalty, folds


class _Path:
    """The regression at one penalty after another, each started from the one before."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.kept = task.kept(task.recipe.most_rows_linear)
        features = task.examples.features[self.kept]
        self.blank = standardiser(features)
        ones = np.ones((len(features), 1))
        self.design = np.hstack([ones, self.blank.standardise(features)])
        self.folds = task.folds[self.kept]
        self.labels = task.examples.labels[self.kept]
        self.weights = task.examples.weights[self.kept]
        self.last: list[Floats | None] = [None] * task.recipe.folds

    def at(self, penalty: float) -> _Candidate:
        for fold in range(self.task.recipe.folds):
            self.last[fold] = self._solve(penalty, self.folds != fold, self.last[fold])
        return _Candidate(penalty, [c for c in self.last if c is not None])

    def whole(self, penalty: float) -> Floats:
        return self._solve(penalty, np.ones(len(self.labels), dtype=bool), self.last[0])

    def loss(self, candidate: _Candidate) -> float:
        score = np.empty(len(self.labels))
        for fold, coefficients in enumerate(candidate.folds):
            unseen = self.folds == fold
            score[unseen] = self.design[unseen] @ coefficients
        return self.task.loss(score, self.kept)

    def linear(self, coefficients: Floats) -> Linear:
        return replace(self.blank, weights=coefficients[1:], intercept=float(coefficients[0]))

    def _solve(
        self, penalty: float, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], start: Floats | None
    ) -> Floats:
        weight = self.weights[rows]
        ridge = np.full(self.design.shape[1], penalty * weight.sum())
        ridge[0] = TINY
        return regression.fit(
            self.task.link, self.design[rows], self.labels[rows], weight, ridge, start=start
        )
