from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from training.bundle.odds import logit, sigmoid
from training.statistics import regression
from training.statistics.regression import Link


def _problem(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    design = np.column_stack([np.ones(500), draw.normal(size=(500, 4))])
    return design, design @ np.array([-1.0, 1.0, 0.0, -0.5, 2.0])


def test_agrees_with_scikit_learn_on_yes_and_no() -> None:
    design, truth = _problem()
    labels = (np.random.default_rng(2).random(500) < sigmoid(truth)).astype(float)
    penalty = np.array([1e-9, 2.0, 2.0, 2.0, 2.0])
    ours = regression.fit("logit", design, labels, np.ones(500), penalty)
    theirs = LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000).fit(design[:, 1:], labels)
    np.testing.assert_allclose(ours[1:], theirs.coef_[0], atol=1e-6)
    np.testing.assert_allclose(ours[0], theirs.intercept_[0], atol=1e-6)


@pytest.mark.parametrize("link", ["logit", "log"])
def test_finds_the_minimum_of_what_it_says_it_minimises(link: Link) -> None:
    design, truth = _problem()
    draw = np.random.default_rng(3)
    labels = (
        (draw.random(500) < sigmoid(truth)).astype(float)
        if link == "logit"
        else draw.poisson(np.exp(truth)).astype(float)
    )
    weight, prior = draw.random(500), draw.normal(size=5)
    penalty = np.full(5, 3.0)

    def loss(at: np.ndarray) -> float:
        rows = regression.losses(link, labels, design @ at)
        return float(weight @ rows + 0.5 * penalty @ (at - prior) ** 2)

    ours = regression.fit(link, design, labels, weight, penalty, prior)
    theirs = minimize(loss, prior, method="BFGS", options={"gtol": 1e-7})
    assert loss(ours) <= theirs.fun + 1e-7


def test_finds_the_same_minimum_from_anywhere() -> None:
    design, truth = _problem()
    labels = (np.random.default_rng(2).random(500) < sigmoid(truth)).astype(float)
    weight, penalty = np.ones(500), np.full(5, 0.1)
    near, far = np.full(5, 0.5), np.array([8.0, -9.0, 3.0, 0.0, -5.0])
    found, *others = (
        regression.fit("logit", design, labels, weight, penalty, start=start)
        for start in (None, near, far)
    )
    np.testing.assert_array_equal(others, [found, found])


def test_money_keeps_its_total() -> None:
    design, truth = _problem()
    labels = np.random.default_rng(4).gamma(0.3, np.exp(truth) / 0.3)
    solution = regression.fit("log", design, labels, np.ones(500), np.full(5, 1e-9))
    assert np.exp(design @ solution).sum() == pytest.approx(labels.sum(), rel=1e-6)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_label_that_never_varies_gives_finite_coefficients(label: float) -> None:
    design, _ = _problem()
    solution = regression.fit("logit", design, np.full(500, label), np.ones(500), np.full(5, 1e-6))
    assert np.isfinite(solution).all()


def test_logit_is_finite_at_the_ends() -> None:
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_rows_give_the_same_coefficients_wherever_they_lie_in_memory(seed: int) -> None:
    """Sums in another order end on other last bits, and a bundle must be the same to the byte."""
    draw = np.random.default_rng(seed)
    design = np.column_stack([np.ones(3000), draw.normal(size=(3000, 4))])
    design[:, 3] += design[:, 2]
    rare = sigmoid(design @ np.array([-3.0, 0.4, 0.3, 0.2, -0.1]))
    labels, weight = (draw.random(3000) < rare).astype(float), draw.random(3000) + 0.5
    penalty = np.array([1e-6, 1.0, 1.0, 1.0, 1.0])
    found = {
        tuple(regression.fit("logit", rows, labels[order], weight[order], penalty).tolist())
        for order in (np.arange(3000), np.arange(3000)[::-1], draw.permutation(3000))
        for rows in (design[order], np.asfortranarray(design[order]))
    }
    assert len(found) == 1
