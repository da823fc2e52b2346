from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.bundle.affine import Affine
from training.bundle.arrays import Floats32
from training.bundle.habit import COLUMNS, Habit
from training.bundle.rule import Rule

NAMES = (
    "spend",
    "silence_days",
    "active_days_ever",
    "active_since_days",
    "silence_over_gap_mean",
)
BUYS = Rule(
    name="bg_nbd",
    terms=("quiet",),
    weights=(0.9,),
    intercept=-0.2,
    parameters={"r": 0.24, "alpha": 30.0, "a": 0.8, "b": 2.4, "horizon": 90.0},
    calibration=Affine(1.0, (0.0, 0.0, 0.0)),
)
READS = {fact: COLUMNS[fact] for fact in BUYS.facts}
HABIT = Habit(BUYS, READS, "silence_over_gap_mean", 0.4, 0.2, NAMES)


def _customer(silence: float, days: float, since: float) -> Floats32:
    gap = silence / max(1.0, (since - silence) / max(1.0, days - 1.0))
    return np.array([[12.0, silence, days, since, gap]], dtype=np.float32)


@given(
    st.floats(0.0, 1e4, width=32),
    st.integers(1, 400),
    st.floats(0.0, 2000.0, width=32),
)
def test_one_column_tells_what_the_rule_says_of_the_same_facts(
    silence: float, days: int, span: float
) -> None:
    features = _customer(silence, float(days), silence + span)
    parts = HABIT.contributions(features)[0]
    assert parts.shape == (len(NAMES) + 1,)
    facts = {
        fact: features[:, NAMES.index(column)].astype(np.float64) for fact, column in READS.items()
    }
    assert parts.sum() == pytest.approx(BUYS.score(facts)[0], abs=1e-9)
    assert np.flatnonzero(parts[:-1]).tolist() in ([4], [])


def test_silence_speaks_for_leaving_and_a_frequent_buyer_for_staying() -> None:
    at = NAMES.index("silence_over_gap_mean")
    silent, fresh, rare = (
        HABIT.contributions(_customer(*customer))[0][at]
        for customer in ((300.0, 9.0, 500.0), (2.0, 9.0, 500.0), (2.0, 2.0, 500.0))
    )
    assert fresh < rare < silent
    assert fresh < 0.0 < silent


def test_a_customer_without_rows_is_scored_like_one_with_none() -> None:
    missing = np.full((1, len(NAMES)), np.nan, dtype=np.float32)
    assert HABIT.score(missing) == HABIT.score(np.zeros((1, len(NAMES)), dtype=np.float32))


def test_travels_as_json() -> None:
    features = _customer(17.5, 4.0, 300.0)
    again = Habit.from_json(json.loads(json.dumps(HABIT.to_json())), NAMES)
    assert again.share == HABIT.share
    np.testing.assert_array_equal(again.score(features), HABIT.score(features))
    np.testing.assert_array_equal(again.contributions(features), HABIT.contributions(features))
