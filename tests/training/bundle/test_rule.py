"""What simple rules look at, told by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.bundle.rule import terms

NOT = math.nan
FACTS = {
    "days_since_activity": np.array([0.0, 16.0, NOT]),
    "gap_count": np.array([0.0, 3.0, NOT]),
    "gap_mean_log": np.array([NOT, math.log(4.0), NOT]),
    "activity_days": np.array([1.0, 4.0, NOT]),
    "spend_ever": np.array([99.0, -9.0, NOT]),
    "referred_ever": np.array([0.0, 2.0, NOT]),
    "shared_ever": np.array([1.0, 0.0, NOT]),
    "reviewed_positive_ever": np.array([0.0, 5.0, NOT]),
}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("recency", [0.0, math.log(17.0), 0.0]),
        # Three gaps of their own, of 4 days, count as much as the shop's of 16: 8 are usual.
        ("rhythm", [0.0, math.log(1.0 + 16.0 / 8.0), 0.0]),
        ("frequency", [math.log(2.0), math.log(5.0), 0.0]),
        ("money", [math.log(100.0), -math.log(10.0), 0.0]),
        ("refer_times", [0.0, math.log(3.0), 0.0]),
        ("advocate_times", [math.log(2.0), math.log(8.0), 0.0]),
        ("review_ever", [0.0, 1.0, 0.0]),
        ("advocate_ever", [1.0, 1.0, 0.0]),
        ("alike", [0.0, 0.0, 0.0]),
    ],
)
def test_a_term_is_what_its_name_says_and_nothing_of_who_has_none(
    term: str, expected: list[float]
) -> None:
    (found,) = terms((term,), FACTS, {"shop_mean_log_gap": math.log(16.0)}).T
    assert found.tolist() == pytest.approx(expected)
