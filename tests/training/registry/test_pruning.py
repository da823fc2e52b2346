"""Which versions nothing needs, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest

from features.resources import drafts
from training.bundle.shelf import Shelf
from training.promotion import Decision
from training.registry import tracking
from training.registry.connection import ARTIFACTS, STORE, address
from training.registry.pruning import dispensable, prune
from training.registry.tracking import CHALLENGER, CHAMPION, Tracker, Trial
from training.succession import carry_out, promote, rollback

Train = Callable[[str, bool], None]


@pytest.fixture
def shelf(new_home: Path) -> Shelf:
    return Shelf(new_home)


@pytest.fixture
def train(shelf: Shelf) -> Train:
    """Return a function that puts a version on the shelf and decides on it."""

    def go(bundle: str, promoted: bool) -> None:
        shelf.add(bundle, lambda folder: folder.mkdir())
        carry_out(shelf, Decision(promoted, bundle, shelf.champion(), "as told"))

    return go


def test_what_serves_served_or_is_new_stays(shelf: Shelf, train: Train) -> None:
    for bundle, promoted in zip("abcdefg", (1, 0, 1, 1, 0, 0, 0), strict=True):
        train(bundle, bool(promoted))
    shelf.add("undecided", lambda folder: folder.mkdir())
    assert dispensable(shelf, 2, {"b"}) == ("a", "e")
    assert dispensable(shelf, 7, ()) == dispensable(shelf, 20, ()) == ()


def test_a_version_trained_again_is_new(shelf: Shelf, train: Train) -> None:
    for bundle in ("a", "b", "c", "d", "b"):
        train(bundle, bundle == "a")
    assert dispensable(shelf, 1, ()) == ("c", "d")


def test_a_version_promoted_after_the_choice_stays(shelf: Shelf, train: Train) -> None:
    for bundle in ("a", "b", "c", "d"):
        train(bundle, bundle == "a")
    chosen = dispensable(shelf, 1, ())
    assert chosen == ("b", "c")
    carry_out(shelf, Decision(True, "b", "a", "promoted by hand"), "promote")
    assert prune(shelf, chosen) == ("c",)
    assert shelf.ids() == ("a", "b", "d")
    assert shelf.champion_path().is_dir()


def test_no_version_goes_while_a_champion_is_chosen_nor_the_other_way_round(
    shelf: Shelf, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is asked for anew, as another process would."""
    train("a", True)
    train("b", False)
    free = list[bool]()

    def noted(*_: object) -> None:
        with drafts.locked(shelf.home) as ours:
            free.append(ours)

    monkeypatch.setattr(Shelf, "discard", noted)
    prune(shelf, ["b"])
    monkeypatch.setattr("training.succession.proven", noted)
    promote(shelf.home, "b")
    rollback(shelf.home)
    assert free == [False, False, False]


@pytest.fixture
def recorded(shelf: Shelf, train: Train, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Record trainings of three versions, the first as champion; return MLflow's client."""

    def save(folder: Path, bundle: Path) -> None:
        folder.mkdir()
        (folder / "weights").write_text(bundle.name)

    monkeypatch.setattr(tracking, "save_model", save)
    for bundle in ("a", "b", "c"):
        train(bundle, bundle == "a")
        Tracker(shelf.home, "Pruned").record(
            Trial("training", texts={"card.md": bundle}),
            [],
            fingerprint=bundle * 32,
            bundle=shelf.path(bundle),
            alias=CHAMPION if bundle == "a" else CHALLENGER,
        )
    store = address(shelf.home / STORE)
    return mlflow.MlflowClient(store, store)


def test_a_removed_version_leaves_its_figures_and_no_model(shelf: Shelf, recorded: Any) -> None:
    prune(shelf, dispensable(shelf, 1, ()))

    assert shelf.ids() == ("a", "c")
    assert [p.name for p in shelf.folder.iterdir() if p.name.startswith(".")] == []
    versions = recorded.search_model_versions(f"name = '{Tracker(shelf.home, 'Pruned').name}'")
    assert sorted(version.tags["bundle"] for version in versions) == ["a", "c"]
    artifacts = shelf.home / ARTIFACTS
    assert sorted(p.read_text() for p in artifacts.rglob("weights")) == ["a", "c"]
    assert sorted(p.read_text() for p in artifacts.rglob("card.md")) == ["a", "b", "c"]
