"""A row that stands for several counts as if it were there as often."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from training.learning.baselines import shop_mean_log_gap
from training.learning.bgnbd import fit
from training.money.next_order import next_order
from training.statistics import weighted

DRAW = np.random.default_rng(5)
VALUES = DRAW.normal(size=400).round(2)
TIMES = DRAW.integers(1, 6, 400)
WEIGHT = TIMES.astype(np.float64)
REPEATED = np.repeat(VALUES, TIMES)


def test_ranks_are_those_of_repeated_rows() -> None:
    found = np.repeat(weighted.ranks(VALUES, WEIGHT), TIMES)
    assert np.allclose(found, rankdata(REPEATED))
    assert np.array_equal(weighted.ranks(VALUES), rankdata(VALUES))


def test_quantiles_are_those_of_repeated_rows() -> None:
    at = np.array([0.1, 0.5, 0.9])
    expected = np.quantile(REPEATED, at, method="hazen")
    assert weighted.quantile(VALUES, at, WEIGHT) == pytest.approx(expected, abs=0.02)
    assert weighted.median(VALUES) == np.median(VALUES)
    assert weighted.median(VALUES, np.ones(400)) == pytest.approx(np.median(VALUES))


def test_money_and_rhythm_are_the_shops() -> None:
    facts = {
        "gap_count": DRAW.integers(0, 9, 400).astype(np.float64),
        "gap_mean_log": DRAW.normal(3.0, 1.0, 400),
        "days_since_activity": DRAW.uniform(0, 90, 400),
    }
    repeated = {name: np.repeat(values, TIMES) for name, values in facts.items()}
    assert shop_mean_log_gap(facts, WEIGHT) == pytest.approx(shop_mean_log_gap(repeated))
    ahead = DRAW.uniform(0, 60, 400)
    found = next_order(facts, ahead, 60, WEIGHT)
    shop = next_order(repeated, np.repeat(ahead, TIMES), 60)
    assert found is not None
    assert shop is not None
    assert found.edges == pytest.approx(shop.edges, rel=0.02)
    assert np.mean(found.medians) == pytest.approx(np.mean(shop.medians), rel=0.03)


def test_bg_nbd_is_fitted_to_the_shop() -> None:
    days = DRAW.integers(1, 12, 400).astype(np.float64)
    first = DRAW.uniform(200, 700, 400)
    facts = {
        "activity_days": days,
        "days_since_first_activity": first,
        "days_since_activity": np.where(days > 1, first * DRAW.uniform(0, 1, 400), first),
    }
    found = fit(facts, WEIGHT)
    shop = fit({name: np.repeat(values, TIMES) for name, values in facts.items()})
    for name in ("r", "alpha"):
        assert found[name] == pytest.approx(shop[name], rel=0.02), name
