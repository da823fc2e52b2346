from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_tweedie_deviance

from training.statistics import deviance
from training.statistics.regression import losses

AMOUNTS = st.lists(st.floats(0.0, 1e4), min_size=2, max_size=20)


@given(AMOUNTS, st.floats(-6.0, 6.0))
def test_it_is_the_deviance_that_others_compute(amounts: list[float], score: float) -> None:
    labels, said = np.array(amounts), np.full(len(amounts), score)
    expected = mean_tweedie_deviance(labels, np.exp(said), power=deviance.POWER)
    assert deviance.of("log", labels, said).mean() == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(AMOUNTS, st.floats(0.05, 3.0))
def test_no_amount_for_everybody_beats_their_mean(amounts: list[float], off: float) -> None:
    labels = np.array(amounts) + 1e-3
    best, *others = (
        deviance.of("log", labels, np.full(len(labels), np.log(labels.mean()) + by)).mean()
        for by in (0.0, off, -off)
    )
    assert best < min(others)


def test_a_yes_or_no_is_compared_by_its_log_loss() -> None:
    labels, score = np.array([0.0, 1.0]), np.array([-1.0, 2.0])
    np.testing.assert_array_equal(
        deviance.of("logit", labels, score), losses("logit", labels, score)
    )
