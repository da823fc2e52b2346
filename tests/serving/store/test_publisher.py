"""A run appears whole or not at all, and never disturbs the run before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Connection

from features.errors import LadderError
from serving.store import Control, RunInfo, RunReader, publish
from serving.store.lock import publishing
from serving.store.pages import Query
from tests.serving.crowd import meanwhile
from tests.serving.store.reading import stored

Scored = Callable[..., pa.Table]

on_both = pytest.mark.usefixtures("database")


def reader(home: Path) -> RunReader:
    with Control(home) as control:
        return RunReader(home, next(run for run in control.runs() if run.serving))


@on_both
def test_a_published_run_serves_and_answers(home: Path, scored: Scored, run_info: RunInfo) -> None:
    run_id = publish(home, run_info, scored(100))
    served = reader(home)
    assert served.run.run_id == run_id
    assert served.run.customers == 100
    assert served.run.info == run_info
    assert json.loads(served.record("c000042") or b"")["customer_id"] == "c000042"
    assert served.record("nobody") is None
    assert served.records(["c000001", "nobody"]).keys() == {"c000001"}
    served.close()


@on_both
def test_record_batches_and_a_table_publish_alike(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    table = scored(25)
    publish(home, run_info, iter(table.to_batches(max_chunksize=10)))
    served = reader(home)
    assert [served.record(f"c{n:06d}") for n in range(25)] == table["record"].to_pylist()
    served.close()


@on_both
def test_vectors_are_kept_as_they_came(home: Path, scored: Scored, run_info: RunInfo) -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3)
    packed = pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), 3)
    publish(home, run_info, scored(4).append_column("vector", packed))
    served = reader(home)
    assert np.frombuffer(served.vectors(["c000002"])["c000002"], "<f4").tolist() == [6, 7, 8]
    assert served.vectors(["nobody"]) == {}
    served.close()


@on_both
def test_a_new_run_replaces_the_old_which_can_serve_again(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    first = publish(home, run_info, scored(10))
    second = publish(home, replace(run_info, model_version="newer"), scored(11))
    with Control(home) as control:
        assert [(run.run_id, run.serving) for run in control.runs()] == [
            (second, True),
            (first, False),
        ]
        assert control.use(first).run_id == first
        assert control.serving() == first
        with pytest.raises(LadderError, match="ladder runs"):
            control.use("2")


@on_both
def test_a_run_retired_while_it_is_chosen_is_said_to_be_gone(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (publish(home, run_info, scored(3)) for _ in range(2))
    with Control(home) as control:
        place = type(control.place)
        lock_writers = place.lock_writers

        def too_late(self: Any, connection: Connection) -> None:
            monkeypatch.setattr(place, "lock_writers", lock_writers)
            publish(home, run_info, scored(3), keep=2)
            lock_writers(self, connection)

        monkeypatch.setattr(place, "lock_writers", too_late)
        with pytest.raises(LadderError, match="No published runs begin with"):
            control.use(first)
        assert second in {run.run_id for run in control.runs()}


def test_only_the_newest_runs_and_the_serving_one_stay(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    first = publish(home, run_info, scored(3))
    second = publish(home, run_info, scored(3))
    with Control(home) as control:
        control.use(first)
        control.retire(1)
        assert {run.run_id for run in control.runs()} == {first, second}
    newest = [publish(home, run_info, scored(3), keep=2) for _ in range(3)]
    with Control(home) as control:
        assert {run.run_id for run in control.runs()} == set(newest[1:])
    assert {file.stem for file in (home / "runs").iterdir()} == set(newest[1:])


@on_both
def test_a_list_is_read_to_its_end_though_its_run_is_retired_meanwhile(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server keeps it until then, and the next publisher drops it."""
    monkeypatch.setattr("serving.store.schema_publisher.DROP_MILLISECONDS", 50)
    publish(home, run_info, scored(100))
    with closing(reader(home)) as served:
        everybody = Query("at-risk", "value_at_risk")
        whole, chunks = served.count(everybody), served.stream(everybody, chunk=10)
        listed = next(chunks)
        for _ in range(2):
            publish(home, run_info, scored(3), keep=2)
        assert reader(home).run.customers == 3
        listed += [one for chunk in chunks for one in chunk]
    assert len({json.loads(one)["customer_id"] for one in listed}) == len(listed) == whole
    publish(home, run_info, scored(3), keep=2)
    assert stored(home) == 2


@on_both
def test_a_customer_who_comes_twice_is_refused_and_nothing_changes(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    first = publish(home, run_info, scored(5))
    with pytest.raises(LadderError, match="appears twice"):
        publish(home, run_info, pa.concat_tables([scored(5), scored(1)]))
    with pytest.raises(KeyError, match="rung"):
        publish(home, run_info, scored(5).drop_columns(["rung"]))
    with Control(home) as control:
        assert control.serving() == first
        assert [run.run_id for run in control.runs()] == [first]


def test_a_second_publisher_is_told_who_is_first(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    with publishing(home), pytest.raises(LadderError, match=f"process {os.getpid()} on"):
        publish(home, run_info, scored(1))
    publish(home, run_info, scored(1))


@on_both
def test_a_full_disk_is_said_and_the_old_run_serves(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    first = publish(home, run_info, scored(5))

    def full() -> Iterator[pa.RecordBatch]:
        yield from scored(5).to_batches()
        raise OSError(28, "No space left on device")

    with pytest.raises(LadderError, match=r"(?s)No space left.*still serves"):
        publish(home, run_info, full())
    with Control(home) as control:
        assert control.serving() == first


KILLED = """
import sys, time
from pathlib import Path
from serving.store.lock import publishing
from tests.serving.crowd import meanwhile
home = Path(sys.argv[1])
with publishing(home):
    (home / "runs" / ".half.draft").write_bytes(b"half")
    (home / "runs" / "whole.sqlite").write_bytes(b"whole, but the pointer never moved")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_publisher_left_is_swept_and_its_lock_is_free(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    first = publish(home, run_info, scored(5))
    process = subprocess.Popen([sys.executable, "-c", KILLED, home], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        with pytest.raises(LadderError, match=f"process {process.pid}"):
            publish(home, run_info, scored(5))
        process.kill()
        process.wait()
    second = publish(home, run_info, scored(5))
    assert {file.stem for file in (home / "runs").iterdir()} == {first, second}


@on_both
def test_readers_see_one_run_or_the_other_while_runs_are_published(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    publish(home, run_info, scored(50, "v0"))

    def read(_: int) -> None:
        served = reader(home)
        found = served.records([f"c{n:06d}" for n in range(50)]).values()
        versions = {json.loads(record)["model_version"] for record in found}
        served.close()
        assert len(versions) == 1

    with meanwhile(read, 2):
        for number in range(1, 6):
            publish(home, run_info, scored(50, f"v{number}"))


def test_a_folder_beside_the_runs_is_let_be(home: Path, scored: Scored, run_info: RunInfo) -> None:
    other = home / "runs" / "lost+found"  # where the runs have a disk of their own
    other.mkdir(parents=True)
    publish(home, run_info, scored(20))
    assert other.is_dir()
