from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import LadderError
from training.bundle import manifest
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf


def write(folder: Path) -> None:
    manifest.write(folder, {"file": b"one"})


def refuse(folder: Path) -> None:
    raise AssertionError(f"{folder} is there already")


def test_an_empty_home_has_no_champion_and_says_what_to_do(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.ids() == ()
    assert shelf.champion() is None
    with pytest.raises(LadderError, match="none was promoted yet") as caught:
        shelf.champion_path()
    assert "ladder train" in caught.value.do


def test_a_held_bundle_can_be_crowned_and_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    path = shelf.add("2024-01-01-abcd", write)
    shelf.crown("2024-01-01-abcd")
    assert (tmp_path / "champion").read_text() == "2024-01-01-abcd\n"
    assert shelf.champion_path() == path
    assert shelf.ids() == ("2024-01-01-abcd",)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_the_same_bundle_twice_is_one_bundle(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    first = shelf.add("a", write)
    assert shelf.add("a", refuse) == first
    assert (first / "file").read_text() == "one"


def test_a_damaged_bundle_is_mended_by_the_training_that_makes_it_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (shelf.add("a", write) / "file").write_text("two")
    assert (shelf.add("a", write) / "file").read_text() == "one"
    assert shelf.ids() == ("a",)


def test_the_same_bundle_written_by_two_at_once_is_one_bundle(tmp_path: Path) -> None:
    def late(folder: Path) -> None:
        write(shelf.path("a"))
        write(folder)

    shelf = Shelf(tmp_path)
    assert (shelf.add("a", late) / "file").read_text() == "one"


KILLED = """
import os, signal, sys
from pathlib import Path
from training.bundle.shelf import Shelf

def die(folder):
    folder.mkdir()
    (folder / "half").write_text("a file")
    os.kill(os.getpid(), signal.SIGKILL)

Shelf(Path(sys.argv[1])).add("b1", die)
"""


def test_what_killed_trainings_left_is_cleared_by_the_next(
    tmp_path: Path, root: Path, small_bundle: Bundle
) -> None:
    began = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(began, cwd=root, check=False).returncode == -signal.SIGKILL
    shelf = Shelf(tmp_path)
    assert shelf.ids() == ()
    assert len(list(shelf.folder.iterdir())) == 1
    (shelf.folder / ".b2.4711" / "outcomes").mkdir(parents=True)  # as earlier versions left theirs
    path = shelf.add(small_bundle.id, small_bundle.write)
    assert Bundle.read(path).id == small_bundle.id
    assert list(shelf.folder.iterdir()) == [path]


KILLED_CROWNING = """
import os, signal, sys
from pathlib import Path
from training.bundle.shelf import Shelf

os.replace = lambda draft, target: os.kill(os.getpid(), signal.SIGKILL)
Shelf(Path(sys.argv[1])).crown("b1")
"""


def test_what_a_killed_promotion_left_is_cleared_by_the_next(tmp_path: Path, root: Path) -> None:
    began = [sys.executable, "-c", KILLED_CROWNING, str(tmp_path)]
    assert subprocess.run(began, cwd=root, check=False).returncode == -signal.SIGKILL
    shelf = Shelf(tmp_path)
    assert shelf.champion() is None
    shelf.crown("b2")
    assert [path.name for path in tmp_path.iterdir()] == ["champion"]


def test_a_bundle_has_its_name_once_all_of_it_would_survive_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsafe(folder: Path) -> None:
        (folder / "outcomes").mkdir(parents=True)
        (folder / "outcomes" / "file").write_text("one")

    safe, fsync, move = set[int](), os.fsync, os.replace

    def noted(handle: int) -> None:
        safe.add(os.fstat(handle).st_ino)
        fsync(handle)

    def checked(draft: Path, target: Path) -> None:
        assert {path.stat().st_ino for path in (draft, *draft.rglob("*"))} <= safe
        move(draft, target)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", checked)
    assert (Shelf(tmp_path).add("a", unsafe) / "outcomes" / "file").read_text() == "one"


def test_a_bundle_that_cannot_be_written_is_not_held(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device", str(folder))

    with pytest.raises(OSError, match="No space left"):
        Shelf(tmp_path).add("a", full)
    assert Shelf(tmp_path).ids() == ()


def test_a_version_may_be_shortened_while_it_names_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name in ("2024-01-01-aa", "2024-01-01-ab", "2024"):
        shelf.path(name).mkdir(parents=True)
    assert shelf.find("2024-01-01-ab") == "2024-01-01-ab"
    assert shelf.find("2024") == "2024", "a whole name wins over longer ones"
    with pytest.raises(LadderError, match="2 of the 3 there begin with '2024-01': 2024-01-01-aa, "):
        shelf.find("2024-01")
    for wanted in ("", "nothing"):
        with pytest.raises(LadderError, match=f"None of the 3 there begin with '{wanted}': 2024, "):
            shelf.find(wanted)


def test_a_champion_whose_folder_is_gone_is_named(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.crown("gone")
    with pytest.raises(LadderError, match="gone is named but not there"):
        shelf.champion_path()


def test_decisions_are_kept_in_order(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.decisions() == ()
    shelf.note({"bundle": "a"})
    shelf.note({"bundle": "b"})
    assert [d["bundle"] for d in shelf.decisions()] == ["a", "b"]


def test_a_decision_that_was_cut_short_hides_no_other(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.note({"bundle": "a"})
    with (tmp_path / "decisions.jsonl").open("a", encoding="utf-8") as record:
        record.write('{"bundle": "b", "acti')
    assert [d["bundle"] for d in shelf.decisions()] == ["a"]
    shelf.note({"bundle": "c"})
    assert [d["bundle"] for d in shelf.decisions()] == ["a", "c"]
