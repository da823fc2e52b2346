"""Runs that a killed training left running, and those that are none of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import pytest

from training.registry import unfinished
from training.registry.connection import STORE, address
from training.registry.tracking import Tracker

KILLED = """
import os, signal, sys
from pathlib import Path
from training.registry.tracking import Tracker, Trial

def die(_):
    os.kill(os.getpid(), signal.SIGKILL)

parent, child = Trial("training"), Trial("churn", pictures={"reliability.png": die})
home = Path(sys.argv[1])
Tracker(home, "Left").record(parent, [child], fingerprint="f" * 32, bundle=home, alias="champion")
"""


def statuses(client: Any) -> dict[str, str]:
    ids = [found.experiment_id for found in client.search_experiments()]
    return {run.info.run_name: run.info.status for run in client.search_runs(ids)}


def test_runs_of_a_killed_training_are_ended_by_the_next(
    new_home: Path, root: Path, client: Any
) -> None:
    began = [sys.executable, "-c", KILLED, str(new_home)]
    assert subprocess.run(began, cwd=root, check=False).returncode == -9
    assert statuses(client) == {"training": "RUNNING", "churn": "RUNNING"}
    experiment = client.get_experiment_by_name(Tracker(Path(), "Left").name).experiment_id
    client.create_run(experiment, run_name="somebody's notebook")
    with unfinished.noting(new_home) as note:
        note(client.create_run(experiment, run_name="at work").info.run_id)
        unfinished.end(new_home, client)
        assert statuses(client) == {
            "training": "KILLED",
            "churn": "KILLED",
            "somebody's notebook": "RUNNING",
            "at work": "RUNNING",
        }
    assert not list(new_home.glob(".*"))


def test_runs_of_another_server_wait_for_a_training_that_records_there(
    new_home: Path, tmp_path_factory: pytest.TempPathFactory, client: Any, empty_store: Path
) -> None:
    store = tmp_path_factory.mktemp("elsewhere") / STORE
    store.write_bytes(empty_store.read_bytes())
    other = mlflow.MlflowClient(address(store), address(store))
    (new_home / ".recording.left").mkdir()
    run = other.create_run("0", run_name="there").info.run_id
    (new_home / ".recording.left" / "runs").write_text(f"{run}\n")
    unfinished.end(new_home, client)
    assert statuses(other) == {"there": "RUNNING"}
    unfinished.end(new_home, other)
    assert statuses(other) == {"there": "KILLED"}
    unfinished.end(new_home, other)
