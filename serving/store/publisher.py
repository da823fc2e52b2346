"""Publishing a run: written beside the others, synced, renamed, then one pointer moves."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError, OperationalError

from features.errors import LadderError
from serving.store.control import Control, run_path
from serving.store.lock import publishing
from serving.store.run import RunInfo

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_RUNS = 3
"""Runs that stay in the store, the serving one among them; older ones are deleted."""


def publish(
    home: Path,
    run: RunInfo,
    table: pa.Table | Iterable[pa.RecordBatch],
    keep: int = KEPT_RUNS,
) -> str:
    """Publish a run and make it the one that serves.

    Parameters
    ----------
    home : Path
        An open home.
    run : RunInfo
        What the run says about itself.
    table : pyarrow.Table or iterable of pyarrow.RecordBatch
        A row per customer: the columns of ``ladder score``, `record` (binary: the record as
        JSON) and, optionally, `vector` (binary, or fixed-size list of float32: the features).
    keep : int
        How many runs to keep, at least 2, so that a reader of the last one can finish.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    LadderError
        If another process publishes, if the disk is full or read-only, if a customer comes
        twice, or if a column is missing. The run that served before still serves.
    """
    # Here, because only publishers need Arrow: a server is ready sooner without it.
    from serving.store.bulk import write_run

    with _blaming_the_machine(home), publishing(home), Control(home) as control:
        sweep(home, control)
        run_id = new_run_id()
        target = run_path(home, run_id)
        draft = target.with_name(f".{run_id}.draft")
        try:
            customers = write_run(draft, table)
            _sync(draft)
            os.replace(draft, target)
            _sync(target.parent)
            control.add_run(run_id, run, customers)
        except BaseException:
            draft.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
            raise
        control.retire(max(keep, 2))
        sweep(home, control)
    return run_id


def new_run_id() -> str:
    """Return a name for a run: its second, UTC, and four random characters."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"


def sweep(home: Path, control: Control) -> None:
    """Delete the files of runs that the store does not name: retired, or never finished."""
    named = {run_path(home, run.run_id) for run in control.runs()}
    folder = run_path(home, "any").parent
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.iterdir():
        if file not in named:
            file.unlink(missing_ok=True)


@contextmanager
def _blaming_the_machine(home: Path) -> Iterator[None]:
    """Turn a disk's refusal into an error that says why and what still serves."""
    try:
        yield
    except IntegrityError as error:
        raise LadderError(
            "A run must hold one record per customer.",
            "A customer_id came twice.",
            "Give one row per customer; `ladder score` always does.",
        ) from error
    except (OSError, sqlite3.OperationalError, OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        raise LadderError(
            f"Publishing must be able to write to {home}.",
            f"It failed: {cause}. The run that served before still serves.",
            "Free disk space or allow writing there, then publish again.",
        ) from error


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
