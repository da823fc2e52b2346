from __future__ import annotations

from typing import Any

import pytest

from features.config import Config
from tests.training.backtest.runs import run_backtest
from training.backtest import Backtest
from training.learning.recipe import Recipe


@pytest.fixture(scope="session")
def found(small_config: Config, small_frames: dict[str, Any], quick: Recipe) -> Backtest:
    """Return a backtest of churn and spend on four days."""
    return run_backtest(small_config, small_frames, quick)
