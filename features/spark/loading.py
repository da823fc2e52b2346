"""A worker's part of the rows, put into a workspace of its own."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import pyarrow as pa

from features.cleaning.staged import Staged, drop_duplicates
from features.quality import SourceReport, merged
from features.reading.sources import Relation
from features.resources.workspace import Workspace, quoted
from features.spark.feeds import Feed
from features.tables import ATTRIBUTED, TABLES

Batches = Iterable[pa.RecordBatch]

RAW, ALL = "raw_rows", "all_rows"
"""The rows of a part of a source as they came, and canonical rows of some customers."""

_ARROW = "arrow_rows"


def columns() -> dict[str, pa.DataType]:
    """Return the columns of all tables, checked ones included, by name."""
    found: dict[str, pa.DataType] = {}
    for table in (*TABLES.values(), ATTRIBUTED):
        found |= {column.name: column.arrow for column in table.columns}
    return found


ROWS = pa.schema(
    [("source", pa.int32()), ("line", pa.int64()), ("tally", pa.binary()), *columns().items()]
)
"""Good rows of every source in one shape, and a row per task with the tally of its bad ones."""


def load(workspace: Workspace, target: str, batches: Batches) -> bool:
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


def readable(workspace: Workspace, feed: Feed) -> Relation:
    """Set aside the lines that could not be split, and count them."""
    if feed.corrupt is None:
        return replace(feed.relation, name=RAW)
    lost = f"{quoted(feed.corrupt)} IS NOT NULL"
    unreadable = workspace.number(f"SELECT count(*) FROM {RAW} WHERE {lost}")
    workspace.run(f"DELETE FROM {RAW} WHERE {lost}")
    return replace(feed.relation, name=RAW, unreadable=unreadable)


def tallies(workspace: Workspace) -> dict[int, SourceReport]:
    """Return what was found of each source, by its number, while its rows were mapped."""
    found: dict[int, list[SourceReport]] = {}
    for row in workspace.rows(f"SELECT source, tally FROM {ALL} WHERE tally IS NOT NULL"):
        found.setdefault(row["source"], []).append(pickle.loads(row["tally"]))
    return {number: merged(reports) for number, reports in found.items()}


def restage(workspace: Workspace, feeds: tuple[Feed, ...], *, count: bool = False) -> list[Staged]:
    """Make the staged tables anew, of all rows of some customers, and maybe count duplicates."""
    workspace.run("CREATE SCHEMA staged")
    staged = []
    for feed in feeds:
        columns = ", ".join(column.name for column in feed.table.columns)
        workspace.run(
            f"CREATE TABLE {feed.name} AS SELECT {columns}, line, false AS fatal FROM {ALL} "
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
    workspace.run(f"DROP TABLE {ALL}")
    return staged
