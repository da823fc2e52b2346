from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.statistics.stability import SHIFTED, STABLE, stability


@given(st.integers(0, 1000), st.sampled_from([60, 400, 3000]))
def test_two_samples_of_one_population_have_not_drifted(seed: int, rows: int) -> None:
    draw = np.random.default_rng(seed)
    assert stability(draw.normal(size=rows), draw.normal(size=rows)) < 60 / rows


def test_chance_is_taken_off_on_average() -> None:
    draw = np.random.default_rng(0)
    found = [stability(draw.normal(size=300), draw.normal(size=300)) for _ in range(200)]
    # Without the correction it would be ten bins' worth: 9 * (1/300 + 1/300) = 0.06.
    assert np.mean(found) < 0.02


def test_a_shift_of_half_a_deviation_is_noticed_and_of_one_is_alarming() -> None:
    draw = np.random.default_rng(0)
    old, new = draw.normal(size=5000), draw.normal(size=5000)
    assert stability(old, new) < 0.01
    assert STABLE < stability(old, new + 0.5) < SHIFTED + 0.05
    assert stability(old, new + 1.0) > 2 * SHIFTED


def test_the_index_by_hand() -> None:
    """Two values, 80 and 20 before, 60 and 40 after, less chance with one degree of freedom."""
    old, new = np.repeat([0.0, 1.0], [80, 20]), np.repeat([0.0, 1.0], [60, 40])
    by_hand = -0.2 * np.log(0.6 / 0.8) + 0.2 * np.log(0.4 / 0.2)
    assert stability(old, new) == pytest.approx(by_hand - 2 / 100)


def test_values_that_go_missing_are_a_drift() -> None:
    old = np.arange(100.0)
    new = np.where(old < 50, old, np.nan)
    assert stability(old, new) > SHIFTED
    assert stability(np.full(100, np.nan), np.full(50, np.nan)) == 0.0


def test_nobody_is_no_drift() -> None:
    assert stability(np.array([]), np.arange(3.0)) == 0.0


def test_a_row_that_stands_for_many_counts_as_so_many() -> None:
    old, new = np.repeat([0.0, 1.0], [800, 200]), np.repeat([0.0, 1.0], [600, 400])
    few = np.repeat([0.0, 1.0], 500)
    weights = np.repeat([0.8, 0.2], 500), np.repeat([0.6, 0.4], 500)
    assert stability(few, few, weights) == pytest.approx(stability(old, new), abs=0.002)
    assert stability(old, new, (np.ones(1000), np.ones(1000))) == stability(old, new)
