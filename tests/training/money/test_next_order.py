from __future__ import annotations

import numpy as np

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
