"""Folders of killed processes are cleared, and nobody else's."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from threading import Timer
from typing import Any

import pytest

from features.resources.drafts import SOON, abandoned, clear, draft

KILLED = """
import os, signal, sys
from pathlib import Path
from features.resources.drafts import draft

with draft(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("a file")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(folder: Path, root: Path) -> Path:
    """Return the draft of a process that was killed."""
    before = set(folder.iterdir())
    began = [sys.executable, "-c", KILLED, str(folder)]
    assert subprocess.run(began, cwd=root, check=False).returncode == -signal.SIGKILL
    (made,) = set(folder.iterdir()) - before
    return made


def test_a_draft_is_gone_in_the_end_with_what_was_left_in_it(tmp_path: Path) -> None:
    with draft(tmp_path) as folder:
        (folder / "half").write_text("a file")
    assert not list(tmp_path.iterdir())


def test_drafts_of_killed_processes_are_cleared_and_no_others(tmp_path: Path, root: Path) -> None:
    with draft(tmp_path) as ours:
        (ours / "half").write_text("a file")
        gone = killed(tmp_path, root)
        assert list(abandoned(tmp_path)) == [gone]
        clear(tmp_path)
        assert list(tmp_path.iterdir()) == [ours]


def test_only_drafts_that_are_called_so_are_cleared(tmp_path: Path) -> None:
    for name in (".mine.1", ".theirs", "kept"):
        (tmp_path / name / "parts").mkdir(parents=True)
    (tmp_path / ".mine.txt").touch()
    (tmp_path / ".mine.link").symlink_to(tmp_path / "kept")
    clear(tmp_path, ".mine.")
    left_over = {".theirs", "kept", ".mine.txt", ".mine.link"}
    assert {path.name for path in tmp_path.iterdir()} == left_over
    assert (tmp_path / "kept" / "parts").is_dir()


def test_where_nobody_may_look_around_nothing_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".left" / "parts").mkdir(parents=True)

    def refuse(_: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    clear(tmp_path)
    with draft(tmp_path) as ours:
        assert ours.is_dir()


def test_a_draft_may_hold_another(tmp_path: Path) -> None:
    with draft(tmp_path) as outer:
        with draft(outer) as inner:
            (inner / "half").write_text("a file")
            clear(outer)
            assert list(outer.iterdir()) == [inner]
        assert not list(outer.iterdir())


def test_an_empty_draft_is_cleared_unless_it_may_be_about_to_be_held(tmp_path: Path) -> None:
    made, left_over = tmp_path / ".made", tmp_path / ".left"
    made.mkdir()
    left_over.mkdir()
    os.utime(left_over, (0, time.time() - 2 * SOON))
    with draft(tmp_path) as ours:
        os.utime(ours, (0, 0))
        clear(tmp_path)
        assert {*tmp_path.iterdir()} == {made, ours}


def test_a_draft_is_held_though_somebody_looked_at_it_when_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking: list[Timer] = []

    def looked_at(*given: Any) -> str:
        made: str = mkdtemp(*given)
        handle = os.open(made, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        looking.append(Timer(0.1, os.close, [handle]))
        looking[0].start()
        return made

    monkeypatch.setattr("tempfile.mkdtemp", looked_at)
    with draft(tmp_path) as ours:
        looking[0].join()
        (ours / "half").write_text("a file")
        assert not list(abandoned(tmp_path))
