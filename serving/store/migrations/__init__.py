"""Bringing the control database up to date: under a lock, at the start of every program.

A change of the control tables is a revision in ``versions/`` beside the change in
``serving.store.tables``; ``HEAD`` names the newest. A new database is made as the tables are
declared. Runs never change: a new shape of a run is published, not migrated.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from features.errors import LadderError
from serving.store.place import Place
from serving.store.tables import CONTROL

HEAD = "0006"
"""The newest revision."""

TABLE = "alembic_version"
SCRIPTS = Path(__file__).parent


def upgrade(place: Place, engine: Engine) -> str | None:
    """Bring a control database to `HEAD`; return the revision it was of, None if it is new.

    Raises
    ------
    LadderError
        If the database was made by a newer program, or before the first release.
    """
    with engine.connect() as connection:
        found = revision(connection)
    if found == HEAD:
        return found
    with engine.begin() as connection:
        # Two programs may start at once: the first makes the tables, the second waits here.
        place.lock_writers(connection)
        before = revision(connection)
        if before != HEAD:
            _migrate(connection, before, place.name)
    return before


def revision(connection: Connection) -> str | None:
    """Return the revision that a database is of, or None if it has no tables of ours yet."""
    if not inspect(connection).has_table(TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {TABLE}"))
    return found


def _migrate(connection: Connection, before: str | None, name: str) -> None:
    """Make the tables, or run the revisions that are missing, in the caller's transaction."""
    # Here, because only a database that is new or behind needs it.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(SCRIPTS))
    if before is None:
        CONTROL.create_all(connection)
        MigrationContext.configure(connection).stamp(script, HEAD)
        return
    if before not in {found.revision for found in script.walk_revisions()}:
        raise _unknown(before, name)
    steps = script._upgrade_revs("head", before)
    context = MigrationContext.configure(connection, opts={"fn": lambda *_: steps})
    with Operations.context(context):
        context.run_migrations()


def _unknown(revision: str, name: str) -> LadderError:
    """Return what to say of a revision that this program has no way to."""
    came = f"The one in {name} is of version {revision}"
    if revision > HEAD:
        must = f"The score store must be of version {HEAD} or older."
        return LadderError(must, f"{came}.", "Use the newer version of ladder that made it.")
    return LadderError(
        f"The score store must have version {HEAD}, or one that this program can upgrade.",
        f"{came}, from before the first release.",
        "Start a new home: move this one aside, then run `ladder train` and `ladder score`.",
    )
