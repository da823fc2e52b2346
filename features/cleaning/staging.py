"""All sources of a shop, read into one workspace: good rows, bad rows, and a report of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from features.cleaning.examination import examine
from features.cleaning.mapping import ShopClock, stage
from features.cleaning.refusal import refuse_empty, refuse_if_bad
from features.config import Config
from features.errors import UsageError
from features.quality import Problem, SourceReport
from features.reading.sources import Relation, opened
from features.sections import Source
from features.tables import DATED, TABLES, Table
from features.workspace import Workspace

Frames = Mapping[str, Any]


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


def stage_all(workspace: Workspace, config: Config, frames: Frames) -> list[Staged]:
    """Read every source of the configuration.

    Raises
    ------
    UsageError
        If there is neither an orders nor an engagement source, or a frame has no table.
    LadderError
        If a source is damaged, a table is empty, or too many rows are bad.
    """
    wanted = dict(_wanted(config, frames))
    require_dated(name for name, sources in wanted.items() if sources)
    workspace.run("CREATE SCHEMA staged")
    return [
        one
        for table, sources in wanted.items()
        for one in stage_table(workspace, config, table, sources, frames)
    ]


def require_dated(tables: Iterable[str]) -> None:
    """Refuse sources of which none feeds a table with dates.

    Raises
    ------
    UsageError
        If there are neither orders nor engagement.
    """
    if not set(tables) & set(DATED):
        raise UsageError(
            "A history needs orders or engagement.",
            "Neither [orders] nor [engagement] has a source.",
            "Add one to ladder.toml; `ladder init FILE` guesses it from a file.",
        )


def stage_table(
    workspace: Workspace,
    config: Config,
    table: str,
    sources: Sequence[Source],
    frames: Frames,
) -> list[Staged]:
    """Read the sources of one table into the schema ``staged``.

    Raises
    ------
    LadderError
        If a source is damaged, all are empty, or too many rows are bad.
    """
    frame = frames.get(table)
    staged = [_read(workspace, config, table, n, one, frame) for n, one in enumerate(sources)]
    refuse_empty(staged)
    return staged


def _wanted(config: Config, frames: Frames) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Yield each table with its sources; a frame stands in for the address of the one source."""
    for name in set(frames) - set(TABLES):
        raise UsageError(
            f"Frames must be named after tables: {', '.join(TABLES)}.",
            f"{name!r} is not one.",
            "Rename it.",
        )
    for name in TABLES:
        sources = config.sources(name)
        if name in frames and len(sources) > 1:
            raise UsageError(
                "A frame replaces the one source of a table.",
                f"[[{name}]] has {len(sources)} sources.",
                "Put the rows into one frame and one [section].",
            )
        yield name, (sources or (Source(),)) if name in frames else sources


def _read(
    workspace: Workspace,
    config: Config,
    table: str,
    number: int,
    source: Source,
    frame: Any,
) -> Staged:
    name = f"staged.{table}_{number}"
    limit = config.max_bad_share if source.max_bad_share is None else source.max_bad_share
    drop = (source.duplicates or config.duplicates) == "drop"
    with opened(workspace, source, table, config.base, frame) as relation:
        # Asked only now: what a database told meanwhile is not in the future.
        clock = ShopClock(config.shop.timezone, datetime.now(UTC))
        stage(workspace, config.table(table), source, relation, clock, name)
    report = examine(workspace, table, name, relation, drop=drop)
    staged = Staged(config.table(table), name, source, relation, limit, drop, report)
    refuse_if_bad(workspace, staged)
    if drop and report.duplicates:
        drop_duplicates(workspace, name)
    return staged


def drop_duplicates(workspace: Workspace, staged: str) -> None:
    """Keep one of the good rows that repeat each other exactly."""
    kept = f"SELECT min(rowid) FROM {staged} GROUP BY line, customer_id"
    workspace.run(f"DELETE FROM {staged} WHERE NOT fatal AND rowid NOT IN ({kept})")


def union(staged: list[Staged], table: str, columns: str) -> str | None:
    """Return the SELECT of `columns` from the good rows of a table, None where it has no source."""
    parts = [
        f"SELECT {columns} FROM {one.name} WHERE NOT fatal"
        for one in staged
        if one.table.name == table
    ]
    return " UNION ALL ".join(parts) if parts else None


def set_strays_aside(workspace: Workspace, staged: list[Staged], until: int) -> None:
    """Count good rows at or after `until` as bad: a few rows beyond the history are mistakes.

    Raises
    ------
    LadderError
        If that makes too many rows of a source bad.
    """
    for one in staged:
        problem = strays(workspace, one, until)
        if problem is not None:
            one.report = replace(one.report, problems=(*one.report.problems, problem))
            refuse_if_bad(workspace, one)


def strays(workspace: Workspace, one: Staged, until: int) -> Problem | None:
    """Mark good rows at or after `until` as bad and return the problem, None where there are none.

    Contacts and customers have no strays: they may be about the future.
    """
    time = one.table.time
    if one.table.name not in DATED:
        return None
    stray = f"NOT fatal AND epoch_us({time}) >= {until}"
    (found,) = workspace.rows(
        f"SELECT count(*) AS n, min(DISTINCT {time}::VARCHAR, 3) AS samples FROM {one.name} "
        f"WHERE {stray}"
    )
    if not found["n"]:
        return None
    workspace.run(f"UPDATE {one.name} SET fatal = true WHERE {stray}")
    reason = f"{time} is after the newest full day"
    return Problem(reason, found["n"], True, tuple(found["samples"]))
