"""A workspace, and a function that reads a source into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.reading.sources import Relation, opened
from features.resources.workspace import Workspace
from features.settings.sections import Source
from tests.features.reading.rows import Read


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def read(workspace: Workspace, tmp_path: Path) -> Read:
    """Return a function from a source to its relation and rows."""

    def rows(frame: Any = None, **source: Any) -> tuple[Relation, list[dict[str, Any]]]:
        with opened(workspace, Source(**source), "orders", tmp_path, frame) as relation:
            return relation, workspace.rows(f"SELECT * FROM {relation.name}")

    return rows
