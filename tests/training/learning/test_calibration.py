from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.bundle.odds import sigmoid
from training.learning import calibration


def _world(slope: float, own: tuple[float, ...], rows: int = 60_000) -> tuple[np.ndarray, ...]:
    draw = np.random.default_rng(5)
    score, stratum = draw.normal(size=rows), draw.integers(0, 3, rows).astype(np.int8)
    labels = draw.random(rows) < sigmoid(slope * score + np.array(own)[stratum])
    return score, labels.astype(float), stratum


def test_recovers_a_slope_and_the_strata() -> None:
    score, labels, stratum = _world(0.7, (-1.0, -0.5, 0.2))
    found = calibration.fit(score, labels, stratum)
    assert found.slope == pytest.approx(0.7, abs=0.05)
    assert found.intercepts == pytest.approx((-1.0, -0.5, 0.2), abs=0.06)


def test_a_small_stratum_stays_near_the_others() -> None:
    score, labels, stratum = _world(1.0, (0.0, 0.0, 0.0), rows=2000)
    stratum[:] = 0
    stratum[:5], labels[:5] = 2, 1.0
    found = calibration.fit(score, labels, stratum)
    # On their own, five ones would say +inf.
    assert abs(found.intercepts[2] - found.intercepts[0]) < 0.5


def test_a_few_customers_hardly_move_the_slope() -> None:
    labels, stratum = np.tile([0.0, 1.0], 10), np.zeros(20, dtype=np.int8)
    score = np.where(labels > 0, 0.5, -0.5)
    # On their own, twenty who are told apart without an error would say +inf.
    assert 1.0 < calibration.fit(score, labels, stratum).slope < 1.5


def test_a_weight_is_so_many_customers() -> None:
    score, labels, stratum = _world(1.0, (-0.5, 0.0, 0.5), rows=300)
    weight = np.arange(300) % 4
    apart = calibration.fit(score, labels, stratum, weight.astype(float))
    together = calibration.fit(*(np.repeat(each, weight) for each in (score, labels, stratum)))
    assert apart.slope == pytest.approx(together.slope, abs=1e-6)
    assert apart.intercepts == pytest.approx(together.intercepts, abs=1e-6)


def test_amounts_are_calibrated_alike_in_any_currency() -> None:
    draw = np.random.default_rng(2)
    score, stratum = draw.normal(size=400), draw.integers(0, 3, 400).astype(np.int8)
    spent = np.exp(0.5 * score + 0.3 * stratum + draw.normal(size=400))
    pounds = calibration.fit(score, spent, stratum, link="log").apply(score, stratum)
    yen = calibration.fit(score, 200 * spent, stratum, link="log").apply(score, stratum)
    np.testing.assert_allclose(yen, pounds + np.log(200), atol=1e-6)


def test_what_nobody_did_may_still_happen_and_what_all_did_may_not() -> None:
    for did, odds in ((0.0, 0.5 / 99.5), (1.0, 99.5 / 0.5)):
        found = calibration.rates(np.full(99, did), np.zeros(99, dtype=np.int8))
        # Half a customer who did it is added, and half who did not.
        assert np.exp(found.intercepts[0]) == pytest.approx(odds, rel=0.1)


@given(st.floats(-5, 5), st.integers(0, 40), st.integers(1, 40))
def test_never_turns_the_order_around(slope: float, positives: int, negatives: int) -> None:
    score = np.linspace(-3, 3, positives + negatives) * slope
    labels = np.r_[np.ones(positives), np.zeros(negatives)]
    found = calibration.fit(score, labels, np.zeros(len(score), dtype=np.int8))
    assert found.slope > 0
    assert np.isfinite(found.intercepts).all()


def test_a_score_that_lies_is_flattened_and_the_rate_still_holds() -> None:
    score, labels, stratum = _world(-1.0, (0.4, 0.4, 0.4))
    found = calibration.fit(score, labels, stratum)
    said = sigmoid(found.apply(score, stratum))
    assert said.std() < 0.02
    assert said.mean() == pytest.approx(labels.mean(), abs=0.01)


def test_rates_shrink_towards_the_overall_rate() -> None:
    stratum = np.array([0] * 100 + [1] * 3, dtype=np.int8)
    labels = np.r_[np.tile([1.0, 0.0], 50), np.ones(3)]
    rates = sigmoid(np.array(calibration.rates(labels, stratum).intercepts))
    assert rates[0] == pytest.approx(0.5, abs=0.05)
    assert 0.5 < rates[1] < 0.65


def test_money_is_scaled_to_its_total_in_any_currency() -> None:
    draw = np.random.default_rng(6)
    score, stratum = draw.normal(size=5000), np.zeros(5000, dtype=np.int8)
    labels = draw.gamma(0.5, 2 * np.exp(score + 1.0))
    for unit in (1.0, 10_000.0):
        found = calibration.fit(score, labels * unit, stratum, link="log")
        said = np.exp(found.apply(score, stratum))
        assert said.sum() == pytest.approx(labels.sum() * unit, rel=0.02)
        assert found.slope == pytest.approx(1.0, abs=0.1)
