"""The store on a PostgreSQL server: a run is a schema (`serving.store.schema_publisher`).

::

    schema ladder           the control database, and the zipped bundles that runs name
    schema ladder_run_...   one published run: records, facets, vectors
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, text

from serving.store.databases import server_engine
from serving.store.server_look_up import ServerLookUp

CONTROL_SCHEMA = "ladder"
RUN_SCHEMA = "ladder_run_"
LOCK_NAMESPACE = 0x1ADDE4
"""Our number among the advisory locks of a database that others may use too."""

PUBLISHING, WRITING = 1, 2
"""The locks of whoever publishes, and of whoever writes to the control database."""


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


def schema_of(run_id: str) -> str:
    """Return the schema of a run, a name that needs no quotes.

    Examples
    --------
    >>> schema_of("20260601T063012Z-3f9a")
    'ladder_run_20260601t063012z_3f9a'
    """
    return RUN_SCHEMA + "".join(c if c.isalnum() else "_" for c in run_id.lower())
