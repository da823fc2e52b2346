from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from threading import Timer
from typing import Any

import pytest

from training.bundle.bundle import Bundle
from training.bundle.drafts import clear, draft, left
from training.bundle.shelf import Shelf

KILLED = """
import os, signal, sys
from pathlib import Path
from training.bundle.shelf import Shelf

def die(folder):
    folder.mkdir()
    (folder / "half").write_text("a file")
    os.kill(os.getpid(), signal.SIGKILL)

Shelf(Path(sys.argv[1])).hold("b1", die)
"""


def test_a_draft_is_gone_in_the_end_with_what_was_left_in_it(tmp_path: Path) -> None:
    with draft(tmp_path) as folder:
        (folder / "half").write_text("a file")
    assert not list(tmp_path.iterdir())


def test_a_bundle_clears_drafts_of_killed_processes_alone(tmp_path: Path, root: Path) -> None:
    began = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(began, cwd=root, check=False).returncode == -signal.SIGKILL
    shelf = Shelf(tmp_path)
    (killed,) = shelf.folder.iterdir()
    (shelf.folder / f".b2.{os.getpid()}" / "parts").mkdir(parents=True)  # as others once left it
    with draft(shelf.folder) as ours:
        (ours / "half").write_text("a file")
        assert killed in left(shelf.folder)
        shelf.hold("b3", Path.mkdir)
        assert set(shelf.folder.iterdir()) == {ours, shelf.path("b3")}


def test_only_drafts_that_are_called_so_are_cleared(tmp_path: Path) -> None:
    for name in (".mine.1", ".theirs", "kept"):
        (tmp_path / name / "parts").mkdir(parents=True)
    (tmp_path / ".mine.txt").touch()
    clear(tmp_path, ".mine.")
    assert {path.name for path in tmp_path.iterdir()} == {".theirs", "kept", ".mine.txt"}


def test_a_draft_may_hold_another(tmp_path: Path) -> None:
    with draft(tmp_path) as outer:
        with draft(outer) as inner:
            (inner / "half").write_text("a file")
            clear(outer)
            assert list(outer.iterdir()) == [inner]
        assert not list(outer.iterdir())


def test_a_draft_that_is_about_to_be_held_is_let_be(tmp_path: Path) -> None:
    (tmp_path / ".made").mkdir()
    clear(tmp_path)
    assert (tmp_path / ".made").is_dir()


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
        assert not list(left(tmp_path))


def test_a_real_bundle_comes_onto_the_shelf(tmp_path: Path, small_bundle: Bundle) -> None:
    path = Shelf(tmp_path).hold(small_bundle.id, small_bundle.write)
    assert Bundle.read(path).id == small_bundle.id
    assert list(path.parent.iterdir()) == [path]
