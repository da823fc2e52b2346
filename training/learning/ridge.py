"""The blend's regression: a ridge on standardised signed logarithms of every feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.bundle.arrays import Floats, Floats32, Integers
from training.bundle.linear import CHUNK, FARTHEST, Linear, signed_log
from training.learning.descent import Descent
from training.learning.recipe import Task
from training.statistics.regression import significant
from training.statistics.threads import one_blas_thread


def fit(task: Task) -> tuple[Linear, Floats, float]:
    """Fit the regression with the penalty that does best on customers it has not seen.

    Features are standardised as on the rows that are judged, whatever else is learnt from.

    Returns
    -------
    linear : Linear
        Fitted on all customers.
    out_of_fold : float64 array of shape (n,)
        Scores of fits without the row's customer.
    penalty : float
        The penalty per row.
    """
    kept, weight = task.drawn(task.recipe.most_rows_linear)
    order = np.argsort(task.folds[kept], kind="stable")
    rows, weight = kept[order], weight[order]
    with one_blas_thread():
        blank, place, descent = _descent(task, rows, weight)
        penalty, solution = _best(task.recipe.penalties, descent)
        descent.settle(penalty, solution)
    # Rounded: the last bits of a descent depend on where its arrays lie.
    *folds, whole = [
        replace(blank, weights=found[1:], intercept=float(found[0]))
        for found in descent.coefficients()
    ]
    apart = np.empty(len(task.examples))
    apart[rows] = _scored(descent, folds)[place]
    beyond = np.ones(len(apart), np.bool_)
    beyond[rows] = False
    for fold, linear in enumerate(folds):
        unseen = beyond & (task.folds == fold)
        apart[unseen] = linear.score(task.examples.features[unseen])
    return whole, apart, penalty


def _scored(descent: Descent, folds: Sequence[Linear]) -> Floats:
    """Return the score of each row of a descent's design by the regression without its fold.

    As `Linear.score` does, but for the order in which a row is summed, which here is the columns':
    the design is standardised already.
    """
    score = np.empty(len(descent.labels))
    for linear, block in zip(folds, descent.blocks, strict=True):
        own = score[block]
        own[:] = linear.intercept
        for weight, column in zip(linear.weights, descent.design[1:, block], strict=True):
            own += weight * column
    return score


def _descent(task: Task, rows: Integers, weight: Floats) -> tuple[Linear, Integers, Descent]:
    """Return a regression of zero weights that standardises, where rows stand, and their descent.

    Parameters
    ----------
    task : Task
        With its auxiliary examples, all of which are looked at.
    rows : int64 array of shape (n,)
        Of the examples, in the order of their folds.
    weight : float64 array of shape (n,)
    """
    labels, folds = task.examples.labels[rows], task.folds[rows]
    offset = np.zeros(len(rows))
    if task.auxiliary:
        more = task.auxiliary.examples
        labels = np.concatenate([labels, more.labels])
        folds = np.concatenate([folds, task.auxiliary_folds])
        weight = np.concatenate([weight, more.weights])
        offset = np.concatenate([offset, task.auxiliary.offset])
    order = np.argsort(folds, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    blank, design = standardised(task.examples.features, rows, place[: len(rows)], len(order))
    if task.auxiliary:
        _add(design, place[len(rows) :], blank, task.auxiliary.examples.features)
    descent = Descent(
        task.link,
        design,
        labels[order],
        weight[order],
        folds[order],
        task.recipe.folds,
        offset[order],
    )
    return blank, place[: len(rows)], descent


def _add(design: Floats, place: Integers, blank: Linear, features: Floats32) -> None:
    """Write rows, standardised alike, to their places in a design."""
    for start in range(0, len(features), CHUNK):
        part = slice(start, start + CHUNK)
        design[1:, place[part]] = blank.standardise(features[part]).T


def _best(penalties: tuple[float, ...], descent: Descent) -> tuple[float, Floats]:
    """Return the penalty with the least loss, and the coefficients that were found with it.

    It goes downhill from the middle one. The loss is smooth in the penalty and has one valley: past
    its lowest point there is nothing to find, and where weaker penalties are better, stronger ones
    need not be tried.
    """

    def loss(penalty: float) -> float:
        descent.fit(penalty)
        return descent.unseen_loss

    middle = (len(penalties) - 1) // 2
    best, least = penalties[middle], loss(penalties[middle])
    solution = descent.solution
    for path in (penalties[middle + 1 :], penalties[:middle][::-1]):
        for penalty in path:
            there = loss(penalty)
            if there >= least:
                break
            best, least, solution = penalty, there, descent.solution
        if best != penalties[middle]:
            break
    return best, solution


def standardised(
    features: Floats32, rows: Integers, place: Integers, count: int
) -> tuple[Linear, Floats]:
    """Return a regression of zero weights that standardises like some rows, and a design.

    Parameters
    ----------
    features : float32 array of shape (n_rows, n_features)
    rows : int64 array of shape (n,)
        Which of them.
    place : int64 array of shape (n,)
        Ascending: where they stand in the design, which has room for others.
    count : int
        For how many.

    Returns
    -------
    blank : Linear
    design : float64 array of shape (1 + n_features, count)
        Ones; below them, where the rows stand, each feature standardised as `blank` does it. What
        stands elsewhere means nothing.

    Examples
    --------
    >>> features = np.array([[0.0], [np.nan], [0.0]], dtype=np.float32)
    >>> blank, design = standardised(features, np.arange(3), np.arange(3), 4)
    >>> blank.scale.tolist(), blank.fill.tolist(), design[:, :3].tolist()
    ([1.0], [0.0], [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    """
    design = np.ones((1 + features.shape[1], count))
    columns = design[1:]
    # Where nobody else has a place, rows stand in their order: nothing has to be picked out.
    alone = len(rows) == count
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        columns[:, part if alone else place[part]] = signed_log(features[rows[part]]).T
    theirs = (column if alone else column[place] for column in columns)
    moments = zip(*map(_moments, theirs), strict=True)
    fill, centre, scale = (significant(np.array(part)) for part in moments)
    for number, column in enumerate(columns):
        column[~np.isfinite(column)] = fill[number]
        column -= centre[number]
        column /= scale[number]
        np.clip(column, -FARTHEST, FARTHEST, out=column)
    return Linear(fill, centre, scale, np.zeros(len(fill)), 0.0), design


def _moments(logs: Floats) -> tuple[float, float, float]:
    """Return median, mean and deviation of a column; a constant column gets a deviation of 1."""
    known = logs[np.isfinite(logs)]
    if not len(known):
        return 0.0, 0.0, 1.0
    middle = (len(known) - 1) // 2, len(known) // 2
    # Adding 0 turns -0 into 0: which of the two stands in the middle depends on the processor.
    median = float(np.partition(known, middle)[list(middle)].sum()) / 2 + 0.0
    filled = logs if len(known) == len(logs) else np.where(np.isfinite(logs), logs, median)
    deviation = float(filled.std())
    return median, float(filled.mean()), deviation if deviation > 1e-9 else 1.0
