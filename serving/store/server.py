"""The store on a PostgreSQL server: a run is a schema, made and named in one transaction.

::

    schema ladder           the control database, and the zipped bundles that runs name
    schema ladder_run_...   one published run: records, facets, vectors

A publisher that dies leaves nothing: the server rolls its transaction back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import OperationalError

from features.errors import LadderError
from serving.store.databases import server_engine
from serving.store.run import RunInfo
from serving.store.server_look_up import ServerLookUp

if TYPE_CHECKING:
    import pyarrow as pa

    from serving.store.amendments import Amendments
    from serving.store.control import Control

CONTROL_SCHEMA = "ladder"
RUN_SCHEMA = "ladder_run_"
LOCK_NAMESPACE = 0x1ADDE4
"""Our number among the advisory locks of a database that others may use too."""

PUBLISHING, WRITING = 1, 2
DROP_MILLISECONDS = 2000
"""How long a retired run waits for its readers before it is left to the next publisher."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL database that holds the store of a home.

    Parameters
    ----------
    home : Path
        The home, whose bundles are published with the runs that name them.
    url : sqlalchemy.URL
        The database.
    """

    home: Path
    url: URL

    @property
    def name(self) -> str:
        """Return the kind and the name of the database, without host, user and password."""
        return f"postgresql://***/{self.url.database}"

    def control_engine(self) -> Engine:
        """Return the engine of the control database."""
        return server_engine(self.url, CONTROL_SCHEMA)

    def run_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run."""
        return server_engine(self.url, schema_of(run_id))

    def stream_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run for long lists, which leave the pool to others."""
        return server_engine(self.url, schema_of(run_id), pooled=False)

    def edit_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run: the server forgets deleted rows by itself."""
        return self.run_engine(run_id)

    def look_up(self, run_id: str) -> ServerLookUp:
        """Return what finds single records of a run without holding up the event loop."""
        return ServerLookUp(self.url, schema_of(run_id))

    def purge_deleted(self, engine: Engine) -> None:
        """Leave it to the server, which clears away deleted rows by itself."""

    def lock_writers(self, connection: Connection) -> None:
        """Wait for the others who write alone; make our schema if there is none."""
        lock = text("SELECT pg_advisory_xact_lock(:ours, :lock)")
        connection.execute(lock, {"ours": LOCK_NAMESPACE, "lock": WRITING})
        there = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
        if connection.scalar(there, {"name": CONTROL_SCHEMA}) is None:
            connection.exec_driver_sql(f"CREATE SCHEMA {CONTROL_SCHEMA}")

    def publish(
        self,
        control: Control,
        run_id: str,
        info: RunInfo,
        table: pa.Table | Iterable[pa.RecordBatch],
        keep: int,
    ) -> None:
        """Write a run's schema and move the pointer in one transaction, then drop old runs."""
        from serving.store.amendments import Amendments
        from serving.store.bulk import copy_rows, write_run
        from serving.store.bundles import keep_bundle

        with control.engine.begin() as connection:
            _only_publisher(connection)
            schema = schema_of(run_id)
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
            connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
            customers = write_run(connection, table, copy_rows)
            connection.exec_driver_sql(f"SET LOCAL search_path TO {CONTROL_SCHEMA}")
            keep_bundle(connection, self.home, info.model_version)
            amendments = Amendments(self.home, info.as_of)
            customers -= _amended(connection, schema, amendments)
            self.lock_writers(connection)
            customers -= _amended(connection, schema, amendments)
            control.enter(connection, run_id, info, customers)
        control.retire(keep)
        self._sweep(control)

    def _sweep(self, control: Control) -> None:
        """Drop the schemas of runs that the store does not name, one by one."""
        found = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :ours)")
        named = {schema_of(run.run_id) for run in control.runs()}
        with control.engine.connect() as connection:
            schemas = set(connection.scalars(found, {"ours": RUN_SCHEMA}))
        for schema in sorted(schemas - named):
            try:
                with control.engine.begin() as connection:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {DROP_MILLISECONDS}")
                    connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
            except OperationalError:
                # Somebody still reads a long list from it; the next publisher drops it.
                continue


def schema_of(run_id: str) -> str:
    """Return the schema of a run, a name that needs no quotes.

    Examples
    --------
    >>> schema_of("20260601T063012Z-3f9a")
    'ladder_run_20260601t063012z_3f9a'
    """
    return RUN_SCHEMA + "".join(c if c.isalnum() else "_" for c in run_id.lower())


def _amended(connection: Connection, schema: str, amendments: Amendments) -> int:
    """Bring a run that is not named yet up to date; return how many people it holds no more."""
    if not amendments.look(connection):
        return 0
    connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
    removed = amendments.apply(connection)
    connection.exec_driver_sql(f"SET LOCAL search_path TO {CONTROL_SCHEMA}")
    return removed


def _only_publisher(connection: Connection) -> None:
    """Take the publishers' lock until the transaction ends, or name the one who has it."""
    taken = text("SELECT pg_try_advisory_xact_lock(:ours, :lock)")
    if connection.scalar(taken, {"ours": LOCK_NAMESPACE, "lock": PUBLISHING}):
        return
    holder = text(
        "SELECT application_name || ', since ' || to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS TZ')"
        " FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
        " AND classid = :ours AND objid = :lock"
        " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    who = connection.scalar(holder, {"ours": LOCK_NAMESPACE, "lock": PUBLISHING})
    raise LadderError(
        "Only one run can be published at a time.",
        f"Publishing now: {who or 'another process'}.",
        "Wait until it is done or stop it, then run the command again.",
    )
