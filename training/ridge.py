"""The blend's regression: a ridge on standardised signed logarithms of every feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.bundle.linear import Linear, signed_log
from training.descent import Descent
from training.folds import Integers
from training.recipe import Task
from training.regression import significant
from training.threads import one_blas_thread


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
    kept = np.flatnonzero(task.kept(task.recipe.most_rows_linear))
    rows = kept[np.argsort(task.folds[kept], kind="stable")]
    blank = standardiser(task.examples.features[rows])
    with one_blas_thread():
        descent = _descent(task, rows, blank)
        penalty = _best(task, rows, descent)
        descent.settle(penalty)
    *folds, whole = [
        replace(blank, weights=found[1:], intercept=float(found[0]))
        for found in descent.coefficients()
    ]
    # From rounded coefficients: the last bits of a descent depend on where its arrays lie.
    apart = np.empty(len(task.examples))
    for fold, linear in enumerate(folds):
        unseen = task.folds == fold
        apart[unseen] = linear.score(task.examples.features[unseen])
    return whole, apart, penalty


def _descent(task: Task, rows: Integers, blank: Linear) -> Descent:
    """Return the regressions of some rows, in the order of their folds."""
    examples = task.examples
    design = np.empty((len(rows), 1 + len(blank.weights)))
    design[:, 0], design[:, 1:] = 1.0, blank.standardise(examples.features[rows])
    return Descent(
        task.link,
        design,
        examples.labels[rows],
        examples.weights[rows],
        task.folds[rows],
        task.recipe.folds,
    )


def _best(task: Task, rows: Integers, descent: Descent) -> float:
    """Return the penalty with the least loss, from the strongest down."""
    best, least, worse = task.recipe.penalties[0], np.inf, 0
    for penalty in task.recipe.penalties:
        descent.fit(penalty)
        loss = task.loss(descent.unseen, rows)
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
