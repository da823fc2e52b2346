"""Made-up customers that travel with every bundle: golden rows, and MLflow's input example."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from features.sample import make_shop
from training.bundle import histories

CUSTOMERS, DAYS, SEED = 8, 500, 1
START = date(2024, 1, 1)

AS_OF = datetime(START.year, START.month, START.day, tzinfo=UTC) + timedelta(days=DAYS)
"""The cutoff that their histories end at."""


@cache
def made_up() -> list[dict[str, Any]]:
    """Return histories of a few customers who never lived, the same every time."""
    shop = make_shop(customers=CUSTOMERS, days=DAYS, seed=SEED, start=START)
    return histories.to_json(shop.frames)
