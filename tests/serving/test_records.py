"""The record: ranks, tiers, quadrants and JSON."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from serving import records

CONTRACT = (
    "customer_id, as_of, churn_horizon_days, advocacy_horizon_days, model_version, basis, "
    "churn_probability, churn_percentile, risk_tier, return_probability, spend_if_stays, "
    "expected_spend, value_at_risk, extended_value_at_risk, refer_probability, share_probability, "
    "review_probability, advocate_probability, advocacy_percentile, rung, quadrant, "
    "expected_next_order, reasons, bases, held_out, suppressed"
)


def record(**values: object) -> pa.Table:
    """One record: what is given, else null."""
    needed: dict[str, object] = {
        "customer_id": "c/1",
        "as_of": date(2026, 3, 1),
        "model_version": "abc",
        "held_out": False,
        "suppressed": False,
    }
    return pa.Table.from_pylist([needed | values], schema=records.SCHEMA)


def test_the_columns_are_the_contract() -> None:
    assert ", ".join(records.SCHEMA.names) == CONTRACT


@given(arrays(np.float64, st.integers(1, 40), elements=st.integers(0, 5).map(float)))
def test_percentile_is_the_mid_rank_of_scipy(values: np.ndarray) -> None:
    expected = 100 * (rankdata(values) - 0.5) / len(values)
    np.testing.assert_allclose(records.percentile(values, np.sort(values)), expected)


def test_nobody_asked_has_no_percentile() -> None:
    nobody = np.array([np.nan, np.nan])
    assert np.isnan(records.percentile(nobody, np.array([]))).all()


def tiers(chance: list[float], lapsed: list[bool], base_rate: float | None) -> list[str | None]:
    return records.risk_tier(
        np.array(chance), np.array(lapsed), base_rate=base_rate, medium_odds=1.0, high_odds=2.0
    )


def test_tiers_compare_odds_with_the_base_odds() -> None:
    # Base rate 0.2: odds 1/4. Twice that is 1/2, a probability of 1/3.
    chance = [0.19, 0.21, 0.33, 0.34, 1.0, np.nan, np.nan]
    expected = ["low", "medium", "medium", "high", "high", "lost", None]
    assert tiers(chance, [False] * 5 + [True, False], 0.2) == expected


def test_exactly_the_base_rate_is_medium() -> None:
    assert tiers([0.25], [False], 0.25) == ["medium"]


def test_where_churn_was_not_learnt_only_the_lapsed_have_a_tier() -> None:
    assert tiers([np.nan, np.nan], [True, False], None) == ["lost", None]


def test_quadrants() -> None:
    spend = np.array([10.0, 10.0, 1.0, 1.0, np.nan, 10.0])
    chance = np.array([0.5, 0.1, 0.5, 0.1, 0.5, np.nan])
    expected = ["champion", "affluent", "advocate", "miser", None, None]
    assert records.quadrant(spend, chance, rich=10.0, loud=0.5) == expected


@given(
    arrays(np.float64, st.integers(1, 30), elements=st.integers(-9, 9).map(float)),
    st.sampled_from([0.01, 0.25, 0.5, 0.75, 0.9]),
)
def test_high_value_starts_at_a_quantile_of_spend(values: np.ndarray, share: float) -> None:
    run = pa.concat_tables(record(expected_spend=value) for value in values)
    standing = records.Standing.of(run, share)
    assert standing.high_spend == pytest.approx(np.quantile(values, share))
    assert records.Standing.from_json(standing.to_json()).high_spend == standing.high_spend


def run() -> pa.Table:
    return pa.concat_tables(
        record(churn_probability=p, advocate_probability=a, expected_spend=s)
        for p, a, s in ((0.1, 0.9, 50.0), (0.3, None, 20.0), (None, 0.1, None))
    )


def test_a_run_places_its_own_records() -> None:
    placed = records.Standing.of(run()).place(run(), advocacy_rate=0.5)
    assert placed.schema == records.SCHEMA
    assert placed["churn_percentile"].to_pylist() == [25, 75, None]
    assert placed["advocacy_percentile"].to_pylist() == [75, None, 25]
    assert placed["quadrant"].to_pylist() == ["champion", None, None]


def test_a_customer_scored_live_is_placed_in_the_run() -> None:
    live = record(churn_probability=0.2, advocate_probability=0.95, expected_spend=5.0)
    placed = records.Standing.of(run()).place(live, advocacy_rate=0.5).to_pylist()[0]
    assert (placed["churn_percentile"], placed["advocacy_percentile"]) == (50, 100)
    assert placed["quadrant"] == "advocate"


def test_json_says_known_and_contact_and_writes_dates_as_text() -> None:
    run = record(churn_probability=0.25, reasons=["Ünicode"], bases={"churn": "model"})
    body = json.loads(records.to_json(run)[0])
    assert list(body)[:2] == ["customer_id", "known"]
    assert (body["known"], body["contact"], body["as_of"]) == (True, "yes", "2026-03-01")
    assert body["bases"]["churn"] == "model"
    assert body["bases"]["refer"] is None
    assert body["reasons"] == ["Ünicode"]
    assert body["return_probability"] is None


@pytest.mark.parametrize(
    ("flags", "contact"),
    [
        ({"suppressed": True, "held_out": True}, "no"),
        ({"held_out": True}, "held_out"),
        ({}, "yes"),
    ],
)
def test_contact_says_no_before_held_out(flags: dict[str, bool], contact: str) -> None:
    assert json.loads(records.to_json(record(**flags))[0])["contact"] == contact
