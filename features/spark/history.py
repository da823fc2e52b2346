"""A shop's history whose rows stay on the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

import features.history
from features.block import Block
from features.budget import DEFAULT
from features.canonical import midnight_after, refuse_too_few
from features.clock import midnight
from features.config import Config, Source
from features.errors import LadderError, UsageError
from features.examination import refuse_if_bad
from features.history import History, report_on
from features.mapping import Reading, across_rows, stage
from features.notes import notes_on
from features.quality import SourceReport, merged
from features.scopes import scopes
from features.sources import Relation
from features.spark import tasks
from features.spark.reading import Raw, read
from features.spark.session import jobs, session
from features.spark.tasks import Feed, Seen, Summary, Survey
from features.staging import Frames, Staged
from features.tables import DATED, TABLES
from features.workspace import Workspace

T = TypeVar("T", Survey, Summary)

_PARTITIONS = "spark.sql.shuffle.partitions"
_PER_CORE = 4
"""Parts of the customers for each core, where the cluster's settings do not say how many."""


class SparkHistory(History):
    """A history in parts on a cluster; made by :func:`open_history`, closed by ``with``.

    Whatever works on blocks goes through :meth:`each` and runs where the rows are. Tables and
    blocks are brought to this machine only when asked for.
    """

    spread = True

    def __init__(
        self, rows: Any, feeds: tuple[Feed, ...], seen: Seen, summary: Summary, home: Workspace
    ) -> None:
        super().__init__(home, seen.config, seen.until, summary.measure)
        self._parts, self._feeds, self._seen = rows, feeds, seen

    def each(self, work: Callable[[Block], pa.Table]) -> Iterator[tuple[pa.Table, int]]:
        """Yield what some work makes of every block, all at once."""
        cells = _collected(self._parts, partial(tasks.perform, self._feeds, self._seen, work))
        rows, customers = tasks.rows_of(cells)
        if rows is not None:
            yield rows, customers

    def blocks(self, customers: int = 50_000) -> Iterator[Block]:
        """Refuse: the blocks are where the rows are."""
        raise _stays_there(f"blocks of {customers:,} customers")

    def table(self, name: str) -> pa.Table:
        """Refuse: no machine need be able to hold a whole table."""
        raise _stays_there(f"the table {name}")

    def close(self) -> None:
        """Let the cluster forget the rows."""
        self._parts.unpersist()
        super().close()


@contextmanager
def opened(
    config: Config,
    until: date | None = None,
    frames: Frames | None = None,
    master: str | None = None,
    memory: str = DEFAULT,
    processes: int = 1,
) -> Iterator[History]:
    """Yield a shop's history, read and worked on by this machine or by a cluster.

    Parameters
    ----------
    config, until, frames
        As in :func:`features.history.open_history`; a cluster reads no frames.
    master : str or None
        The Spark cluster (:func:`features.spark.session.session`); None for this machine.
    memory, processes
        As in :func:`features.history.open_history`; a cluster has its own.
    """
    if master is None:
        with features.history.open_history(config, until, frames, memory, processes) as history:
            yield history
    else:
        with session(master) as spark, open_history(spark, config, until) as history:
            yield history


def open_history(spark: Any, config: Config, until: date | None = None) -> SparkHistory:
    """Read, map and check a shop's sources on a cluster, as `features.history` does on a machine.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
    config : Config
    until : date or None
        As in :func:`features.history.open_history`.

    Raises
    ------
    UsageError
        If the configuration does not fit the sources, or asks for what a cluster cannot do.
    LadderError
        If a source is damaged or empty, too many rows are bad, or too few customers remain.
    """
    home = Workspace(threads=1)
    try:
        return _opened(spark, config, until, home)
    except BaseException:
        home.close()
        raise


def _opened(spark: Any, config: Config, until: date | None, home: Workspace) -> SparkHistory:
    zone = config.shop.timezone
    raw = _sources(spark, config)
    feeds = tuple(_feed(home, config, number, *found) for number, found in enumerate(raw))
    rows = _rows(spark, feeds, [one for _, _, one in raw]).persist(_on_disk())
    try:
        survey = _sum(rows, partial(tasks.survey, feeds, config), Survey())
        staged = [_examined(home, feed, survey.reports.get(feed.number)) for feed in feeds]
        _refuse_empty(staged)
        notes = list(notes_on(config, survey.findings))
        if until is None:
            end = midnight_after(survey.days.values(), staged, zone)
        else:
            end = midnight(until, zone)
        ids = sorted(survey.objecting | survey.erased)
        left_out = pa.table({"customer_id": pa.array(ids, pa.string())})
        seen = Seen(config, end, left_out, strays=until is None)
        summary = _sum(rows, partial(tasks.summarise, feeds, seen), Summary())
        for feed, one in zip(feeds, staged, strict=True):
            one.report = merged([one.report, summary.reports.get(feed.number, feed.blank())])
            _refuse_if_bad(home, one)
        refuse_too_few(
            staged,
            end,
            zone,
            rows=any(name in summary.measure.tables for name in DATED),
            customers=summary.measure.customers,
        )
        history = SparkHistory(rows, feeds, seen, summary, home)
        history.report = report_on(history, staged, len(survey.objecting), notes)
        return history
    except BaseException:
        rows.unpersist()
        raise


