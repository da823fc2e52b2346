from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.learning import ridge
from training.learning.recipe import Recipe, Task
from training.snapshots.examples import Examples

PENALTIES = Recipe().penalties


def task(signal: float, penalties: tuple[float, ...], rows: int = 1500) -> Task:
    """Return a fit of rows whose label depends on the first of many features."""
    draw = np.random.default_rng(3)
    features = draw.normal(size=(rows, 12)).astype(np.float32)
    labels = (draw.random(rows) < 1 / (1 + np.exp(-signal * features[:, 0]))).astype(float)
    examples = Examples(
        features=features,
        names=tuple(f"feature_{number}" for number in range(features.shape[1])),
        labels=labels,
        customer=np.arange(rows),
        cutoff=np.zeros(rows, np.int64),
        stratum=np.zeros(rows, np.int8),
        facts={},
    )
    return Task(examples, "logit", replace(Recipe(), penalties=penalties), 7)


@pytest.mark.parametrize(
    ("signal", "side"), [(0.05, "strong"), (1.0, "middle"), (4.0, "weak")], ids=str
)
def test_the_penalty_is_the_best_of_all_for_customers_that_were_not_seen(
    signal: float, side: str
) -> None:
    losses = {}
    for penalty in PENALTIES:
        alone = task(signal, (penalty,))
        losses[penalty] = alone.loss(ridge.fit(alone)[1])
    best = min(losses, key=lambda penalty: losses[penalty])
    assert ridge.fit(task(signal, PENALTIES))[2] == best
    assert side == ("strong" if best > 0.1 else "weak" if best < 0.01 else "middle")


def test_scores_of_customers_left_out_come_from_a_fit_without_them() -> None:
    whole = task(1.0, (0.1,))
    linear, apart, _ = ridge.fit(whole)
    labels = whole.examples.labels.copy()
    mine = whole.folds == 2
    labels[mine] = 1 - labels[mine]
    turned = replace(whole, examples=replace(whole.examples, labels=labels))
    object.__setattr__(turned, "folds", whole.folds)
    other, turned_apart, _ = ridge.fit(turned)
    assert apart[mine].tolist() == turned_apart[mine].tolist()
    assert linear.weights.tolist() != other.weights.tolist()


def test_a_row_beyond_those_that_are_fitted_on_is_scored_too() -> None:
    whole = task(2.0, (0.1,))
    few = replace(whole, recipe=replace(whole.recipe, most_rows_linear=500))
    _, apart, _ = ridge.fit(few)
    assert np.isfinite(apart).all()
    left_out = np.setdiff1d(np.arange(len(apart)), few.drawn(500)[0])
    assert np.corrcoef(apart[left_out], whole.examples.features[left_out, 0])[0, 1] > 0.9


def test_two_alike_score_alike_whether_fitted_on_or_not() -> None:
    whole = task(2.0, (0.1,))
    few = replace(whole, recipe=replace(whole.recipe, most_rows_linear=500))
    drawn = few.drawn(500)[0]
    rest = np.setdiff1d(np.arange(len(whole.folds)), drawn)
    twins = [(here, rest[whole.folds[rest] == whole.folds[here]][0]) for here in drawn[:20]]
    for here, there in twins:
        features = whole.examples.features.copy()
        features[there] = features[here]
        alike = replace(few, examples=replace(few.examples, features=features))
        _, apart, _ = ridge.fit(alike)
        assert apart[there] == pytest.approx(apart[here], abs=1e-12)


def test_a_median_of_zero_has_no_sign() -> None:
    """Of zeros of either sign, the processor decides which stands in the middle of a sort."""
    features = np.array([[-0.0], [0.0], [-0.0], [1.0]], dtype=np.float32)
    blank, _ = ridge.standardised(features, np.arange(4), np.arange(4), 4)
    assert np.signbit(blank.fill).tolist() == [False]
    lonely, _ = ridge.standardised(features[[0]], np.arange(1), np.arange(1), 1)
    assert np.signbit(lonely.fill).tolist() == [False]
