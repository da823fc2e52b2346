"""Publishing a run: written beside the others, then one pointer moves."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError

from features.errors import LadderError
from serving.store.control import Control
from serving.store.folder import Folder
from serving.store.place import Place, find_place
from serving.store.run import RunInfo

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_RUNS = 3
"""Runs that stay in the store, the serving one among them; older ones are deleted."""


def publish(
    home: Path,
    info: RunInfo,
    table: pa.Table | Iterable[pa.RecordBatch],
    keep: int = KEPT_RUNS,
) -> str:
    """Publish a run and make it the one that serves.

    Parameters
    ----------
    home : Path
        An open home.
    info : RunInfo
        What the run says about itself.
    table : pyarrow.Table or iterable of pyarrow.RecordBatch
        A row per customer, as `serving.runs.publishing.ready` makes them: the columns of ``ladder
        score``, `record` (binary: the record as JSON) and, optionally, `told` (binary: what its
        reasons are told of), `vector` (binary, or fixed-size list of float32: the features),
        `history` (binary) and `attributes` (list of text).
    keep : int
        How many runs to keep, at least 2, so that a reader of the last one can finish.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    LadderError
        If another process publishes, if the disk is full or read-only, or if a customer comes
        twice. The run that served before still serves.
    """
    with _failing_in_words(find_place(home).name), Control(home) as control:
        run_id = new_run_id()
        _publisher_to(control.place)(control, run_id, info, table, max(keep, 2))
    return run_id


def _publisher_to(place: Place) -> Callable[..., None]:
    """Return what publishes to a place.

    Imported here, because only publishers need Arrow: a server is ready sooner without it.
    """
    if isinstance(place, Folder):
        from serving.store import file_publisher

        return partial(file_publisher.publish, place)
    from serving.store import schema_publisher
    from serving.store.server import Server

    assert isinstance(place, Server)
    return partial(schema_publisher.publish, place)


def new_run_id() -> str:
    """Return a name for a run: its second, UTC, and four random characters."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"


@contextmanager
def _failing_in_words(place: str) -> Iterator[None]:
    """Turn a disk's or a server's refusal into an error that says why and what still serves."""
    try:
        yield
    except IntegrityError as error:
        raise LadderError(
            "A run must have one record per customer.",
            "A customer_id appears twice.",
            "Give one row per customer; `ladder score` always does.",
        ) from error
    except (OSError, sqlite3.OperationalError, DBAPIError) as error:
        raise LadderError(
            f"Publishing must be able to write to {place}.",
            f"It failed: {_cause(error)}. The previous run still serves.",
            "Free disk space, or allow writing there, then publish again.",
        ) from error


def _cause(error: Exception) -> str:
    """Return what a disk or a database says; not a driver's message, which may name hosts."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(cause, OSError | sqlite3.Error):
        return str(cause)
    message = getattr(getattr(cause, "diag", None), "message_primary", None)
    return message or type(cause).__name__
