"""A home that has moved: MLflow finds its artifacts again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
from mlflow.artifacts import download_artifacts

from features.errors import LadderError
from training.bundle.bundle import Bundle
from training.registry.connection import STORE, address
from training.registry.relocation import relocate
from training.registry.tracking import BUNDLE_TAG, CHAMPION, Tracker, Trial

SHOP = "Moving house"


@pytest.fixture(scope="module")
def away(small_bundle: Bundle, empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that recorded a training as its neighbour `models`, which is gone."""
    before = tmp_path_factory.mktemp("moving") / "models"
    before.mkdir()
    shutil.copy(empty_store, before / STORE)
    bundle = small_bundle.write(before / small_bundle.id)
    Tracker(before, SHOP).record(
        Trial("training", tags={BUNDLE_TAG: bundle.name}, texts={"card.md": "what it is"}),
        [],
        fingerprint="f" * 32,
        bundle=bundle,
        alias=CHAMPION,
    )
    return Path(shutil.move(before, before.with_name("away")))


@pytest.fixture
def moved(away: Path, tmp_path: Path) -> Path:
    """Return a home that recorded a training before it was moved."""
    return Path(shutil.copytree(away, tmp_path / "elsewhere"))


def test_records_and_models_are_found_where_the_home_is_now(moved: Path) -> None:
    assert relocate(moved) > 0
    tracker, store = Tracker(moved, SHOP), address(moved / STORE)
    client = mlflow.MlflowClient(store, store)
    (experiment,) = client.search_experiments(filter_string=f"name = '{tracker.name}'")
    (run,) = client.search_runs([experiment.experiment_id])
    assert {"card.md"} < {file.path for file in client.list_artifacts(run.info.run_id)}
    version = client.get_model_version_by_alias(tracker.name, CHAMPION)
    model = download_artifacts(artifact_uri=version.source, tracking_uri=store)
    assert Path(model, "MLmodel").is_file()
    assert relocate(moved) == 0


def test_an_experiment_that_somebody_renamed_moves_too(moved: Path) -> None:
    store = address(moved / STORE)
    client = mlflow.MlflowClient(store, store)
    (ours,) = client.search_experiments(filter_string=f"name = '{Tracker(moved, SHOP).name}'")
    client.rename_experiment(ours.experiment_id, "Theirs now")
    beside = "file:///neighbour/artifacts"
    theirs = client.create_experiment("A neighbour's", artifact_location=beside)
    assert relocate(moved) > 0
    (run,) = client.search_runs([ours.experiment_id])
    assert {"card.md"} < {file.path for file in client.list_artifacts(run.info.run_id)}
    assert client.get_experiment(theirs).artifact_location == beside


def test_a_neighbour_whose_name_begins_alike_is_left_alone(away: Path, moved: Path) -> None:
    neighbour = f"{(away.parent / 'models-old').as_uri()}/artifacts/1"
    with closing(sqlite3.connect(moved / STORE)) as store:
        store.execute("update runs set artifact_uri = ?", (neighbour,))
        store.commit()
    relocate(moved)
    with closing(sqlite3.connect(moved / STORE)) as store:
        assert store.execute("select distinct artifact_uri from runs").fetchall() == [(neighbour,)]


def test_a_home_without_records_has_nothing_to_mend(tmp_path: Path) -> None:
    assert relocate(tmp_path) == 0
    assert not list(tmp_path.iterdir())


def test_what_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / STORE).write_text("something else entirely, and long enough to be looked at")
    with pytest.raises(LadderError, match=r"(?s)MLflow's store.*not a database.*back-up"):
        relocate(tmp_path)
