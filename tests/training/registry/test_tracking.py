"""What MLflow is told, and what becomes of its records where something fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest

from features.errors import LadderError
from training.registry import tracking
from training.registry.tracking import CHALLENGER, CHAMPION, Tracker, Trial

SHOP = "Told of"
VERDICT = "churn: the model is better. " + "Ever so much. " * 1_000

Told = Callable[..., str]


@pytest.fixture
def tell(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return a function that records a training of a bundle, without copying models."""

    def save(folder: Path, bundle: Path) -> None:
        folder.mkdir()
        (folder / "of.txt").write_text(bundle.name)

    monkeypatch.setattr(tracking, "save_model", save)

    def go(alias: str = CHAMPION, parent: Trial | None = None, bundle: str = "b1") -> str:
        return Tracker(new_home, SHOP).record(
            parent or Trial("training"),
            [Trial("churn", tags={"verdict": VERDICT}), Trial("refer")],
            fingerprint="f" * 32,
            bundle=new_home / bundle,
            alias=alias,
        )

    return go


def runs(client: Any) -> dict[str, str]:
    """Return how each run ended."""
    ids = [found.experiment_id for found in client.search_experiments()]
    return {run.info.run_name: run.info.status for run in client.search_runs(ids)}


def aliases(client: Any) -> dict[str, str]:
    found = client.get_registered_model(Tracker(Path(), SHOP).name).aliases
    return {alias: str(number) for alias, number in found.items()}


def test_a_run_that_cannot_be_recorded_whole_is_marked_as_failed(tell: Told, client: Any) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        tell(parent=Trial("training", pictures={"a.png": full}))
    assert runs(client) == {"training": "FAILED"}
    tell(parent=Trial("again"))
    assert runs(client) == {
        "training": "FAILED",
        "again": "FINISHED",
        "churn": "FINISHED",
        "refer": "FINISHED",
    }


def test_a_version_says_in_the_registry_how_good_it_is(tell: Told, client: Any) -> None:
    """As much of it as MLflow's store takes."""
    number = tell()
    version = client.get_model_version(Tracker(Path(), SHOP).name, number)
    assert version.description.startswith("- churn: the model is better.")
    assert 4_000 < len(version.description) <= 5_000


def test_a_model_says_in_the_registry_what_it_takes_and_which_version_serves(
    tell: Told, client: Any
) -> None:
    tell()
    about = client.get_registered_model(Tracker(Path(), SHOP).name).description
    assert all(word in about for word in ("`customer_id`", "`orders`", "`as_of`", "`champion`"))


@pytest.mark.parametrize("made", ["create_experiment", "create_registered_model"])
def test_what_another_training_made_meanwhile_is_used(
    made: str, tell: Told, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = getattr(mlflow.MlflowClient, made)

    def late(self: mlflow.MlflowClient, *given: Any, **named: Any) -> Any:
        make(self, *given, **named)
        return make(self, *given, **named)

    monkeypatch.setattr(mlflow.MlflowClient, made, late)
    assert tell() == "1"
    assert runs(client) == {"training": "FINISHED", "churn": "FINISHED", "refer": "FINISHED"}


def test_a_deleted_experiment_is_said_with_what_brings_it_back(tell: Told, client: Any) -> None:
    tell()
    found = client.get_experiment_by_name(Tracker(Path(), SHOP).name)
    client.delete_experiment(found.experiment_id)
    with pytest.raises(LadderError, match=f"--experiment-id {found.experiment_id}"):
        tell()
    client.restore_experiment(found.experiment_id)
    tell()


def test_a_champion_challenges_nobody(tell: Told, new_home: Path, client: Any) -> None:
    assert tell(CHAMPION) == "1"
    assert tell(CHALLENGER, bundle="b2") == "2"
    assert aliases(client) == {CHAMPION: "1", CHALLENGER: "2"}
    assert Tracker(new_home, SHOP).mirror("b2")
    assert aliases(client) == {CHAMPION: "2"}
    tell(CHALLENGER, bundle="b2")
    assert aliases(client) == {CHAMPION: "2"}, "the same training again"


def test_a_model_that_was_renamed_or_deleted_is_begun_anew(tell: Told, client: Any) -> None:
    name = Tracker(Path(), SHOP).name
    assert tell() == "1"
    client.rename_registered_model(name, "Theirs")
    assert tell() == "1"
    client.delete_registered_model(name)
    assert tell() == "1"
