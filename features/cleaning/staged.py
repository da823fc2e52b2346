"""A source in the workspace, and queries on its rows: the good ones, duplicates, strays."""

from __future__ import annotations

from dataclasses import dataclass

from features.quality import Problem, SourceReport
from features.reading.sources import Relation
from features.resources.workspace import Workspace
from features.settings.sections import Source
from features.tables import DATED, Table


@dataclass
class Staged:
    """A source in the workspace.

    Parameters
    ----------
    table : Table
        What its rows became.
    name : str
        Of its table in the workspace.
    source : Source
        Its mapping.
    relation : Relation
        What it was read from.
    limit : float
        The share of bad rows that is accepted.
    drop : bool
        Whether exact duplicates are removed.
    report : SourceReport
        What it held.
    """

    table: Table
    name: str
    source: Source
    relation: Relation
    limit: float
    drop: bool
    report: SourceReport


def union(staged: list[Staged], table: str, columns: str) -> str | None:
    """Return the SELECT of `columns` from the good rows of a table, None where it has no source."""
    parts = [
        f"SELECT {columns} FROM {source.name} WHERE NOT fatal"
        for source in staged
        if source.table.name == table
    ]
    return " UNION ALL ".join(parts) if parts else None


def drop_duplicates(workspace: Workspace, staged: str) -> None:
    """Keep one of the good rows that repeat each other exactly."""
    kept = f"SELECT min(rowid) FROM {staged} GROUP BY line, customer_id"
    workspace.run(f"DELETE FROM {staged} WHERE NOT fatal AND rowid NOT IN ({kept})")


def strays(workspace: Workspace, source: Staged, until: int) -> Problem | None:
    """Mark good rows at or after `until` as bad and return the problem, None where there are none.

    Contacts and customers have no strays: they may be about the future.
    """
    time = source.table.time
    if source.table.name not in DATED:
        return None
    stray = f"NOT fatal AND epoch_us({time}) >= {until}"
    (found,) = workspace.rows(
        f"SELECT count(*) AS n, min(DISTINCT {time}::VARCHAR, 3) AS samples FROM {source.name} "
        f"WHERE {stray}"
    )
    if not found["n"]:
        return None
    workspace.run(f"UPDATE {source.name} SET fatal = true WHERE {stray}")
    reason = f"{time} is after the newest full day"
    return Problem(reason, found["n"], True, tuple(found["samples"]))