def _sources(spark: Any, config: Config) -> list[tuple[str, Source, Raw]]:
    found = [
        (table, source, read(spark, source, table, config.base))
        for table in TABLES
        for source in config.sources(table)
    ]
    if not any(table in DATED for table, _, _ in found):
        raise UsageError(
            "A history needs orders or engagement.",
            "Neither [orders] nor [engagement] has a source.",
            "Add one to ladder.toml; `ladder init FILE` guesses it from a file.",
        )
    return found


def _feed(
    home: Workspace, config: Config, number: int, table: str, source: Source, raw: Raw
) -> Feed:
    """Return a source with what a worker must know of the whole, its mapping tried out."""
    empty = _empty(raw)
    home.register("raw", empty)
    columns = home.columns("SELECT * FROM raw")
    columns.pop(raw.corrupt or "", None)
    limit = config.max_bad_share if source.max_bad_share is None else source.max_bad_share
    feed = Feed(
        number=number,
        table=TABLES[table],
        source=source,
        relation=Relation("raw", columns, raw.untyped, raw.label),
        reading=Reading(config.shop.timezone, datetime.now(UTC)),
        limit=limit,
        drop=(source.duplicates or config.duplicates) == "drop",
        corrupt=raw.corrupt,
    )
    if "VARCHAR" in columns.values():
        cells = _collected(raw.frame, partial(tasks.count_types, feed))
        feed = replace(feed, scopes=scopes(tasks.add_types(tasks.answers(cells))))
    stage(home, feed.table, source, feed.relation, feed.reading, f"tried_{number}", feed.scopes)
    _refuse_windows(home, feed)
    home.unregister("raw")
    return feed


def _refuse_windows(home: Workspace, feed: Feed) -> None:
    around = across_rows(home, feed.table, feed.source, feed.relation, feed.scopes)
    if around:
        raise UsageError(
            "On a cluster, an expression may only look at its own row.",
            f"[{feed.table.name}] {around[0]} looks at others, or asks a query of its own.",
            "Work that column out beforehand, and map the result.",
        )


def _empty(raw: Raw) -> pa.Table:
    """Return no rows, in the Arrow types in which a worker gets them."""
    from pyspark.sql.pandas.types import to_arrow_schema

    schema: pa.Schema = to_arrow_schema(raw.frame.schema, timezone="UTC")
    return schema.empty_table()


def _rows(spark: Any, feeds: tuple[Feed, ...], raw: list[Raw]) -> Any:
    """Return the canonical rows of all sources, all rows of a customer in one partition."""
    from pyspark.sql.pandas.types import from_arrow_schema

    schema, whole = from_arrow_schema(tasks.ROWS), None
    for feed, one in zip(feeds, raw, strict=True):
        part = one.frame.mapInArrow(partial(tasks.map_rows, feed), schema)
        whole = part if whole is None else whole.unionAll(part)
    context = spark.sparkContext
    parts = context.getConf().get(_PARTITIONS) or context.defaultParallelism * _PER_CORE
    assert whole is not None, "there is a source of orders or engagement"
    return whole.repartition(int(parts), "customer_id")


def _on_disk() -> Any:
    from pyspark import StorageLevel

    # What a lost worker held is mapped again from the sources.
    return StorageLevel.DISK_ONLY


def _collected(frame: Any, work: Callable[[Iterable[Any]], Iterator[Any]]) -> pa.Table:
    from pyspark.sql.pandas.types import from_arrow_schema

    with jobs():
        cells: pa.Table = frame.mapInArrow(work, from_arrow_schema(tasks.CELL)).toArrow()
    return cells


def _sum(frame: Any, work: Callable[[Iterable[Any]], Iterator[Any]], none: T) -> T:
    return sum(tasks.answers(_collected(frame, work)), start=none)


def _examined(home: Workspace, feed: Feed, report: SourceReport | None) -> Staged:
    staged = feed.staged(report or feed.blank())
    _refuse_if_bad(home, staged)
    return staged


def _refuse_if_bad(home: Workspace, staged: Staged) -> None:
    """Stop where too much is bad; what is advised comes from the samples that were brought here."""
    if staged.report.bad_share <= staged.limit:
        return
    columns = ", ".join(f"NULL AS {column.name}" for column in staged.table.columns)
    home.register("samples", _samples(staged.report))
    home.run(f"CREATE OR REPLACE TABLE sampled AS SELECT problem, sample, {columns} FROM samples")
    refuse_if_bad(home, staged.report, "sampled", staged.limit, staged.source.columns)


def _samples(report: SourceReport) -> pa.Table:
    rows = [
        {"problem": problem.reason, "sample": text}
        for problem in report.problems
        for text in problem.samples
    ]
    schema = pa.schema([("problem", pa.string()), ("sample", pa.string())])
    return pa.Table.from_pylist(rows, schema)


def _refuse_empty(staged: list[Staged]) -> None:
    for name in dict.fromkeys(one.table.name for one in staged):
        mine = [one for one in staged if one.table.name == name]
        if not any(one.report.read for one in mine):
            raise LadderError(
                f"The table {name} must hold rows.",
                f"{' and '.join(one.relation.label for one in mine)} gave none.",
                f"Export it again, correct `where`, or leave [{name}] out.",
            )


def _stays_there(what: str) -> LadderError:
    return LadderError(
        "What a cluster holds must be worked on there.",
        f"{what} came to be wanted on this machine.",
        "Use `each`, which sends the work to the rows.",
    )
