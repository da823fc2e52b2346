"""What a worker does with its part of the rows: mapping them, measuring them, working on blocks.

Every function takes Arrow batches and yields Arrow batches, as ``mapInArrow`` wants it; the work
itself is that of one machine, in a DuckDB workspace of its own that goes away with the task.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import pyarrow as pa

from features.block import Block
from features.canonical import erased_among, keep_part, objecting
from features.config import Config, Source
from features.days import Days, rows_by_day, together
from features.examination import examine
from features.history import History
from features.mapping import Reading, stage
from features.measure import Measure, measured, outline
from features.notes import Findings, find
from features.quality import SourceReport, merged
from features.scopes import Counts, Scopes, counted
from features.sources import Relation
from features.staging import Staged, drop_duplicates, strays, union
from features.tables import DATED, TABLES, Table
from features.workspace import Workspace, quoted

Batches = Iterable[pa.RecordBatch]

MEMORY_LIMIT = "1GB"
"""What a task's DuckDB may use before it spills; a worker runs a task per core."""

ROWS_AT_ONCE = 20_000
"""Rows of an answer in one cell on its way to the driver."""

_ARROW, _RAW, _STAGED, _ALL = "arrow_rows", "raw_rows", "staged_rows", "all_rows"


def _columns() -> dict[str, pa.DataType]:
    """Return the columns of all tables, checked ones included, by name."""
    found: dict[str, pa.DataType] = {}
    for table in TABLES.values():
        found |= {column.name: column.arrow for column in table.columns}
    return found


ROWS = pa.schema(
    [("source", pa.int32()), ("line", pa.int64()), ("tally", pa.binary()), *_columns().items()]
)
"""Good rows of every source in one shape, and a row per task with the tally of its bad ones."""

CELL = pa.schema([("cell", pa.binary()), ("customers", pa.int64())])
"""An answer: something pickled, or rows as an Arrow stream, with how many customers they cover."""


@dataclass(frozen=True)
class Feed:
    """A source as a worker must know it.

    Parameters
    ----------
    number : int
        Its place among all sources.
    table : Table
    source : Source
        The mapping.
    relation : Relation
        Its columns as they are in the whole source, and what to call it.
    scopes : Scopes
        The types of its text, found in the whole source.
    reading : Reading
    limit : float
        The share of bad rows that is accepted.
    drop : bool
        Whether exact duplicates are removed.
    corrupt : str or None
        The raw column that holds a line that could not be split, where there is one.
    """

    number: int
    table: Table
    source: Source
    relation: Relation
    reading: Reading
    limit: float
    drop: bool
    scopes: Scopes = field(default_factory=lambda: [{}, {}])
    corrupt: str | None = None

    @property
    def name(self) -> str:
        """The staged table."""
        return f"staged.{self.table.name}_{self.number}"

    def staged(self, report: SourceReport) -> Staged:
        """Return the source as `features.canonical` knows it."""
        return Staged(
            self.table, self.name, self.source, self.relation, self.limit, self.drop, report
        )

    def blank(self) -> SourceReport:
        """Return a report of no rows."""
        return SourceReport(self.table.name, self.relation.label, 0, dropped=self.drop)


@dataclass(frozen=True)
class Survey:
    """What is found in staged rows before it is known which of them are seen.

    Parameters
    ----------
    reports : mapping of int to SourceReport
        By the number of the source.
    days : mapping of str to Days
        By table.
    objecting, erased : frozenset of str
        Who objects to profiling, and who was erased and is here nevertheless.
    findings : Findings
    """

    reports: Mapping[int, SourceReport] = field(default_factory=dict)
    days: Mapping[str, Days] = field(default_factory=dict)
    objecting: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    findings: Findings = field(default_factory=Findings)

    def __add__(self, other: Survey) -> Survey:
        """Return the survey of both parts."""
        numbers, names = {**self.reports, **other.reports}, {**self.days, **other.days}
        return Survey(
            {n: merged([s.reports[n] for s in (self, other) if n in s.reports]) for n in numbers},
            {n: together(self.days.get(n, {}), other.days.get(n, {})) for n in names},
            self.objecting | other.objecting,
            self.erased | other.erased,
            self.findings + other.findings,
        )


