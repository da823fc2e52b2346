from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

from training.bundle.arrays import Floats
from training.card import ASSUMED
from training.statistics.metrics import Ranking, bins, figures
from training.statistics.tally import METRICS, Campaign


def raw_error(labels: Floats, said: Floats) -> float:
    """Return the calibration error without a correction for chance."""
    order = np.argsort(-said, kind="stable")
    sums = np.add.reduceat((labels - said)[order], bins(said[order]))
    return float(np.abs(sums).sum() / len(said))


@given(st.integers(0, 10_000), st.integers(2, 60), st.booleans())
def test_agrees_with_scikit_learn_also_with_ties_and_weights(
    seed: int, rows: int, tied: bool
) -> None:
    draw = np.random.default_rng(seed)
    said = np.clip(draw.random(rows), 0.01, 0.99)
    said = np.round(said, 1).clip(0.01, 0.99) if tied else said
    labels = (draw.random(rows) < 0.4).astype(float)
    labels[:2] = 0.0, 1.0
    weight = draw.integers(1, 4, rows).astype(float)
    found = Ranking(labels, said).figures(weight)
    oracles = {
        "auroc": roc_auc_score(labels, said, sample_weight=weight),
        "average_precision": average_precision_score(labels, said, sample_weight=weight),
        "log_loss": log_loss(labels, said, sample_weight=weight),
        "brier": brier_score_loss(labels, said, sample_weight=weight),
    }
    for metric, expected in oracles.items():
        assert found[metric] == pytest.approx(expected, abs=1e-9), metric


def test_a_weight_is_so_many_rows() -> None:
    draw = np.random.default_rng(1)
    said, labels = np.round(draw.random(40), 1), draw.integers(0, 2, 40).astype(float)
    weight = draw.integers(0, 4, 40)
    apart = Ranking(labels, said).figures(weight.astype(float))
    together = figures(np.repeat(labels, weight), np.repeat(said, weight))
    for metric in set(METRICS) - {"ece"}:
        assert apart[metric] == pytest.approx(together[metric], abs=1e-9), metric


def test_lift_and_gain_by_hand() -> None:
    labels = np.zeros(100)
    labels[[0, 1, 2, 50]] = 1.0
    found = figures(labels, np.linspace(0.9, 0.1, 100))
    assert found["gain_1"] == pytest.approx(1 / 4)
    assert found["gain_5"] == pytest.approx(3 / 4)
    assert found["lift_5"] == pytest.approx(15.0)
    assert found["lift_20"] == pytest.approx(3.75)


def test_customers_who_tie_share_what_is_reached() -> None:
    labels = np.r_[np.ones(10), np.zeros(90)]
    found = figures(labels, np.full(100, 0.1))
    assert [found["lift_1"], found["lift_10"], found["gain_20"]] == pytest.approx([1, 1, 0.2])
    assert found["auroc"] == 0.5


@given(st.integers(0, 10_000), st.integers(2, 300))
def test_figures_do_not_hang_on_the_order_of_customers(seed: int, rows: int) -> None:
    """Ids often tell who came first, and who came first may leave less."""
    draw = np.random.default_rng(seed)
    said, labels = np.round(draw.random(rows), 1), np.sort(draw.integers(0, 2, rows).astype(float))
    labels[0], labels[-1] = 0.0, 1.0
    mixed = draw.permutation(rows)
    found, again = figures(labels, said), figures(labels[mixed], said[mixed])
    assert list(again.values()) == pytest.approx(list(found.values()))


def test_one_probability_for_all_is_calibrated_where_the_rate_is_right() -> None:
    labels = np.repeat([0.0, 1.0], [900, 100])
    assert figures(labels, np.full(1000, 0.1))["ece"] == 0.0
    assert raw_error(labels, np.full(1000, 0.15)) == pytest.approx(0.05)
    assert 0.035 < figures(labels, np.full(1000, 0.15))["ece"] < 0.05


def test_profit_is_taken_at_the_best_cut() -> None:
    labels, said = np.array([1.0, 0.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    # Two reached at 0.3 (1 - 0.1) each, three contacts at 0.01, an offer wasted, among five.
    assert figures(labels, said)["profit"] == pytest.approx((2 * 0.27 - 3 * 0.01 - 0.1) / 5)
    assert figures(np.array([0.0, 0.0, 0.0, 1.0]), np.linspace(0.9, 0.1, 4))["profit"] == 0.0


def test_contacting_pays_from_the_probability_that_the_card_says() -> None:
    """As many contacts as it takes to lose by the stayers what the leavers bring."""
    assert f"from a probability of {100 * Campaign().threshold:.0f}%" in ASSUMED
    labels = (np.arange(10_000) < round(10_000 * Campaign().threshold)).astype(float)
    profit = figures(labels, np.full(10_000, 0.5))["profit_100"]
    assert profit == pytest.approx(0.0, abs=1e-4)


def test_profit_of_a_list_of_any_length_may_be_a_loss() -> None:
    labels = np.zeros(100)
    labels[[0, 1, 2, 50]] = 1.0
    found = figures(labels, np.linspace(0.9, 0.1, 100))
    # Reached at 0.3 (1 - 0.1) each, every contact at 0.01, an offer of 0.1 wasted on the others.
    assert found["profit_1"] == pytest.approx((0.27 - 0.01) / 100)
    assert found["profit_5"] == pytest.approx((3 * 0.27 - 5 * 0.01 - 2 * 0.1) / 100)
    assert found["profit_100"] == pytest.approx((4 * 0.27 - 100 * 0.01 - 96 * 0.1) / 100)


def test_calibration_error_is_net_of_chance() -> None:
    draw = np.random.default_rng(2)
    nets, raws = [], []
    for _ in range(60):
        said = draw.beta(1, 4, 400)
        labels = (draw.random(400) < said).astype(float)
        nets.append(figures(labels, said)["ece"])
        raws.append(raw_error(labels, said))
    # What chance alone shows, about 0.04 here, is taken off; half of the rest is floored at 0.
    assert np.mean(raws) > 0.03
    assert np.mean(nets) < 0.01


def test_calibration_error_shows_a_shift() -> None:
    draw = np.random.default_rng(3)
    truth = draw.beta(2, 4, 20_000)
    labels = (draw.random(20_000) < truth).astype(float)
    assert figures(labels, truth + 0.1)["ece"] == pytest.approx(0.1, abs=0.01)


def test_chance_is_what_redrawn_labels_show() -> None:
    draw = np.random.default_rng(4)
    said = draw.beta(0.2, 6, 800)
    labels = np.zeros(800)
    errors = [raw_error((draw.random(800) < said).astype(float), said) for _ in range(400)]
    chance = raw_error(labels, said) - Ranking(labels, said).net_calibration_error()
    assert chance == pytest.approx(np.mean(errors), rel=0.05)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_has_no_figures(label: float) -> None:
    assert all(np.isnan(value) for value in figures(np.full(5, label), np.full(5, 0.5)).values())
