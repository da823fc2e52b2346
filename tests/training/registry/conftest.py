"""Fixtures shared by the tests of the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pytest

from training.registry.connection import STORE, address


@pytest.fixture
def client(new_home: Path) -> Any:
    store = address(new_home / STORE)
    return mlflow.MlflowClient(store, store)
