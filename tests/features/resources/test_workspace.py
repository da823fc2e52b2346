"""What DuckDB is kept from: blaming a query for a want of room, and believing what files claim."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import Config
from features.errors import LadderError
from features.history import open_history
from features.resources.workspace import Workspace


def test_a_want_of_memory_is_told_as_such() -> None:
    with (
        Workspace("20MB", threads=1) as workspace,
        pytest.raises(LadderError, match="needs enough memory") as refused,
    ):
        workspace.number("SELECT len(list(range)) FROM range(5_000_000)")
    assert "--memory" in refused.value.do
    assert "failed to" in refused.value.came


KILLED = """
import os, signal
from features.resources.workspace import Workspace

workspace = Workspace()
(workspace.folder / "rows").write_text("Ann, 10 Downing Street")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_rows_that_a_killed_process_put_down_are_cleared_by_the_next(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system does where memory runs out."""
    there = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=root, env=there, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Workspace() as workspace:
        assert list(tmp_path.iterdir()) == [workspace.folder] != [left]
        (workspace.folder / "rows").write_text("ours")
        with Workspace():
            assert workspace.folder.is_dir()
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_read_is_no_want_of_room() -> None:
    with Workspace() as workspace, pytest.raises(duckdb.IOException, match="gone"):
        workspace.table("SELECT * FROM read_csv('/nowhere/gone.csv')")


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()], ids=str)
def test_what_a_file_claims_of_its_numbers_hides_no_nan(tmp_path: Path, kind: pa.DataType) -> None:
    rows = {
        "customer_id": ["a", "b", "b", "c"],
        "order_id": ["1", "2", "3", "4"],
        "ordered_at": [f"2024-01-0{day} 10:00:00" for day in range(1, 5)],
        "amount": pa.array([1.5, 2.0, float("nan"), 4.0], kind),
    }
    pq.write_table(pa.table(rows), tmp_path / "orders.parquet")
    shop = {"orders": {"source": "orders.parquet", "max_bad_share": 0.5}}
    with open_history(Config.from_dict(shop, tmp_path)) as history:
        assert history.table("orders")["amount"].to_pylist() == [1.5, 2.0, 4.0]
        (source,) = history.report.tables[0].sources
    assert [(problem.reason, problem.rows) for problem in source.problems] == [("no amount", 1)]
