"""What quick trainings on the small shop have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from training.learning.recipe import Recipe
from training.train import Trained

QUICK = Recipe(folds=2, max_rounds=40, penalties=(0.1,), most_rows=4_000)
"""Of the small shop's earlier slices there is room for some."""

SETTINGS: dict[str, Any] = {
    "shop": {"name": "Mum's: tea/café", "timezone": "Europe/Berlin", "currency": "EUR"},
    "orders": {"timestamps": "UTC"},
    "engagement": {"timestamps": "UTC"},
    "customers": {"timestamps": "UTC"},
    "churn": {"horizon_days": 60},
    "advocacy": {"horizon_days": 60},
    "training": {"snapshots": 2},
}
UNTIL = date(2025, 6, 1)

Run = Callable[..., Trained]
"""From a home, and maybe settings, options and words for `train`, to what was trained."""
