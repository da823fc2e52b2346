from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.sample import SampleShop
from serving.home import create_home
from tests.serving.shop import published
from training.bundle import Bundle


@pytest.fixture(scope="session")
def drawn_from(
    tmp_path_factory: pytest.TempPathFactory,
    made_up: SampleShop,
    bundle: Bundle,
    history_of: Callable[..., Any],
) -> Path:
    """Return a home with a published run, which tests only read."""
    home = create_home(tmp_path_factory.mktemp("home") / "models")
    return published(home, bundle, history_of(made_up))
