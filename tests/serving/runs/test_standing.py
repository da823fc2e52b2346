"""Standing: percentiles, quadrants, and who is placed by them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from serving.records.record import SCHEMA
from serving.runs.standing import QUANTILES, Standing, percentile, quadrant
from tests.serving.ruled import record


@given(arrays(np.float64, st.integers(1, 40), elements=st.integers(0, 5).map(float)))
def test_percentile_is_the_mid_rank_of_scipy(values: np.ndarray) -> None:
    expected = 100 * (rankdata(values) - 0.5) / len(values)
    np.testing.assert_allclose(percentile(values, np.sort(values)), expected)


def test_nobody_asked_has_no_percentile() -> None:
    nobody = np.array([np.nan, np.nan])
    assert np.isnan(percentile(nobody, np.array([]))).all()


def test_among_nobody_there_is_no_percentile() -> None:
    assert np.isnan(percentile(np.array([0.3]), np.array([]))).all()


def test_where_no_spend_is_known_nobody_has_a_quadrant() -> None:
    assert quadrant(np.array([9.0]), np.array([0.3]), rich=np.nan, loud=0.5) == [None]


def test_quadrants() -> None:
    spend = np.array([10.0, 10.0, 1.0, 1.0, np.nan, 10.0])
    chance = np.array([0.5, 0.1, 0.5, 0.1, 0.5, np.nan])
    expected = ["champion", "affluent", "advocate", "miser", None, None]
    assert quadrant(spend, chance, rich=10.0, loud=0.5) == expected


@given(
    arrays(np.float64, st.integers(1, 30), elements=st.integers(-9, 9).map(float)),
    st.sampled_from([0.01, 0.25, 0.5, 0.75, 0.9]),
)
def test_high_value_starts_at_a_quantile_of_spend(values: np.ndarray, share: float) -> None:
    run = pa.concat_tables(record(expected_spend=value) for value in values)
    standing = Standing.of(run, share)
    assert standing.high_spend == pytest.approx(np.quantile(values, share))
    assert Standing.from_json(standing.to_json()).high_spend == standing.high_spend


def run() -> pa.Table:
    return pa.concat_tables(
        record(churn_probability=p, advocate_probability=a, expected_spend=s)
        for p, a, s in ((0.1, 0.9, 50.0), (0.3, None, 20.0), (None, 0.1, None))
    )


def test_a_run_places_its_own_records() -> None:
    placed = Standing.of(run(), 0.5).place(run(), advocacy_rate=0.5)
    assert placed.schema == SCHEMA
    assert placed["churn_percentile"].to_pylist() == [25, 75, None]
    assert placed["advocacy_percentile"].to_pylist() == [75, None, 25]
    assert placed["quadrant"].to_pylist() == ["champion", None, None]


def test_a_large_run_keeps_enough_of_its_probabilities_to_place_anybody_in_it() -> None:
    every = np.sort(np.random.default_rng(3).beta(1, 9, 50_000))
    kept = np.array(Standing(every, every, 1.0).to_json()["churn"])
    assert len(kept) == QUANTILES
    assert (kept[0], kept[-1]) == (every[0], every[-1])
    np.testing.assert_allclose(percentile(every, kept), percentile(every, every), atol=0.1)


def test_a_customer_scored_live_is_placed_in_the_run() -> None:
    live = record(churn_probability=0.2, advocate_probability=0.95, expected_spend=5.0)
    placed = Standing.of(run(), 0.5).place(live, advocacy_rate=0.5).to_pylist()[0]
    assert (placed["churn_percentile"], placed["advocacy_percentile"]) == (50, 100)
    assert placed["quadrant"] == "advocate"
