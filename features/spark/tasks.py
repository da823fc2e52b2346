"""What a worker does with its part of the rows: mapping them, measuring them, working on blocks.

Every function takes Arrow batches and yields Arrow batches, as ``mapInArrow`` wants it; the work
itself is that of one machine, in a DuckDB workspace of its own that goes away with the task.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from features.block import Block
from features.checking.findings import find
from features.checking.measure import measured, outline
from features.cleaning.canonical import (
    create_canonical_part,
    days_by_table,
    erased_among,
    objecting,
)
from features.cleaning.examination import examine
from features.cleaning.mapping import stage
from features.cleaning.staged import strays
from features.config import Config
from features.history import History
from features.reading.scopes import Counts, type_counts
from features.resources.workspace import Workspace, quoted
from features.spark.cells import ROWS_AT_ONCE, answer, packed
from features.spark.feeds import Feed, Seen, Summary, Survey
from features.spark.loading import (
    ALL,
    RAW,
    ROWS,
    Batches,
    columns,
    load,
    readable,
    restage,
    tallies,
)

MEMORY_LIMIT = "1GB"
"""What a task's DuckDB may use before it spills; a worker runs a task per core."""

_STAGED = "staged_rows"


def count_types(feed: Feed, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield what the text columns of a part of a source read as."""
    for workspace in _loaded(RAW, batches):
        yield answer(type_counts(workspace, RAW, feed.relation.columns))


def add_types(answers: Iterable[dict[str, Counts]]) -> dict[str, Counts]:
    """Return what the text columns of a whole source read as."""
    found: dict[str, Counts] = {}
    for counts in answers:
        found = {n: found[n] + c if n in found else c for n, c in counts.items()}
    return found


def map_rows(feed: Feed, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the good rows of a part of a source, and the tally of the bad ones."""
    for workspace in _loaded(RAW, batches):
        relation = readable(workspace, feed)
        stage(workspace, feed.table, feed.source, relation, feed.clock, _STAGED, feed.scopes)
        report = examine(workspace, feed.table.name, _STAGED, relation, drop=feed.drop)
        names = [column.name for column in feed.table.columns]
        cells = ", ".join(quoted(n) if n in names else f"NULL AS {n}" for n in columns())
        good = workspace.table(
            f"SELECT {feed.number} AS source, (line::HUGEINT - {2**63})::BIGINT AS line, "
            f"NULL AS tally, {cells} FROM {_STAGED} WHERE NOT fatal"
        )
        yield from good.cast(ROWS).to_batches()
        # Duplicates are type_counts where all rows of a customer are together.
        tally = {"source": feed.number, "tally": pickle.dumps(replace(report, duplicates=0))}
        yield pa.RecordBatch.from_pylist([tally], ROWS)


def survey(feeds: tuple[Feed, ...], config: Config, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the :class:`Survey` of a part of the customers."""
    for workspace in _loaded(ALL, batches):
        found = Survey(reports=tallies(workspace))
        staged = restage(workspace, feeds, count=True)
        found += Survey(
            {feed.number: source.report for feed, source in zip(feeds, staged, strict=True)},
            days_by_table(workspace, staged, config.shop.timezone),
            _ids(objecting(workspace, staged)),
            _ids(erased_among(workspace, staged, config.erased)) if config.erased else frozenset(),
            find(workspace, staged, config.churn.event),
        )
        yield answer(found)


def summarise(feeds: tuple[Feed, ...], seen: Seen, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the :class:`Summary` of a part of the customers."""
    for workspace in _loaded(ALL, batches):
        staged = restage(workspace, feeds)
        reports = {}
        for feed, source in zip(feeds, staged, strict=True):
            problem = strays(workspace, source, seen.until) if seen.strays else None
            problems = () if problem is None else (problem,)
            reports[feed.number] = replace(feed.blank(), problems=problems)
        create_canonical_part(workspace, staged, seen.until, seen.left_out)
        yield answer(Summary(measured(workspace, seen.config.shop.timezone), reports))


def sell(
    feeds: tuple[Feed, ...], seen: Seen, spans: Sequence[tuple[int, int]], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Yield what a part of the customers bought of each product."""
    for history in _histories(feeds, seen, batches):
        yield answer(history.sold(spans))


def perform(
    feeds: tuple[Feed, ...],
    seen: Seen,
    work: Callable[[Block], pa.Table],
    only: Mapping[str, str],
    batches: Batches,
) -> Iterator[pa.RecordBatch]:
    """Yield what some work makes of every block of a part of the customers, in cells."""
    for history in _histories(feeds, seen, batches):
        for made, customers in history.each(work, only):
            yield from packed(made, customers)


def make(
    feeds: tuple[Feed, ...],
    seen: Seen,
    work: Callable[[Block], pa.Table],
    schema: pa.Schema,
    batches: Batches,
) -> Iterator[pa.RecordBatch]:
    """Yield what some work makes of every block, as rows that stay on the cluster."""
    for block in _blocks(feeds, seen, batches):
        yield from work(block).cast(schema).to_batches(max_chunksize=ROWS_AT_ONCE)


def picked(
    feeds: tuple[Feed, ...],
    seen: Seen,
    name: str,
    pick: Callable[[pa.Table], pa.Table],
    batches: Batches,
) -> Iterator[pa.RecordBatch]:
    """Yield what somebody picks of a part's rows of a table, in cells."""
    for history in _histories(feeds, seen, batches):
        yield from packed(pick(history.table(name)), history.customers)


def look_at(look: Callable[[pa.Table], object], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield what somebody finds in every batch of rows."""
    for batch in batches:
        yield answer(look(pa.Table.from_batches([batch])))


def make_of(make: Callable[[pa.Table], pa.Table], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield what somebody makes of every batch of rows, in cells."""
    for batch in batches:
        yield from packed(make(pa.Table.from_batches([batch])), len(batch))


def rows_of(
    make: Callable[[pa.Table], pa.Table], schema: pa.Schema, batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Yield what somebody makes of every batch of rows, as rows that stay on the cluster."""
    for batch in batches:
        made = make(pa.Table.from_batches([batch]))
        yield from made.cast(schema).to_batches(max_chunksize=ROWS_AT_ONCE)


def _blocks(feeds: tuple[Feed, ...], seen: Seen, batches: Batches) -> Iterator[Block]:
    for history in _histories(feeds, seen, batches):
        yield from history.blocks()


def _histories(feeds: tuple[Feed, ...], seen: Seen, batches: Batches) -> Iterator[History]:
    """Yield the history of a part of the customers, where the part has rows."""
    for workspace in _loaded(ALL, batches):
        create_canonical_part(workspace, restage(workspace, feeds), seen.until, seen.left_out)
        yield History(workspace, seen.config, seen.until, outline(workspace))


def _loaded(table: str, batches: Batches) -> Iterator[Workspace]:
    """Yield a workspace with the rows of a part as a table, where the part has rows."""
    with Workspace(MEMORY_LIMIT, threads=1) as workspace:
        if load(workspace, table, batches):
            yield workspace


def _ids(table: pa.Table) -> frozenset[str]:
    return frozenset(table["customer_id"].to_pylist())
