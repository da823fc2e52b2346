from __future__ import annotations

import numpy as np
import pytest

from training.evaluation import Settings
from training.spending import found

QUICK = Settings(resamples=200)


def test_figures_are_those_computed_by_hand() -> None:
    spent = np.array([0.0, 10.0, 20.0, 30.0])
    judged = found(spent, np.array([1.0, 3.0, 2.0, 60.0]), spent[::-1].copy(), QUICK)
    assert judged.correlation.value == pytest.approx(0.8)
    assert judged.baseline.value == pytest.approx(-1.0)
    assert judged.gain.value == pytest.approx(1.8)
    assert judged.total_error == pytest.approx(0.1)
    assert judged.deciles == ((1.0, 0.0), (2.0, 20.0), (3.0, 10.0), (60.0, 30.0))


def test_the_interval_covers_and_narrows_with_rows() -> None:
    draw = np.random.default_rng(0)
    widths = []
    for rows in (200, 5_000):
        truth = draw.gamma(2.0, 20.0, rows)
        spent = truth * draw.gamma(2.0, 0.5, rows)
        judged = found(spent, truth, draw.random(rows), QUICK)
        assert judged.correlation.low < judged.correlation.value < judged.correlation.high
        assert judged.gain.low > 0
        assert judged.total.low < judged.total_error < judged.total.high
        assert judged.total.low < 0 < judged.total.high, "amounts are right on average"
        assert judged.baseline.low < 0 < judged.baseline.high
        widths.append(judged.correlation.high - judged.correlation.low)
    assert widths[1] < widths[0] / 3


def test_the_verdict_says_which_way_the_total_is_off() -> None:
    spent = np.linspace(0.0, 100.0, 60)
    assert "the total is 50% too low (-50 to -50%)" in found(spent, spent / 2, spent, QUICK).verdict
    assert (
        "the total is 20% too high (+20 to +20%)" in found(spent, spent * 1.2, spent, QUICK).verdict
    )
