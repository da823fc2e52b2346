"""What MLflow's embedded store must be told after a home has moved.

MLflow writes down where artifacts lie as whole addresses. Nothing else in a home does, so a moved
home scores and serves as before; only the records of its trainings would point to the old place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from features.errors import LadderError
from training.registry.connection import ARTIFACTS, STORE
from training.registry.tracking import BUNDLE_TAG, PREFIX

ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)
"""Tables and columns of MLflow's store that hold whole addresses."""

_OURS = """
select distinct artifact_location from experiments
where substr(name, 1, ?) = ? or experiment_id in (
  select experiment_id from runs join tags on tags.run_uuid = runs.run_uuid where tags.key = ?
)
"""
"""Where our experiments keep their artifacts: told by their names, or by runs if renamed."""


def relocate(home: Path) -> int:
    """Put the home's present place wherever MLflow's store names an earlier one.

    Returns
    -------
    int
        How many addresses changed; 0 if none had to, or if nothing was ever recorded.

    Raises
    ------
    LadderError
        If the store is not one that MLflow made, or cannot be written to; it is then unchanged.
    """
    before = homes_before(home)
    if not before:
        return 0
    with _store(home) as connection:
        changed = sum(
            _replace(connection, table, column, place, home.absolute().as_uri())
            for place in before
            for table, column in ADDRESSES
        )
        connection.commit()
        return changed


def homes_before(home: Path) -> tuple[str, ...]:
    """Return the addresses, other than its own, where MLflow's store says that the home is.

    Raises
    ------
    LadderError
        If the store is not one that MLflow made.
    """
    if not (home.absolute() / STORE).is_file():
        return ()
    with _store(home) as connection:
        found = connection.execute(_OURS, (len(PREFIX), PREFIX, BUNDLE_TAG)).fetchall()
    places = [str(location).rpartition("/") for (location,) in found]
    now = home.absolute().as_uri()
    return tuple(place for place, _, last in places if last == ARTIFACTS and place != now)


@contextmanager
def _store(home: Path) -> Iterator[sqlite3.Connection]:
    """Open MLflow's store; what is not committed when it closes is undone."""
    try:
        with closing(sqlite3.connect(home.absolute() / STORE)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise LadderError(
            f"{STORE} in the home must be MLflow's store, and writable.",
            f"In {home}, SQLite says: {error}.",
            "Stop the program that uses it and try again, or restore it from the back-up.",
        ) from error


def _replace(connection: sqlite3.Connection, table: str, column: str, before: str, now: str) -> int:
    """Replace the beginning of every address in a column; return how many there were."""
    statement = (
        f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?"
    )
    cut = len(before)
    # With the slash, so that a home named `models` leaves one named `models-old` alone.
    return connection.execute(statement, (now, cut + 1, cut + 1, f"{before}/")).rowcount
