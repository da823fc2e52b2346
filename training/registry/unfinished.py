"""Runs that a killed training left running in MLflow, and what ends them.

A training that records keeps a draft in its home with the runs it began. Where a draft is left, its
process is gone: the next training of the home marks those runs as killed, and nobody else's.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.resources.drafts import abandoned, draft
from features.resources.durable import sync

DRAFT = ".recording."
"""How the drafts are called in a home."""

RUNS = "runs"
"""The file in one: an id of a run per line."""

Note = Callable[[str], None]
"""Takes the id of a run that begins."""


@contextmanager
def noting(home: Path) -> Iterator[Note]:
    """Yield what notes the runs of a training in its home until they are ended."""
    with draft(home, DRAFT) as folder:
        runs = folder / RUNS

        def note(run: str) -> None:
            with runs.open("a", encoding="utf-8") as file:
                file.write(f"{run}\n")
            sync(runs)

        yield note


def end(home: Path, client: Any) -> None:
    """Mark the runs of killed trainings of a home as killed.

    Runs that the client's server does not know may be another server's: they wait for a training
    that records there.
    """
    from mlflow.exceptions import MlflowException

    for folder in abandoned(home, DRAFT):
        runs = folder / RUNS
        try:
            for run in runs.read_text(encoding="utf-8").split() if runs.exists() else ():
                if client.get_run(run).info.status == "RUNNING":
                    client.set_terminated(run, "KILLED")
        except MlflowException:
            continue
        shutil.rmtree(folder, ignore_errors=True)
