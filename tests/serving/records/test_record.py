"""The record: columns, tiers and JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from serving.records.record import SCHEMA, risk_tier, to_json
from tests.serving.ruled import record

CONTRACT = (
    "customer_id, as_of, churn_horizon_days, advocacy_horizon_days, model_version, basis, "
    "churn_probability, churn_percentile, risk_tier, return_probability, spend_if_stays, "
    "expected_spend, value_at_risk, extended_value_at_risk, refer_probability, share_probability, "
    "review_probability, advocate_probability, advocacy_percentile, rung, quadrant, "
    "expected_next_order, reasons, bases, held_out, suppressed"
)


def test_the_columns_are_the_contract() -> None:
    assert ", ".join(SCHEMA.names) == CONTRACT


def tiers(chance: list[float], lapsed: list[bool], base_rate: float | None) -> list[str | None]:
    return risk_tier(
        np.array(chance), np.array(lapsed), base_rate=base_rate, medium_odds=1.0, high_odds=2.0
    )


def test_tiers_compare_odds_with_the_base_odds() -> None:
    # Base rate 0.2: odds 1/4. Twice that is 1/2, a probability of 1/3.
    chance = [0.19, 0.21, 0.33, 0.34, 1.0, np.nan, np.nan]
    expected = ["low", "medium", "medium", "high", "high", "lost", None]
    assert tiers(chance, [False] * 5 + [True, False], 0.2) == expected


def test_exactly_the_base_odds_are_medium_and_twice_them_are_high() -> None:
    for rate in (0.1, 0.2, 0.25):
        twice = 2 * rate / (1 + rate)  # whose odds are twice those of the rate
        assert tiers([rate, twice], [False] * 2, rate) == ["medium", "high"]


def test_where_churn_was_not_learnt_only_the_lapsed_have_a_tier() -> None:
    assert tiers([np.nan, np.nan], [True, False], None) == ["lost", None]


def test_json_says_known_and_contact_and_writes_dates_as_text() -> None:
    run = record(churn_probability=0.25, reasons=["Ünicode"], bases={"churn": "model"})
    body = json.loads(to_json(run)[0])
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
    assert json.loads(to_json(record(**flags))[0])["contact"] == contact
