from __future__ import annotations

import numpy as np
import pytest

from training.bundle.arrays import Floats, Integers
from training.bundle.odds import sigmoid
from training.learning.descent import TINY, Descent
from training.statistics import regression
from training.statistics.regression import Link

FOLDS = 3


def made(link: Link, rows: int = 400, columns: int = 5) -> tuple[Floats, Floats, Floats, Integers]:
    """Return a design with an intercept, labels, weights and ascending folds."""
    draw = np.random.default_rng(5)
    design = np.hstack([np.ones((rows, 1)), draw.normal(size=(rows, columns))])
    score = design @ np.r_[-0.5, np.linspace(-1, 1, columns)]
    if link == "logit":
        labels = (draw.random(rows) < sigmoid(score)).astype(float)
    else:
        labels = np.exp(score) * draw.gamma(0.5, 2.0, rows)
    return design, labels, draw.uniform(0.5, 2.0, rows), np.sort(draw.integers(0, FOLDS, rows))


@pytest.mark.parametrize("link", ["logit", "log"])
def test_every_subset_gets_the_fit_it_would_get_alone(link: Link) -> None:
    design, labels, weight, folds = made(link)
    descent = Descent(link, design.T, labels, weight, folds, FOLDS)
    for penalty in (1.0, 0.01):
        descent.fit(penalty)
    descent.settle(0.01)
    for left_out, found in enumerate(descent.coefficients()):
        rows = folds != left_out
        ridge = np.r_[TINY, np.full(design.shape[1] - 1, 0.01 * weight[rows].sum())]
        alone = regression.fit(link, design[rows], labels[rows], weight[rows], ridge)
        np.testing.assert_allclose(found, alone, rtol=1e-6, atol=1e-8)


def test_unseen_scores_are_those_of_the_fit_without_the_row() -> None:
    design, labels, weight, folds = made("logit")
    descent = Descent("logit", design.T, labels, weight, folds, FOLDS)
    descent.settle(0.1)
    *without, whole = descent.coefficients()
    said = np.array([row @ without[fold] for row, fold in zip(design, folds, strict=True)])
    np.testing.assert_allclose(descent.unseen, said, atol=1e-6)  # seven digits are kept
    assert len(whole) == design.shape[1]


@pytest.mark.parametrize("link", ["logit", "log"])
def test_the_way_there_leaves_no_trace_in_the_digits_that_are_kept(link: Link) -> None:
    design, labels, weight, folds = made(link)
    straight = Descent(link, design.T, labels, weight, folds, FOLDS)
    straight.settle(0.03)
    around = Descent(link, design.T, labels, weight, folds, FOLDS)
    for penalty in (3.0, 0.001, 0.3):
        around.fit(penalty)
    around.settle(0.03)
    for one, other in zip(straight.coefficients(), around.coefficients(), strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_label_that_never_varies_stays_finite(label: float) -> None:
    design, _, weight, folds = made("logit")
    descent = Descent("logit", design.T, np.full(len(design), label), weight, folds, FOLDS)
    descent.settle(0.1)
    assert np.isfinite(descent.solution).all()
    np.testing.assert_allclose(sigmoid(descent.unseen), label, atol=0.01)


def test_a_fold_without_rows_is_no_trouble() -> None:
    design, labels, weight, folds = made("logit")
    descent = Descent("logit", design.T, labels, weight, np.minimum(folds, 1), FOLDS)
    descent.settle(0.1)
    np.testing.assert_allclose(descent.solution[2], descent.solution[3], atol=1e-9)


def test_what_a_column_of_hardly_anything_weighs_is_nothing() -> None:
    design, labels, weight, folds = made("logit")
    design = np.hstack([design, np.full((len(design), 1), 1e-14)])
    descent = Descent("logit", design.T, labels, weight, folds, FOLDS)
    descent.settle(0.1)
    assert [found[-1] for found in descent.coefficients()] == [0.0] * (FOLDS + 1)
