"""The store in a home's own files: a run is one SQLite file, renamed into place when whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from features.durable import sync
from serving.store.databases import control_engine, draft_engine, edit_engine, run_engine
from serving.store.lock import publishing
from serving.store.place import Row, StoreAwayError
from serving.store.run import RunInfo
from serving.store.tables import records

if TYPE_CHECKING:
    import pyarrow as pa

    from serving.store.amendments import Amendments
    from serving.store.control import Control


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

    def publish(
        self,
        control: Control,
        run_id: str,
        info: RunInfo,
        table: pa.Table | Iterable[pa.RecordBatch],
        keep: int,
    ) -> None:
        """Write a run's file beside the others, amend and rename it, then move the pointer."""
        # Here, because only publishers need Arrow: a server is ready sooner without it.
        from serving.store.bulk import insert_rows, write_run

        draft = self.path(run_id).with_name(f".{run_id}.draft")
        with publishing(self.home):
            self._sweep(control)
            try:
                with draft_engine(draft).begin() as connection:
                    customers = write_run(connection, table, insert_rows)
                self._put_in_place(control, draft, run_id, info, customers)
            except BaseException:
                draft.unlink(missing_ok=True)
                # In place, but not named: looked for, because what failed may have named it.
                with suppress(OSError, SQLAlchemyError):
                    self._sweep(control)
                raise
            control.retire(keep)
            self._sweep(control)

    def _put_in_place(
        self, control: Control, draft: Path, run_id: str, info: RunInfo, customers: int
    ) -> None:
        """Amend a draft by what was said of people meanwhile, sync and rename it, make it serve."""
        from serving.store.amendments import Amendments

        amendments = Amendments(self.home, info.as_of)
        with control.engine.connect() as connection:
            customers -= _amended(draft, connection, amendments)
        sync(draft)
        with control.engine.begin() as connection:
            self.lock_writers(connection)
            customers -= _amended(draft, connection, amendments)
            target = self.path(run_id)
            os.replace(draft, target)
            sync(target.parent)
            control.enter(connection, run_id, info, customers)

    def _sweep(self, control: Control) -> None:
        """Delete the files of runs that the store does not name: retired, or never finished."""
        named = {self.path(run.run_id) for run in control.runs()}
        folder = self.path("any").parent
        folder.mkdir(mode=0o700, exist_ok=True)
        for file in folder.iterdir():
            # A run's journal is the run's: without it, a change that was cut short stays half done.
            unnamed = self.path(file.name.partition(".sqlite")[0]) not in named
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
