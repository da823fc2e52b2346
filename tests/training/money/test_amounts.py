from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import mean_tweedie_deviance

from tests.training.made import amounts as rows_of
from training.bundle.arrays import Floats
from training.money import amounts
from training.money.amounts import judge
from training.snapshots.examples import Examples


def made(rows: int, seed: int = 0) -> tuple[Examples, dict[str, Floats]]:
    """Return amounts whose means are known to the model, and a model that only knows the mean."""
    draw = np.random.default_rng(seed)
    truth = draw.gamma(2.0, 20.0, rows)
    spent = truth * draw.gamma(2.0, 0.5, rows) * (draw.random(rows) < 0.9)
    noise = draw.gamma(2.0, 18.0, rows)
    said = {"model": 0.9 * truth, "alike": np.full(rows, 36.0), "noise": noise}
    return rows_of(spent), said


def test_figures_are_those_of_an_independent_computation() -> None:
    spent, said = made(400)
    found = judge(spent, said, resamples=20, seed=7)
    unit = spent.labels.mean()
    for name in ("model", "noise"):
        off = mean_tweedie_deviance(spent.labels / unit, said[name] / unit, power=1.5)
        rank = spearmanr(said[name], spent.labels)[0]
        total = said[name].sum() / spent.labels.sum() - 1
        figures = [found.estimate(name, figure).value for figure in amounts.FIGURES]
        assert figures == pytest.approx([off, rank, total])
    assert found.estimate("alike", "correlation").value == 0.0


def test_a_weight_is_as_many_customers() -> None:
    spent, said = made(200)
    weight = np.random.default_rng(3).integers(1, 4, 200).astype(float)
    times = weight.astype(int)
    weighed = rows_of(spent.labels, spent.customer, weight)
    repeated = rows_of(spent.labels.repeat(times), np.arange(times.sum()))
    one = judge(weighed, said, resamples=1, seed=7)
    many = judge(repeated, {k: v.repeat(times) for k, v in said.items()}, resamples=1, seed=7)
    for name in said:
        for figure in amounts.FIGURES:
            assert one.estimate(name, figure).value == pytest.approx(
                many.estimate(name, figure).value, abs=1e-9
            )
    assert weighed.stands_for == times.sum()
    ours = np.array(amounts.deciles(weighed, said["model"]))
    theirs = np.array(amounts.deciles(repeated, said["model"].repeat(times)))
    np.testing.assert_allclose(ours[:, 0], theirs[:, 0], rtol=0.1)


def test_intervals_cover_and_narrow_with_rows() -> None:
    widths = []
    for rows in (200, 5_000):
        spent, said = made(rows)
        found = judge(spent, said, resamples=200, seed=7)
        rank, total = (found.estimate("model", name) for name in ("correlation", "total_error"))
        assert rank.low < rank.value < rank.high
        assert total.low < total.value < total.high
        for rule in ("alike", "noise"):
            assert found.gain("model", rule, "deviance").low > 0
            assert found.gain("model", rule, "correlation").low > 0
        noise = found.estimate("noise", "correlation")
        assert noise.low < 0 < noise.high
        widths.append(rank.high - rank.low)
    assert widths[1] < widths[0] / 3


def test_the_total_of_a_model_is_better_where_it_is_nearer_whichever_side() -> None:
    spent = rows_of(np.linspace(1.0, 99.0, 60), np.arange(60))
    said = {"model": 0.9 * spent.labels, "rule": 1.3 * spent.labels}
    found = judge(spent, said, resamples=10, seed=7)
    assert found.gain("model", "rule", "total_error").value == pytest.approx(0.2)


def test_figures_are_the_same_in_any_currency_and_finite_where_nobody_spent() -> None:
    spent, said = made(300)
    yen = rows_of(128.0 * spent.labels, spent.customer)
    here = judge(spent, said, resamples=10, seed=7)
    there = judge(yen, {name: 128.0 * one for name, one in said.items()}, resamples=10, seed=7)
    for name, drawn in here.draws.items():
        np.testing.assert_allclose(drawn, there.draws[name], rtol=1e-9)
    nothing = judge(rows_of(np.zeros(300), spent.customer), said, resamples=5, seed=7)
    assert all(np.isfinite(drawn).all() for drawn in nothing.draws.values())


def test_tenths_are_of_customers_from_the_lowest_said() -> None:
    spent = rows_of(np.array([0.0, 10.0, 20.0, 30.0]), np.arange(4))
    said = np.array([1.0, 3.0, 2.0, 60.0])
    assert amounts.deciles(spent, said) == ((1.0, 0.0), (2.0, 20.0), (3.0, 10.0), (60.0, 30.0))


def test_tenths_of_whom_the_same_was_said_are_told_the_same() -> None:
    spent = rows_of(np.arange(100.0), np.arange(100))
    said = np.repeat([7.0, 9.0], [80, 20])
    assert amounts.deciles(spent, said) == ((7.0, 39.5),) * 8 + ((9.0, 89.5),) * 2
