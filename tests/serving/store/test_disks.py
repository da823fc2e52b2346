"""Disks that fill up or become read-only: it is said, and the old run serves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.errors import LadderError
from serving.home import create_home
from serving.store import Control, RunInfo, RunReader, publish
from tests.serving.store.reading import CUSTOMERS, served

Scored = Callable[..., pa.Table]


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Have a small file system in memory at `folder`, or skip where that is not allowed."""
    if shutil.which("mount") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("Needs root to mount a small file system.")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", *options, "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("Needs the right to mount a small file system.")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def refused(home: Path, run_info: RunInfo, scored: Scored, too_many: int) -> str:
    """Publish a run that does not fit between two that do; return what was said of it."""
    first = publish(home, run_info, scored(CUSTOMERS))
    with pytest.raises(LadderError) as caught:
        publish(home, run_info, scored(too_many))
    run, _, found = served(home)
    assert (run.run_id, found) == (first, CUSTOMERS)
    second = publish(home, run_info, scored(CUSTOMERS))  # nothing was left behind
    assert served(home)[0].run_id == second
    return str(caught.value)


def test_a_full_disk_says_so_and_the_old_run_serves(
    tmp_path: Path, scored: Scored, run_info: RunInfo
) -> None:
    with mounted(tmp_path / "disk", "-o", "size=2m"):
        home = create_home(tmp_path / "disk" / "models")
        said = refused(home, run_info, scored, 6000)
    assert re.search(r"(?s)full.*still serves.*Free disk space", said)


def test_a_server_whose_disk_is_full_says_so_and_the_old_run_serves(
    postgres_in: Callable[..., AbstractContextManager[Any]],
    home: Path,
    scored: Scored,
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ladder-full-"))
    try:
        # The log has a disk of its own, as servers should: without one it ends the server.
        with mounted(folder / "small", "-o", "size=64m,mode=0777"):
            shutil.chown(folder, "postgres", "postgres")
            log = ("--waldir", str(folder / "log"), "--wal-segsize", "1")
            with postgres_in(folder / "small", *log) as server:
                monkeypatch.setenv("LADDER_DATABASE_URL", server.url)
                said = refused(home, run_info, scored, 60_000)
        assert re.search(r"(?s)could not extend file.*still serves", said)
        assert "postgresql://***/postgres" in said
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_disk_that_became_read_only_says_so_and_the_old_run_serves(
    tmp_path: Path, scored: Scored, run_info: RunInfo
) -> None:
    with mounted(tmp_path / "disk", "-o", "size=4m"):
        home = create_home(tmp_path / "disk" / "models")
        first = publish(home, run_info, scored(CUSTOMERS))
        with Control(home) as control:
            (run,) = control.runs()
        again = ["mount", "-o", "remount,ro", str(tmp_path / "disk")]
        if subprocess.run(again, capture_output=True, check=False).returncode:
            pytest.skip("Needs the right to remount a file system.")
        reader = RunReader(home, run)
        with pytest.raises(LadderError, match=r"must be (able to write|readable and writable)"):
            publish(home, run_info, scored(CUSTOMERS))
        assert reader.run.run_id == first
        assert reader.record("c000001")
        reader.close()
