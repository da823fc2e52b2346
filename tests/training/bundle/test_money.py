from __future__ import annotations

import json

import numpy as np
import pytest

from training.bundle.money import (
    Friends,
    Money,
    NextOrder,
    expected_spend,
    value_at_risk,
)

P = np.array([0.25, 1.0])
STAYS, LEAVES = np.array([80.0, 10.0]), np.array([20.0, 30.0])


def test_expected_spend_by_hand() -> None:
    assert expected_spend(P, STAYS, LEAVES).tolist() == [0.75 * 80 + 0.25 * 20, 30.0]


def test_value_at_risk_by_hand_and_never_below_zero() -> None:
    assert value_at_risk(P, STAYS, LEAVES).tolist() == [0.25 * 60, 0.0]


def test_friends_carry_the_probability_to_the_churn_horizon() -> None:
    friends = Friends(per_referrer=1.5, value=40.0)
    # 1 - (1 - 0.19)^(90 / 180) = 1 - 0.9
    expected = friends.expected(np.array([0.19, 0.0, 1.0]), 90, 180)
    assert expected == pytest.approx([0.15, 0.0, 1.5], abs=1e-6)
    extended = friends.extended(np.array([15.0]), np.array([0.25]), expected[:1])
    assert extended == pytest.approx([15.0 + 0.25 * 0.15 * 40.0])


def test_the_next_order_is_due_by_the_customers_own_gap() -> None:
    due = NextOrder(np.log(10.0), edges=(1.0,), medians=(0.5, 2.0), horizon_days=30)
    facts = {
        "gap_count": np.array([0.0, 0.0, 0.0, 3.0, 0.0]),
        "gap_mean_log": np.array([np.nan, np.nan, np.nan, np.log(40.0), np.nan]),
        "days_since_activity": np.array([2.0, 15.0, np.nan, 5.0, 400.0]),
    }
    # The fourth one's gap is exp((3 log 40 + 3 log 10) / 6) = 20; the last is past the horizon.
    days = due.days({**facts, "gap_count": facts["gap_count"]})
    np.testing.assert_allclose(days, [5.0, 20.0, np.nan, 10.0, 20.0])
    shorter = NextOrder(np.log(10.0), (1.0,), (0.5, 2.0), horizon_days=7)
    np.testing.assert_allclose(shorter.days(facts), [5.0, 7.0, np.nan, 7.0, 7.0])


@pytest.mark.parametrize(
    "money",
    [Money(), Money((0.0, 1.0, 2.0), Friends(1.0, 2.0), NextOrder(1.0, (0.5,), (1.0, 2.0), 30))],
)
def test_money_travels_as_json(money: Money) -> None:
    assert Money.from_json(json.loads(json.dumps(money.to_json()))) == money


def test_leavers_spend_nothing_where_nothing_else_is_known() -> None:
    strata = np.array([0, 2], dtype=np.int8)
    assert Money().leaves(strata).tolist() == [0.0, 0.0]
    assert Money((1.0, 2.0, 3.0)).leaves(strata).tolist() == [1.0, 3.0]
