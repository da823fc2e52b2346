"""A workspace that runs out of room says so, and blames nobody's query."""

from __future__ import annotations

import duckdb
import pytest

from features.errors import LadderError
from features.workspace import Workspace


def test_a_want_of_memory_is_told_as_such() -> None:
    with (
        Workspace("20MB", threads=1) as workspace,
        pytest.raises(LadderError, match="must have room") as refused,
    ):
        workspace.number("SELECT len(list(range)) FROM range(5_000_000)")
    assert "--memory" in refused.value.do
    assert "failed to" in refused.value.came


def test_a_file_that_cannot_be_read_is_no_want_of_room() -> None:
    with Workspace() as workspace, pytest.raises(duckdb.IOException, match="gone"):
        workspace.table("SELECT * FROM read_csv('/nowhere/gone.csv')")
