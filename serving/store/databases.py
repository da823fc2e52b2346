"""Engines: how the store opens SQLite files and a PostgreSQL server.

All hide their statements' parameters from logs and errors: these are ids and records.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from features.errors import LadderError, UsageError

BUSY_MILLISECONDS = 10_000
"""How long a writer of the control database waits for another before it gives up."""

CACHE_KIBIBYTES = 65_536
"""Memory for pages while a run is written or changed."""

CONNECT_SECONDS = 5
"""How long a PostgreSQL server may take to let us in."""


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
        f"PRAGMA cache_size = -{CACHE_KIBIBYTES}",
        "PRAGMA secure_delete = ON",
    )


def edit_engine(path: Path) -> Engine:
    """Return the engine of a published run from which somebody is erased."""
    return _engine(
        _existing(path),
        f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
        "PRAGMA secure_delete = ON",
        # Changes wait in memory, so that readers are kept out for the end of a transaction only.
        f"PRAGMA cache_size = -{CACHE_KIBIBYTES}",
        "PRAGMA cache_spill = OFF",
    )


def run_engine(path: Path) -> Engine:
    """Return the engine of a published run, which is only read.

    Opened for writing nevertheless: whoever comes after an editor that was killed has to undo what
    that one left half done. On a disk that is only read, SQLite does without.
    """
    return _engine(_existing(path), "PRAGMA query_only = ON")


def server_engine(url: URL, schema: str, *, pooled: bool = True) -> Engine:
    """Return the engine of one schema on a PostgreSQL server.

    Its pool keeps one connection, so that a server that restarts finds few to break, and tries it
    before use.

    Parameters
    ----------
    url : sqlalchemy.URL
    schema : str
    pooled : bool
        Whether connections are shared; those that are held for long had better not be.

    Raises
    ------
    LadderError
        If the driver is not installed.
    """
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pooled:
        pool = {"pool_size": 1, "max_overflow": 9, "pool_pre_ping": True}
    try:
        engine = create_engine(
            url, **pool, hide_parameters=True, connect_args=connect_arguments(schema)
        )
    except ImportError as error:
        raise LadderError(
            "A score store on PostgreSQL needs the driver psycopg.",
            "It is not installed.",
            "Run: pip install 'psycopg[binary]>=3.3'.",
        ) from error
    _close_late_comers(engine)
    return engine


def _close_late_comers(engine: Engine) -> None:
    """Have connections closed that come back after their engine was disposed of.

    A page being read when its run is retired keeps its connection to the end. The pool that it then
    comes back to belongs to nobody, and would leave closing it to the garbage collector.
    """
    gone = False

    def let_go(_: Engine) -> None:
        nonlocal gone
        gone = True

    def come_back(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        if gone:
            record.invalidate()

    event.listen(engine, "engine_disposed", let_go)
    event.listen(engine, "checkin", come_back)


def connect_arguments(schema: str) -> dict[str, str]:
    """Return how a connection begins: in which schema, and named after this process."""
    return {
        "options": f"-c search_path={schema}",
        "application_name": f"ladder, process {os.getpid()} on {socket.gethostname()}"[:63],
        "connect_timeout": str(CONNECT_SECONDS),
    }


def server_url(text: str) -> URL:
    """Return the address of a PostgreSQL database as our driver wants it.

    Raises
    ------
    UsageError
        If it is no such address; the message does not repeat it, because it may hold a password.

    Examples
    --------
    >>> server_url("postgres://ladder:hunter2@db/scores")
    postgresql+psycopg://ladder:***@db/scores
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # a port that is no number may be half of a password
        url = None
    if url is None or url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        kind = "something unreadable" if url is None else f"{url.drivername}://"
        raise UsageError(
            "LADDER_DATABASE_URL must be the address of a PostgreSQL database.",
            f"It begins with {kind}." if url else f"It is {kind}.",
            "Write postgresql://USER:PASSWORD@HOST/DATABASE, with an @ or a : of the password as "
            "%40 or %3A, or unset it for SQLite in the home.",
        )
    return url.set(drivername="postgresql+psycopg")


def _existing(path: Path) -> URL:
    """Return the address of a file that is never made anew: a run may be retired meanwhile."""
    file = f"file:{quote(str(path))}"
    return URL.create("sqlite", database=file, query={"mode": "rw", "uri": "true"})


def _engine(address: URL, *pragmas: str) -> Engine:
    # Opening a file costs tens of microseconds; a pool would keep files of retired runs alive.
    engine = create_engine(address, poolclass=NullPool, hide_parameters=True)

    def prepare(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            _patiently(cursor, pragma)
        cursor.close()

    event.listen(engine, "connect", prepare)
    return engine


def _patiently(cursor: DBAPICursor, pragma: str) -> None:
    """Execute a pragma, again as long as others hold the file.

    SQLite waits for them by itself, but not to give a file a log (WAL) that another is writing.
    """
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute(pragma)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
