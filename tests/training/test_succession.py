"""Who serves after whom: by a person's hand, by a decision, and back again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from features.errors import LadderError
from features.resources.account import account
from training.bundle.shelf import Shelf
from training.promotion import Decision
from training.succession import carry_out, promote, rollback


@pytest.fixture(autouse=True)
def _empty_folders_are_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.succession.proven", Path.is_dir)


def shelf_of(home: Path, *bundles: str) -> Shelf:
    shelf = Shelf(home)
    for bundle in bundles:
        shelf.path(bundle).mkdir(parents=True)
    return shelf


def test_rolling_back_walks_the_way_back(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, "a", "b", "c")
    for version in ("a", "b", "c"):
        promote(tmp_path, version)
    assert rollback(tmp_path).bundle == "b"
    assert rollback(tmp_path).bundle == "a"
    assert shelf.champion() == "a"
    with pytest.raises(LadderError, match="needs an earlier champion"):
        rollback(tmp_path)
    promote(tmp_path, "c")
    assert rollback(tmp_path).bundle == "a"


def test_rolling_back_to_a_champion_that_served_twice(tmp_path: Path) -> None:
    shelf_of(tmp_path, "a", "b")
    for version in ("a", "b", "a"):
        promote(tmp_path, version)
    assert rollback(tmp_path).bundle == "b"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("action", ["train", "promote"])
def test_what_a_crash_kept_from_serving_is_not_rolled_back_to(
    tmp_path: Path, action: str, after: bool
) -> None:
    """The record is written first, so that it may be ahead of the champion."""
    shelf = shelf_of(tmp_path, "a", "b", "never", "refused", "c")
    promote(tmp_path, "a")
    promote(tmp_path, "b")
    shelf.note({"action": action, **asdict(Decision(True, "never", "b", "the power went"))})
    if after:
        carry_out(shelf, Decision(False, "refused", "b", "its data ends before the champion's"))
        promote(tmp_path, "c")
        assert rollback(tmp_path).bundle == "b"
    assert rollback(tmp_path).bundle == "a"


def test_a_rollback_that_a_crash_interrupted_is_made_again(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, "a", "b")
    for version in ("b", "a", "b"):
        promote(tmp_path, version)
    shelf.note({"action": "rollback", **asdict(Decision(True, "a", "b", "the power went"))})
    assert rollback(tmp_path).bundle == "a"
    assert rollback(tmp_path).bundle == "b"


def test_who_was_crowned_while_a_promotion_was_checked_is_rolled_back_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_of(tmp_path, "a", "b", "meanwhile")
    promote(tmp_path, "a")

    def slow(_: Path) -> None:
        carry_out(shelf, Decision(True, "meanwhile", "a", "it beats the champion"))

    monkeypatch.setattr("training.succession.proven", slow)
    assert promote(tmp_path, "b").before == "meanwhile"
    assert rollback(tmp_path).bundle == "meanwhile"


def test_where_nothing_serves_any_more_the_last_champion_comes_back(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, "a", "b")
    promote(tmp_path, "a")
    promote(tmp_path, "b")
    (shelf.home / "champion").unlink()
    assert rollback(tmp_path).bundle == "b"


def test_a_refused_bundle_changes_nothing_but_the_record(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, "old", "new")
    promote(tmp_path, "old")
    carry_out(shelf, Decision(False, "new", "old", "its data ends before the champion's"))
    assert shelf.champion() == "old"
    refused = shelf.decisions()[-1]
    assert (refused["promoted"], refused["by"]) == (False, account())
    with pytest.raises(LadderError, match="nothing did before"):
        rollback(tmp_path)


def test_a_bundle_that_is_gone_is_not_rolled_back_to(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, "a", "b")
    promote(tmp_path, "a")
    promote(tmp_path, "b")
    shelf.path("a").rmdir()
    with pytest.raises(LadderError, match="is gone"):
        rollback(tmp_path)


def test_what_is_not_sound_does_not_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = shelf_of(tmp_path, "broken since", "old", "empty")
    promote(tmp_path, "broken since")
    promote(tmp_path, "old")
    monkeypatch.undo()
    with pytest.raises(LadderError, match=r"must hold manifest\.json"):
        promote(tmp_path, "empty")
    with pytest.raises(LadderError, match=r"must hold manifest\.json"):
        rollback(tmp_path)
    assert shelf.champion() == "old"
