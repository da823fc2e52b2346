"""The blend's regression: a ridge on standardised signed logarithms of every feature."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from training import regression
from training.bundle.arrays import Floats, Floats32
from training.bundle.linear import Linear, signed_log
from training.recipe import Task
from training.regression import EXACT, ROUGH, significant
from training.threads import one_blas_thread

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
    with one_blas_thread(), ThreadPoolExecutor(task.recipe.threads) as pool:
        path = _Path(task, pool)
        penalty = _best(path, task.recipe.penalties)
        folds = path.at(penalty, EXACT)
        whole = path.solve(penalty, np.ones(len(path.labels), dtype=bool), folds[0], EXACT)
    apart = np.empty(len(task.examples))
    for fold, coefficients in enumerate(folds):
        unseen = task.folds == fold
        apart[unseen] = path.linear(coefficients).score(task.examples.features[unseen])
    return path.linear(whole), apart, penalty


def _best(path: _Path, penalties: Sequence[float]) -> float:
    """Return the penalty with the least loss, from the strongest down."""
    best, least, worse = penalties[0], np.inf, 0
    for penalty in penalties:
        loss = path.loss(path.at(penalty, ROUGH))
        best, least, worse = (penalty, loss, 0) if loss < least else (best, least, worse + 1)
        # The loss is smooth in the penalty: past the valley there is nothing to find.
        if worse == 2:
            break
    return best


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


class _Path:
    """The regression at one penalty after another, each started from the one before."""

    def __init__(self, task: Task, pool: ThreadPoolExecutor) -> None:
        self.task, self.pool = task, pool
        self.kept = task.kept(task.recipe.most_rows_linear)
        features = task.examples.features[self.kept]
        self.blank = standardiser(features)
        ones = np.ones((len(features), 1))
        self.design = np.hstack([ones, self.blank.standardise(features)])
        self.folds = task.folds[self.kept]
        self.labels = task.examples.labels[self.kept]
        self.weights = task.examples.weights[self.kept]
        self.last: list[Floats | None] = [None] * task.recipe.folds

    def at(self, penalty: float, tolerance: float) -> list[Floats]:
        """Return the coefficients of every fold: fitted on the customers of the others."""
        found = list(
            self.pool.map(
                lambda fold: self.solve(penalty, self.folds != fold, self.last[fold], tolerance),
                range(self.task.recipe.folds),
            )
        )
        self.last = [*found]
        return found

    def loss(self, folds: list[Floats]) -> float:
        """Return the loss on the customers that each fold has not seen."""
        score = np.empty(len(self.labels))
        for fold, coefficients in enumerate(folds):
            unseen = self.folds == fold
            score[unseen] = self.design[unseen] @ coefficients
        return self.task.loss(score, self.kept)

    def linear(self, coefficients: Floats) -> Linear:
        """Return the regression with these coefficients, the intercept first."""
        return replace(self.blank, weights=coefficients[1:], intercept=float(coefficients[0]))

    def solve(
        self,
        penalty: float,
        rows: npt.NDArray[np.bool_],
        start: Floats | None,
        tolerance: float,
    ) -> Floats:
        """Return the best coefficients for some rows."""
        weight = self.weights[rows]
        ridge = np.full(self.design.shape[1], penalty * weight.sum())
        ridge[0] = TINY
        return regression.fit(
            self.task.link,
            self.design[rows],
            self.labels[rows],
            weight,
            ridge,
            start=start,
            tolerance=tolerance,
        )
