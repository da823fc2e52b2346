"""`ladder score` of a large history, in a process per core: the same records as in one."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import history as histories
from features.resources.pool import Pool, Work
from serving import cli
from tests.serving.shop import crowned
from training.bundle import Bundle


@pytest.fixture
def folder(tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a shop's folder with a home whose champion is a small model."""
    crowned(tmp_path, bundle, customers=90, seed=8)
    monkeypatch.delenv("LADDER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_several_processes_write_the_records_of_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    class Counted(Pool):
        def __init__(self, work: Work, processes: int, folder: Path) -> None:
            begun.append(processes)
            super().__init__(work, processes, folder)

    def score(name: str) -> pa.Table:
        line = f"score --at 2025-03-01 --reasons all --no-publish --out {name}.parquet"
        assert cli.run(line.split()) == 0
        return pq.read_table(folder / f"{name}.parquet")

    alone = score("alone")
    monkeypatch.setattr(histories, "Pool", Counted)
    monkeypatch.setattr(histories, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(histories, "MOST_CUSTOMERS", 20)
    together = score("together")
    assert begun == [2]
    assert len(together) > 60, "so that there are more blocks than processes"
    assert together.equals(alone)
