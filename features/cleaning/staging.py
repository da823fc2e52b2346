"""Reads all sources of a shop into one workspace: good rows, bad rows, and a report on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from features.cleaning.examination import examine
from features.cleaning.mapping import ShopClock, stage
from features.cleaning.refusal import refuse_empty, refuse_if_bad
from features.cleaning.staged import Staged, drop_duplicates, strays
from features.config import Config
from features.errors import UsageError
from features.reading.sources import opened
from features.resources.workspace import Workspace
from features.settings.sections import Source
from features.tables import DATED, TABLES

Frames = Mapping[str, Any]


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
        source
        for table, sources in wanted.items()
        for source in stage_table(workspace, config, table, sources, frames)
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
    staged = [_read(workspace, config, table, n, source, frame) for n, source in enumerate(sources)]
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
    limit, drop = config.limit(source), config.drops_duplicates(source)
    with opened(workspace, source, table, config.base, frame) as relation:
        # Read the clock only now: rows that a database delivered meanwhile are not in the future.
        clock = ShopClock(config.shop.timezone, datetime.now(UTC))
        stage(workspace, config.table(table), source, relation, clock, name)
    report = examine(workspace, table, name, relation, drop=drop)
    staged = Staged(config.table(table), name, source, relation, limit, drop, report)
    refuse_if_bad(workspace, staged)
    if drop and report.duplicates:
        drop_duplicates(workspace, name)
    return staged


def set_strays_aside(workspace: Workspace, staged: list[Staged], until: int) -> None:
    """Count good rows at or after `until` as bad: a few rows beyond the history are mistakes.

    Raises
    ------
    LadderError
        If that makes too many rows of a source bad.
    """
    for source in staged:
        problem = strays(workspace, source, until)
        if problem is not None:
            source.report = replace(source.report, problems=(*source.report.problems, problem))
            refuse_if_bad(workspace, source)
