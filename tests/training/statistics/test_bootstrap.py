from __future__ import annotations

import numpy as np
import pytest

from training.bundle.odds import sigmoid
from training.statistics.bootstrap import resample
from training.statistics.metrics import Ranking, figures
from training.statistics.tally import METRICS


def test_the_value_is_the_figure_on_all_rows() -> None:
    draw = np.random.default_rng(1)
    said = draw.random(300)
    labels = (draw.random(300) < said).astype(float)
    found = resample(labels, {"model": said}, np.arange(300), resamples=50)
    for metric, value in figures(labels, said).items():
        estimate = found.estimate("model", metric)
        assert estimate.value == pytest.approx(value)
    auroc = found.estimate("model", "auroc")
    assert auroc.low < auroc.value < auroc.high


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    draw = np.random.default_rng(2)
    truth = 1 / (1 + 1 / 4)  # P(x > y) for exponentials of rates 1 and 4
    covered = 0
    for seed in range(60):
        score = np.r_[draw.exponential(1.0, 150), draw.exponential(0.25, 150)]
        labels = np.r_[np.ones(150), np.zeros(150)]
        found = resample(
            labels, {"m": score / (1 + score)}, np.arange(300), resamples=120, seed=seed
        )
        auroc = found.estimate("m", "auroc")
        covered += auroc.low <= truth <= auroc.high
    assert covered >= 50


def test_rows_of_a_customer_are_drawn_together() -> None:
    draw = np.random.default_rng(3)
    said = draw.random(100)
    labels = (draw.random(100) < said).astype(float)
    alone = resample(labels, {"m": said}, np.arange(100))
    tenfold = resample(np.repeat(labels, 10), {"m": np.repeat(said, 10)}, np.arange(1000) // 10)
    for metric in ("auroc", "log_loss"):
        one, ten = (r.estimate("m", metric) for r in (alone, tenfold))
        assert ten.high - ten.low == pytest.approx(one.high - one.low, rel=0.2)


def test_a_paired_difference_is_sharper_than_two_intervals() -> None:
    draw = np.random.default_rng(4)
    score = draw.normal(size=2000)
    labels = (draw.random(2000) < sigmoid(score)).astype(float)
    models = {"good": sigmoid(score), "worse": sigmoid(score + 0.4 * draw.normal(size=2000))}
    found = resample(labels, models, np.arange(2000))
    apart = found.difference("good", "worse", "auroc")
    assert apart.low > 0
    whole = found.estimate("good", "auroc")
    assert apart.high - apart.low < 0.6 * (whole.high - whole.low)


def test_a_resample_is_so_many_of_each_customer() -> None:
    draw = np.random.default_rng(5)
    said, labels = np.round(draw.random(90), 1), draw.integers(0, 2, 90).astype(float)
    group, weight = np.arange(90) % 30, draw.integers(1, 3, 90).astype(float)
    times = draw.integers(0, 3, (4, 30)).astype(float)
    ranking = Ranking(labels, said)
    found = ranking.resampled(weight, group, times)
    for row, drawn in zip(found, times, strict=True):
        expected = ranking.figures(weight * drawn[group])
        np.testing.assert_allclose(row, list(expected.values()), atol=1e-12)


def test_a_resample_of_everybody_once_has_the_figures_of_all_rows() -> None:
    """Of more rows than cuts, too: what the cuts miss is taken off again."""
    draw = np.random.default_rng(7)
    said = draw.random(3_000)
    ranking = Ranking((draw.random(3_000) < said).astype(float), said)
    (found,) = ranking.resampled(None, np.arange(3_000) % 50, np.ones((1, 50)))
    np.testing.assert_allclose(found, list(ranking.figures().values()), atol=1e-9)


def test_a_gain_is_above_nothing_where_the_model_is_better_in_any_figure() -> None:
    draw = np.random.default_rng(8)
    score = draw.normal(size=2_000)
    labels = (draw.random(2_000) < sigmoid(score)).astype(float)
    models = {"good": sigmoid(score), "worse": np.full(2_000, 0.5)}
    gains = resample(labels, models, np.arange(2_000)).gains("good", "worse")
    for figure in ("auroc", "log_loss", "brier", "profit"):
        assert 0 < gains[figure].low < gains[figure].value < gains[figure].high, figure


def test_many_customers_are_drawn_in_groups_and_intervals_stay_as_wide() -> None:
    draw = np.random.default_rng(6)
    score = draw.normal(size=8_000) - 2.0
    labels, said = (draw.random(8_000) < sigmoid(score)).astype(float), sigmoid(score)
    found = resample(labels, {"m": said}, np.arange(8_000), resamples=400)
    ranking = Ranking(labels, said)
    times = draw.multinomial(8_000, np.full(8_000, 1 / 8_000), 400).astype(float)
    one_by_one = np.array([list(ranking.figures(drawn).values()) for drawn in times])
    for metric in ("auroc", "average_precision", "log_loss", "lift_5", "profit"):
        low, high = np.quantile(one_by_one[:, METRICS.index(metric)], [0.025, 0.975])
        estimate = found.estimate("m", metric)
        assert estimate.high - estimate.low == pytest.approx(high - low, rel=0.2), metric
        assert estimate.low < estimate.value < estimate.high


def test_no_resample_reaches_more_than_everybody() -> None:
    """A resample looks at 500 cuts: added to it, what they miss is no more than all there are."""
    labels = np.zeros(2_557)
    labels[[2, 45, 66, 70, 82, 93, 94, 95, 122, 127, 1_278]] = 1.0
    said = {"model": np.linspace(0.9, 0.1, len(labels))}
    found = resample(labels, said, np.arange(len(labels)))
    for metric, most in (("gain_5", 1.0), ("lift_5", 20.0), ("gain_10", 1.0), ("auroc", 1.0)):
        drawn = found.drawn("model", metric)
        assert 0 <= drawn.min() <= drawn.max() <= most, metric


def test_the_same_seed_gives_the_same_interval() -> None:
    said, labels = np.linspace(0.1, 0.9, 50), np.tile([0.0, 1.0], 25)
    first, again = (resample(labels, {"m": said}, np.arange(50)) for _ in range(2))
    np.testing.assert_array_equal(first.draws["m"], again.draws["m"])


def test_what_cannot_be_computed_is_null() -> None:
    found = resample(np.zeros(10), {"m": np.full(10, 0.5)}, np.arange(10), resamples=5)
    assert found.estimate("m", "auroc").to_json() == {"value": None, "low": None, "high": None}
