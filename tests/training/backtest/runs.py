"""Quick backtests of the small shop."""

from __future__ import annotations

from datetime import date
from typing import Any

from features.config import Config
from training.backtest import Backtest, backtest
from training.learning.recipe import Recipe

UNTIL = date(2025, 6, 1)


def run_backtest(config: Config, frames: dict[str, Any], quick: Recipe, **more: Any) -> Backtest:
    options = {"until": UNTIL, "wanted": ("churn", "spend"), "origins": 4, **more}
    return backtest(config, frames=frames, recipe=quick, **options)
