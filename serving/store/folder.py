"""The store in a home's own files: a run is one SQLite file (`serving.store.file_publisher`)."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from serving.store.databases import control_engine, edit_engine, run_engine
from serving.store.look_up import Row, StoreAwayError
from serving.store.tables import records

CONTROL_FILE = "control.sqlite"


@dataclass(frozen=True)
class Folder:
    """The files of an open home."""

    home: Path

    @property
    def name(self) -> str:
        """Return the folder."""
        return str(self.home)

    def control_engine(self) -> Engine:
        """Return the engine of the control database, which only its owner may read.

        It names customers, and holds what signs messages. SQLite gives the files beside it the
        same rights.
        """
        file = self.home / CONTROL_FILE
        with suppress(OSError):  # it is there; or what is wrong, SQLite says
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return control_engine(file)

    def run_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run, which is only read."""
        return run_engine(self.path(run_id))

    def stream_engine(self, run_id: str) -> Engine:
        """Return the same engine, which shares no connections."""
        return self.run_engine(run_id)

    def edit_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run that deletes from it without a trace."""
        return edit_engine(self.path(run_id))

    def look_up(self, run_id: str) -> FileLookUp:
        """Return what finds single records of a run without holding up the event loop."""
        return FileLookUp(self.run_engine(run_id))

    def path(self, run_id: str) -> Path:
        """Return the file of a published run."""
        return self.home / "runs" / f"{run_id}.sqlite"

    def purge_deleted(self, engine: Engine) -> None:
        """Write the log into the file and empty it: deleted rows lived on in the log."""
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def lock_writers(self, connection: Connection) -> None:
        """Take SQLite's write lock at once rather than at the first write."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class FileLookUp:
    """Look-ups in a file held open, by one thread at a time: microseconds each."""

    def __init__(self, engine: Engine) -> None:
        wanted = select(records.c.record, records.c.told).where(records.c.customer_id == "")
        # SQLAlchemy writes the statement once; the driver runs it: half the time of a look-up.
        self._statement = str(wanted.compile(dialect=engine.dialect))
        self._held = engine.connect()
        driver = self._held.connection.driver_connection
        assert driver is not None  # it is None only after the connection is closed
        self._execute = driver.execute

    async def find(self, customer_id: str) -> Row | None:
        """Return a record and its reasons, here: a thread would cost more than the look-up.

        Raises
        ------
        StoreAwayError
            If the file cannot be read now.
        """
        try:
            row: Row | None = self._execute(self._statement, (customer_id,)).fetchone()
        except sqlite3.OperationalError as error:
            raise StoreAwayError(type(error).__name__) from error
        return row

    def close(self) -> None:
        """Let go of the file."""
        self._held.close()