@dataclass(frozen=True)
class Summary:
    """What is found in the rows that are seen; `reports` hold only strays."""

    measure: Measure = field(default_factory=Measure)
    reports: Mapping[int, SourceReport] = field(default_factory=dict)

    def __add__(self, other: Summary) -> Summary:
        """Return the summary of both parts."""
        numbers = {**self.reports, **other.reports}
        return Summary(
            self.measure + other.measure,
            {n: merged([s.reports[n] for s in (self, other) if n in s.reports]) for n in numbers},
        )


@dataclass(frozen=True)
class Seen:
    """Which rows are seen.

    Parameters
    ----------
    config : Config
    until : int
        Rows at or after this instant are not.
    left_out : Arrow table with ``customer_id``
        Everybody who objects to profiling or was erased.
    strays : bool
        Whether good rows at or after `until` are counted as bad.
    """

    config: Config
    until: int
    left_out: pa.Table
    strays: bool


def count_types(feed: Feed, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield what the text columns of a part of a source read as."""
    with Workspace(MEMORY_LIMIT, threads=1) as workspace:
        if _load(workspace, _RAW, batches):
            yield _cell(counted(workspace, _RAW, feed.relation.columns))


def add_types(answers: Iterable[dict[str, Counts]]) -> dict[str, Counts]:
    """Return what the text columns of a whole source read as."""
    found: dict[str, Counts] = {}
    for answer in answers:
        found = {n: found[n] + c if n in found else c for n, c in answer.items()}
    return found


def map_rows(feed: Feed, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the good rows of a part of a source, and the tally of the bad ones."""
    with Workspace(MEMORY_LIMIT, threads=1) as workspace:
        if not _load(workspace, _RAW, batches):
            return
        relation = _readable(workspace, feed)
        stage(workspace, feed.table, feed.source, relation, feed.reading, _STAGED, feed.scopes)
        report = examine(workspace, feed.table.name, _STAGED, relation, drop=feed.drop)
        names = [column.name for column in feed.table.columns]
        cells = ", ".join(quoted(n) if n in names else f"NULL AS {n}" for n in _columns())
        yield from _batches(
            workspace,
            f"SELECT {feed.number} AS source, (line::HUGEINT - {2**63})::BIGINT AS line, "
            f"NULL AS tally, {cells} FROM {_STAGED} WHERE NOT fatal",
            ROWS,
        )
        # Duplicates are counted where all rows of a customer are together.
        tally = {"source": feed.number, "tally": pickle.dumps(replace(report, duplicates=0))}
        yield pa.RecordBatch.from_pylist([tally], ROWS)


def survey(feeds: tuple[Feed, ...], config: Config, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the :class:`Survey` of a part of the customers."""
    with Workspace(MEMORY_LIMIT, threads=1) as workspace:
        if not _load(workspace, _ALL, batches):
            return
        found = Survey(reports=_tallies(workspace))
        staged = _restage(workspace, feeds, count=True)
        found += Survey(
            {feed.number: one.report for feed, one in zip(feeds, staged, strict=True)},
            _days(workspace, staged, config.shop.timezone),
            _ids(objecting(workspace, staged)),
            _ids(erased_among(workspace, staged, config.erased)) if config.erased else frozenset(),
            find(workspace, staged),
        )
        yield _cell(found)


def summarise(feeds: tuple[Feed, ...], seen: Seen, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the :class:`Summary` of a part of the customers."""
    with Workspace(MEMORY_LIMIT, threads=1) as workspace:
        if not _load(workspace, _ALL, batches):
            return
        staged = _restage(workspace, feeds)
        reports = {}
        for feed, one in zip(feeds, staged, strict=True):
            problem = strays(workspace, one, seen.until) if seen.strays else None
            problems = () if problem is None else (problem,)
            reports[feed.number] = replace(feed.blank(), problems=problems)
        keep_part(workspace, staged, seen.until, seen.left_out)
        yield _cell(Summary(measured(workspace, seen.config.shop.timezone), reports))


def perform(
    feeds: tuple[Feed, ...], seen: Seen, work: Callable[[Block], pa.Table], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Yield what some work makes of every block of a part of the customers."""
    with Workspace(MEMORY_LIMIT, threads=1) as workspace:
        if not _load(workspace, _ALL, batches):
            return
        keep_part(workspace, _restage(workspace, feeds), seen.until, seen.left_out)
        history = History(workspace, seen.config, seen.until, outline(workspace))
        for block in history.blocks():
            customers = len(block)
            for batch in work(block).combine_chunks().to_batches(max_chunksize=ROWS_AT_ONCE):
                yield _rows_cell(batch, customers)
                customers = 0


def answers(cells: pa.Table) -> Iterator[Any]:
    """Yield what was pickled into cells."""
    return (pickle.loads(cell) for cell in cells["cell"].to_pylist())


def rows_of(cells: pa.Table) -> tuple[pa.Table | None, int]:
    """Return the rows in cells as one table, None without any, and how many customers they cover.

    The rows are sorted by cutoff, where there is one, and customer.
    """
    tables = [pa.ipc.open_stream(cell.as_buffer()).read_all() for cell in cells["cell"]]
    if not tables:
        return None, 0
    rows = pa.concat_tables(tables)
    keys = [(name, "ascending") for name in ("cutoff", "customer_id") if name in rows.column_names]
    return rows.sort_by(keys), sum(cells["customers"].to_pylist())


def _cell(answer: object) -> pa.RecordBatch:
    # Between the workers and the driver of one job only; nothing pickled is ever kept.
    return pa.RecordBatch.from_pylist([{"cell": pickle.dumps(answer), "customers": 0}], CELL)


def _rows_cell(batch: pa.RecordBatch, customers: int) -> pa.RecordBatch:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    cell = {"cell": sink.getvalue().to_pybytes(), "customers": customers}
    return pa.RecordBatch.from_pylist([cell], CELL)


def _load(workspace: Workspace, target: str, batches: Batches) -> bool:
    """Keep batches as a table; return whether there were any."""
    rest = iter(batches)
    first = next(rest, None)
    if first is None:
        return False
    reader = pa.RecordBatchReader.from_batches(first.schema, chain([first], rest))
    workspace.register(_ARROW, reader)
    workspace.run(f"CREATE TABLE {target} AS SELECT * FROM {_ARROW}")
    workspace.unregister(_ARROW)
    return True


def _readable(workspace: Workspace, feed: Feed) -> Relation:
    """Set aside the lines that could not be split, and count them."""
    if feed.corrupt is None:
        return replace(feed.relation, name=_RAW)
    lost = f"{quoted(feed.corrupt)} IS NOT NULL"
    unreadable = workspace.number(f"SELECT count(*) FROM {_RAW} WHERE {lost}")
    workspace.run(f"DELETE FROM {_RAW} WHERE {lost}")
    return replace(feed.relation, name=_RAW, unreadable=unreadable)


def _batches(workspace: Workspace, query: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    yield from workspace.table(query).cast(schema).to_batches()


def _tallies(workspace: Workspace) -> dict[int, SourceReport]:
    found: dict[int, list[SourceReport]] = {}
    for row in workspace.rows(f"SELECT source, tally FROM {_ALL} WHERE tally IS NOT NULL"):
        found.setdefault(row["source"], []).append(pickle.loads(row["tally"]))
    return {number: merged(reports) for number, reports in found.items()}


def _restage(workspace: Workspace, feeds: tuple[Feed, ...], *, count: bool = False) -> list[Staged]:
    """Make the staged tables anew, of all rows of some customers, and maybe count duplicates."""
    workspace.run("CREATE SCHEMA staged")
    staged = []
    for feed in feeds:
        columns = ", ".join(column.name for column in feed.table.columns)
        workspace.run(
            f"CREATE TABLE {feed.name} AS SELECT {columns}, line, false AS fatal FROM {_ALL} "
            f"WHERE source = {feed.number} AND tally IS NULL"
        )
        report = feed.blank()
        if count:
            distinct = "SELECT count(*) - count(DISTINCT (line, customer_id))"
            repeated = workspace.number(f"{distinct} FROM {feed.name}")
            report = replace(report, duplicates=repeated)
        if feed.drop:
            drop_duplicates(workspace, feed.name)
        staged.append(feed.staged(report))
    workspace.run(f"DROP TABLE {_ALL}")
    return staged


def _ids(table: pa.Table) -> frozenset[str]:
    return frozenset(table["customer_id"].to_pylist())


def _days(workspace: Workspace, staged: list[Staged], timezone: str) -> dict[str, Days]:
    return {
        name: rows_by_day(workspace, rows, timezone)
        for name in DATED
        if (rows := union(staged, name, f"{TABLES[name].time} AS moment")) is not None
    }
