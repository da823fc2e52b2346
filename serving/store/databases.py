"""Engines: how the store opens its SQLite files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_MILLISECONDS = 10_000
"""How long a writer of the control database waits for another before it gives up."""


def control_engine(path: Path) -> Engine:
    """Return the engine of a control database, which many processes read and write."""
    return _engine(
        URL.create("sqlite", database=str(path)),
        f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA foreign_keys = ON",
        # Without it a deleted row's bytes stay in the file.
        "PRAGMA secure_delete = ON",
    )


def draft_engine(path: Path) -> Engine:
    """Return the engine of a run being written: one writer, and lost as a whole if it dies."""
    return _engine(
        URL.create("sqlite", database=str(path)),
        "PRAGMA journal_mode = OFF",
        "PRAGMA synchronous = OFF",
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA cache_size = -65536",
    )


def run_engine(path: Path) -> Engine:
    """Return the engine of a published run, which is only read."""
    file = f"file:{quote(str(path))}"
    return _engine(URL.create("sqlite", database=file, query={"mode": "ro", "uri": "true"}))


def _engine(address: URL, *pragmas: str) -> Engine:
    # Opening a file costs tens of microseconds; a pool would keep files of retired runs alive.
    engine = create_engine(address, poolclass=NullPool)

    def prepare(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine, "connect", prepare)
    return engine
