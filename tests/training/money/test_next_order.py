from __future__ import annotations

import numpy as np
import pytest

from training.money.next_order import next_order


def test_next_order_recovers_a_shop_that_orders_like_a_clock() -> None:
    draw = np.random.default_rng(1)
    gap = draw.choice([7.0, 30.0], 4000)
    since = draw.uniform(0, 1, 4000) * gap
    facts = {
        "gap_count": np.full(4000, 50.0),
        "gap_mean_log": np.log(gap),
        "days_since_activity": since,
    }
    due = next_order(facts, gap - since, 90)
    assert due is not None
    error = np.abs(due.days(facts) - (gap - since)) / gap
    assert error.max() < 0.12
    assert next_order(facts, np.full(4000, np.nan), 90) is None


def test_where_few_stayed_who_is_like_none_of_them_is_due_when_they_were() -> None:
    facts = {
        "gap_count": np.zeros(2),
        "gap_mean_log": np.full(2, np.nan),
        "days_since_activity": np.array([1.0, 9.0]),
    }
    due = next_order(facts, np.array([4.0, 8.0]), 90)
    assert due is not None
    assert len(due.edges) == 9
    between = {name: values[:1] for name, values in facts.items()}
    assert due.days({**between, "days_since_activity": np.array([5.0])}) == pytest.approx([6.0])


def test_a_row_of_a_sample_counts_as_those_it_stands_for() -> None:
    often = np.arange(110) < 50
    facts = {
        "gap_count": np.full(110, 1e6),
        "gap_mean_log": np.log(np.where(often, 10.0, 100.0)),
        "days_since_activity": np.where(often, 1.0, 10.0),  # as silent, in gaps of their own
    }
    ahead = np.where(often, 2.0, 90.0)
    due = next_order(facts, ahead, 120, np.where(often, 100.0, 1.0))
    assert due is not None
    assert np.exp(due.shop_mean_log_gap) == pytest.approx(10.0, rel=0.05)
    assert due.days(facts) == pytest.approx(np.where(often, 2.0, 20.0), rel=0.01)
