"""Changes of a published run, cut short or come too late: nobody who reads it notices."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from serving.erasure import forget
from serving.store import Control, RunInfo, RunReader, edits, publish

Scored = Callable[..., pa.Table]

KILLED = """
import os, signal, sys
from pathlib import Path
from serving.store import Control, databases, edits

databases.CACHE_KIBIBYTES = 64
_engine = databases._engine
def spilling(address, *pragmas):  # onto the disk before the transaction ends, as a commit is
    return _engine(address, *(p.replace("cache_spill = OFF", "cache_spill = ON") for p in pragmas))
databases._engine = spilling

home, run_id, mark, left = Path(sys.argv[1]), sys.argv[2], edits.mark_held_out, iter(range(400))

def one_more(connection, customer_id):
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    mark(connection, customer_id)

edits.mark_held_out = one_more
with Control(home) as control:
    edits.hold_out(control, run_id, [f"c{number:06d}" for number in range(1000)])
"""


def contacts(reader: RunReader, customers: int) -> set[str]:
    found = reader.records([f"c{number:06d}" for number in range(customers)])
    assert len(found) == customers
    return {json.loads(record)["contact"] for record in found.values()}


def test_an_editor_that_is_killed_leaves_a_run_as_it_was(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    run_id = publish(home, run_info, scored(1000))
    with Control(home) as control:
        (run,) = control.runs()
    with closing(RunReader(home, run)) as reader:
        before = reader.record("c000000")
        died = subprocess.run([sys.executable, "-c", KILLED, str(home), run_id], check=False)
        assert died.returncode == -signal.SIGKILL
        assert {file.suffix for file in (home / "runs").iterdir()} == {".sqlite", ".sqlite-journal"}
        publish(home, replace(run_info, model_version="newer"), scored(5))
        assert reader.record("c000000") == before
        assert contacts(reader, 400) == {"yes", "no", "held_out"}
    with closing(sqlite3.connect(home / "runs" / f"{run_id}.sqlite")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        held = "SELECT count(*) FROM facets WHERE contact = 'held_out'"
        assert file.execute(held).fetchone() == (50,)  # as it was published


def test_whoever_reads_is_not_held_up_by_many_who_are_held_out(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = publish(home, run_info, scored(1200))
    mark, marked, seen = edits.mark_held_out, list[Any](), list[bytes | None]()
    with Control(home) as control:
        (run,) = control.runs()
        with closing(RunReader(home, run)) as reader:

            def reading(*said: Any) -> None:
                mark(*said)
                marked.append(said)
                if len(marked) % 50 == 0:  # the last of a transaction, too
                    seen.append(reader.record("c000000"))

            monkeypatch.setattr(edits, "mark_held_out", reading)
            edits.hold_out(control, run_id, [f"c{number:06d}" for number in range(1200)])
            assert (len(marked), len(seen)) == (1200, 24)
            assert all(seen)
            assert contacts(reader, 1200) == {"no", "held_out"}


@pytest.mark.usefixtures("database")
def test_a_run_that_is_retired_meanwhile_needs_no_change(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [publish(home, run_info, scored(30)) for _ in range(2)]
    with Control(home) as control:
        known = control.runs()
        for version in ("newer", "newest"):
            publish(home, replace(run_info, model_version=version), scored(30), keep=2)
        assert not edits.erase(control, runs[0], ["c000001"])
        edits.hold_out(control, runs[0], ["c000002"])
        now = control.runs()
        monkeypatch.setattr(control, "runs", lambda: (*known, *now))
        with pytest.raises(Exception, match=r"unable to open|does not exist"):
            edits.erase(control, runs[0], ["c000001"])
        monkeypatch.undo()
        assert len(forget(control, "c000001", "somebody").runs) == 2
