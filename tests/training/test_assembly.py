"""What a bundle says of money, held against its own scores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from features.clock import midnight
from features.config import Config
from features.engine import compute, concatenate
from features.history import open_history
from features.products.charts import charted
from training.bundle.bundle import Bundle


def test_a_customer_who_leaves_costs_what_is_at_risk_per_customer_expected_to_leave(
    make_bundle: Callable[..., Bundle], small_config: Config, small_frames: dict[str, Any]
) -> None:
    """Whoever is likely to leave would have spent less than whoever stays."""
    bundle = make_bundle(("churn", "spend"))
    newest = date.fromisoformat(bundle.metrics["outcomes"]["churn"]["newest"])
    instant = midnight(newest, small_config.shop.timezone)
    with open_history(small_config, until=date(2025, 6, 1), frames=small_frames) as history:
        table = concatenate([compute(b, [instant], bundle.columns) for b in history.blocks()])
    churn, spend = bundle.outcomes["churn"], bundle.spend
    assert spend is not None
    asked = churn.eligible(table)
    chance, stays = churn.probability(table)[asked], spend.amount(table)[asked]
    assert bundle.metrics["stake"] == pytest.approx(chance @ stays / chance.sum(), rel=1e-6)
    assert bundle.metrics["stake"] < spend.base


def test_a_bundle_knows_what_was_popular_when_it_was_judged_and_what_is_now(
    make_bundle: Callable[..., Bundle], small_config: Config, small_frames: dict[str, Any]
) -> None:
    """Scored as of the day it was judged on, it says what it said then."""
    bundle = make_bundle(("churn", "spend"))
    newest = date.fromisoformat(bundle.metrics["outcomes"]["churn"]["newest"])
    zone = small_config.shop.timezone
    (column,) = (one for one in bundle.columns if one.name == "product_popularity")
    for day in (newest, date(2025, 6, 1)):
        instant = midnight(day, zone)
        with open_history(small_config, until=day, frames=small_frames) as history:
            fresh = charted([column], history.sold, [instant])
            for block in history.blocks():
                kept, now = (compute(block, [instant], some) for some in ([column], fresh))
                found = kept[column.name].to_numpy()
                np.testing.assert_array_equal(found, now[column.name].to_numpy())
                assert np.isfinite(found).mean() > 0.5
