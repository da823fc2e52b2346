"""Writing a run's tables: a million records in well under a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Float, Integer, LargeBinary, String, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from serving.records.conditions import number
from serving.store.tables import (
    BY_ATTRIBUTE,
    BY_CUSTOMER,
    BY_FACET,
    FACETS,
    RUN,
    attributes,
    facets,
    histories,
    records,
    vectors,
)

BATCH = 10_000
"""Rows turned into Python objects at a time."""


InsertRows = Callable[[Connection, Table, Iterable[tuple[Any, ...]]], None]
"""Adds rows to a table in the fastest way of its database."""


def write_run(
    connection: Connection, table: pa.Table | Iterable[pa.RecordBatch], insert: InsertRows
) -> int:
    """Make a run's tables, fill them and return how many records they hold.

    Raises
    ------
    KeyError
        If a column is missing.
    sqlalchemy.exc.IntegrityError
        If a customer comes twice.
    """
    batches = table.to_batches(BATCH) if isinstance(table, pa.Table) else table
    for made in RUN.sorted_tables:
        connection.execute(CreateTable(made))
    start = 0
    for batch in batches:
        for target, rows in _rows(batch, start):
            insert(connection, target, rows)
        start += batch.num_rows
    for index in (BY_CUSTOMER, BY_ATTRIBUTE, *BY_FACET):
        index.create(connection)
    for made in RUN.sorted_tables:
        connection.exec_driver_sql(f"ANALYZE {made.name}")
    return start


def insert_rows(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows through SQLite's driver: SQLAlchemy's own path costs five times as much."""
    statement = str(table.insert().compile(dialect=connection.dialect))
    connection.exec_driver_sql(statement, list(rows))


def copy_rows(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Send rows by PostgreSQL's COPY, in binary.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        If the server refuses them, as whatever else SQLAlchemy asks of it.
    """
    from psycopg import Error

    columns = ", ".join(column.name for column in table.columns)
    kinds = [_COPIED[type(column.type)] for column in table.columns]
    driver = connection.connection.driver_connection
    assert driver is not None
    statement = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT BINARY)"
    try:
        with driver.cursor().copy(statement) as copy:
            copy.set_types(kinds)
            for row in rows:
                copy.write_row(row)
    except Error as error:
        raise DBAPIError(statement, None, error) from error


_COPIED: dict[type[TypeEngine[Any]], str] = {
    Integer: "int4",
    Float: "float8",
    String: "varchar",
    LargeBinary: "bytea",
}
"""PostgreSQL's names of the types that a run's tables have."""


def _rows(batch: pa.RecordBatch, start: int) -> Iterator[tuple[Table, Iterable[tuple[Any, ...]]]]:
    """Yield what a batch adds to each table, its rows at positions from `start`."""
    positions = range(start, start + batch.num_rows)
    ids, ready = batch["customer_id"].to_pylist(), batch["record"].to_pylist()
    told = batch["told"].to_pylist() if "told" in batch.schema.names else [None] * len(ids)
    yield records, zip(positions, ids, ready, told, strict=True)
    columns = (_facet(batch, name).to_pylist() for name in FACETS)
    yield facets, zip(positions, *columns, strict=True)
    if "vector" in batch.schema.names:
        yield vectors, zip(positions, _packed(batch["vector"]), strict=True)
    if "history" in batch.schema.names:
        yield histories, zip(positions, batch["history"].to_pylist(), strict=True)
    if "attributes" in batch.schema.names:
        yield attributes, _attributes(zip(positions, batch["attributes"].to_pylist(), strict=True))


def _attributes(
    written: Iterable[tuple[int, list[str] | None]],
) -> Iterator[tuple[int, str, str, float | None]]:
    """Yield what stands as ``name=value`` apart, with its position."""
    for position, texts in written:
        for text in texts or ():
            name, _, value = text.partition("=")
            yield position, name, value, number(value)


def _facet(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a facet's column, nulls for what is not a number."""
    if name == "contact":
        held = pc.if_else(pc.fill_null(batch["held_out"], False), "held_out", "yes")
        return pc.if_else(pc.fill_null(batch["suppressed"], False), "no", held)
    column = batch[name]
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    return column


def _packed(vectors: pa.Array) -> Iterator[bytes]:
    """Yield each customer's features as little-endian float32 bytes."""
    if not pa.types.is_fixed_size_list(vectors.type):
        yield from vectors.to_pylist()
        return
    width = vectors.type.list_size
    matrix = vectors.flatten().to_numpy(zero_copy_only=False).astype("<f4", copy=False)
    yield from (row.tobytes() for row in matrix.reshape(-1, width))
