"""Where the score store is: in files of the home, or on a PostgreSQL server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

from serving.store.databases import server_url
from serving.store.look_up import LookUp

VARIABLE = "LADDER_DATABASE_URL"


class Place(Protocol):
    """What differs between SQLite and PostgreSQL; everything else is SQL that both speak."""

    @property
    def name(self) -> str:
        """Return what may be shown of the address."""

    def control_engine(self) -> Engine:
        """Return the engine of the control database."""

    def run_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run."""

    def stream_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run whose connections are held for long."""

    def edit_engine(self, run_id: str) -> Engine:
        """Return the engine of a published run that deletes from it without a trace."""

    def look_up(self, run_id: str) -> LookUp:
        """Return what finds single records of a run without holding up the event loop."""

    def purge_deleted(self, engine: Engine) -> None:
        """Make what was deleted from the control database disappear from its files."""

    def lock_writers(self, connection: Connection) -> None:
        """Begin to write in a transaction that waits for others who did the same."""


def find_place(home: Path) -> Place:
    """Return where a home's score store is.

    Raises
    ------
    UsageError
        If ``LADDER_DATABASE_URL`` is set to something else than a PostgreSQL database.
    """
    if address := os.environ.get(VARIABLE):
        from serving.store.server import Server

        return Server(home, server_url(address))
    from serving.store.folder import Folder

    return Folder(home)
