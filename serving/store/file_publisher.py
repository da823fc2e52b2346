"""Publishing into a home's own files: a run is written beside the others and renamed when whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from features.resources.durable import sync
from serving.store.amendments import Amendments
from serving.store.bulk import insert_rows, write_run
from serving.store.control import Control
from serving.store.databases import draft_engine
from serving.store.folder import Folder
from serving.store.lock import publishing
from serving.store.run import RunInfo


def publish(
    folder: Folder,
    control: Control,
    run_id: str,
    info: RunInfo,
    table: pa.Table | Iterable[pa.RecordBatch],
    keep: int,
) -> None:
    """Write a run's file beside the others, amend and rename it, then move the pointer."""
    draft = folder.path(run_id).with_name(f".{run_id}.draft")
    with publishing(folder.home):
        _sweep(folder, control)
        try:
            with draft_engine(draft).begin() as connection:
                customers = write_run(connection, table, insert_rows)
            _put_in_place(folder, control, draft, run_id, info, customers)
        except BaseException:
            draft.unlink(missing_ok=True)
            # In place, but not named: looked for, because what failed may have named it.
            with suppress(OSError, SQLAlchemyError):
                _sweep(folder, control)
            raise
        control.retire(keep)
        _sweep(folder, control)


def _put_in_place(
    folder: Folder, control: Control, draft: Path, run_id: str, info: RunInfo, customers: int
) -> None:
    """Amend a draft by what was said of people meanwhile, sync and rename it, make it serve."""
    amendments = Amendments(folder.home, info.as_of)
    with control.engine.connect() as connection:
        customers -= _amended(draft, connection, amendments)
    sync(draft)
    with control.engine.begin() as connection:
        folder.lock_writers(connection)
        customers -= _amended(draft, connection, amendments)
        target = folder.path(run_id)
        os.replace(draft, target)
        sync(target.parent)
        control.enter(connection, run_id, info, customers)


def _sweep(folder: Folder, control: Control) -> None:
    """Delete the files of runs that the store does not name: retired, or never finished."""
    named = {folder.path(run.run_id) for run in control.runs()}
    runs = folder.path("any").parent
    runs.mkdir(mode=0o700, exist_ok=True)
    for file in runs.iterdir():
        # A run's journal is the run's: without it, a change that was cut short stays half done.
        unnamed = folder.path(file.name.partition(".sqlite")[0]) not in named
        if unnamed and not file.is_dir():  # a folder is not ours, as a disk's lost+found
            file.unlink(missing_ok=True)


def _amended(draft: Path, control: Connection, amendments: Amendments) -> int:
    """Bring a draft up to date, on disk too; return how many people it holds no more."""
    if not amendments.look(control):
        return 0
    with draft_engine(draft).begin() as connection:
        removed = amendments.apply(connection)
    sync(draft)
    return removed
