from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.judging import curves
from training.judging.curves import Scores
from training.statistics.metrics import figures

Rows = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def rows() -> Rows:
    draw = np.random.default_rng(0)
    probability = draw.random(1000)
    return (draw.random(1000) < probability).astype(float), probability


def test_the_bins_hold_everybody_once_and_keep_the_means(rows: Rows) -> None:
    labels, probability = rows
    bins = curves.reliability(labels, probability)
    customers = np.array([b["customers"] for b in bins])
    assert customers.tolist() == [100] * 10
    for name, values in (("predicted", probability), ("happened", labels)):
        means = np.array([b[name] for b in bins])
        assert (customers @ means) / 1000 == pytest.approx(values.mean(), abs=1e-5)
    assert max(abs(b["predicted"] - b["happened"]) for b in bins) < 0.12


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
def test_a_gain_rises_from_nobody_to_everybody(made: list[tuple[bool, int]]) -> None:
    labels = np.array([float(happened) for happened, _ in made])
    found = curves.gain(labels, np.array([level / 5 for _, level in made]))
    assert found[0] == 0.0
    assert found[-1] == (1.0 if labels.any() else 0.0)
    assert found == sorted(found)


def test_curves_of_a_rule_that_ties_do_not_hang_on_the_order_of_customers() -> None:
    labels = np.repeat([0.0, 1.0, 0.0], [50, 100, 850])
    said = np.repeat([0.5, 0.1], [100, 900])
    mixed = np.random.default_rng(1).permutation(1000)
    for curve in (curves.gain, curves.reliability):
        assert curve(labels[mixed], said[mixed]) == curve(labels, said)
    found, figure = curves.gain(labels, said), figures(labels, said)
    for share in (1, 5, 10, 20):
        assert found[curves.SHARES.index(share)] == pytest.approx(figure[f"gain_{share}"], abs=1e-6)
    low, high = curves.reliability(labels, said)
    assert [low["customers"], high["customers"]] == [900, 100]
    assert [low["happened"], high["happened"]] == pytest.approx([50 / 900, 0.5], abs=1e-6)


def test_the_spread_counts_everybody_in_their_class(rows: Rows) -> None:
    labels, probability = rows
    found = curves.of(Scores(labels, probability, probability / 2, probability))["spread"]
    assert sum(found["happened"]) == labels.sum()
    assert sum(found["did_not"]) == (1 - labels).sum()
    assert found["edges"][-1] == 1.0


def test_an_interval_of_what_happened_holds_the_truth_and_counts_a_sample_as_rows(
    rows: Rows,
) -> None:
    labels, probability = rows
    plain = curves.reliability(labels, probability)
    assert sum(one["low"] <= one["predicted"] <= one["high"] for one in plain) >= 8
    sampled = curves.reliability(labels, probability, np.full(1000, 50.0))
    assert [(one["low"], one["high"]) for one in sampled] == [
        (one["low"], one["high"]) for one in plain
    ]
    assert [one["customers"] for one in sampled] == [5_000] * 10
    told = curves.spread(labels, probability, np.full(1000, 50.0))
    assert sum(told["happened"]) == 50 * labels.sum()


def test_a_row_of_a_sample_is_drawn_as_those_it_stands_for(rows: Rows) -> None:
    labels, probability = rows
    weight = np.arange(1000) % 4
    told = curves.of(Scores(labels, probability, probability, probability, weight.astype(float)))
    every = [np.repeat(each, weight) for each in (labels, *[probability] * 3)]
    apart = curves.of(Scores(*every))
    assert told["gain"]["model"] == pytest.approx(apart["gain"]["model"], abs=1e-6)
    assert told["spread"] == apart["spread"]
    tenths = told["reliability"]["served"]
    counts = np.array([one["customers"] for one in tenths])
    assert counts.sum() == weight.sum()
    for name, values in (("predicted", probability), ("happened", labels)):
        mean = counts @ [one[name] for one in tenths] / counts.sum()
        assert mean == pytest.approx(np.average(values, weights=weight), abs=1e-5)
