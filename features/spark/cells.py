"""Answers on their way from the workers: something pickled, or rows as an Arrow stream."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

ROWS_AT_ONCE = 20_000
"""Rows of an answer in one cell."""

CELL = pa.schema([("cell", pa.binary()), ("customers", pa.int64())])
"""One answer, with how many customers it covers."""


def answer(found: object) -> pa.RecordBatch:
    """Return something found as a cell."""
    # Between the workers and the driver of one job only; nothing pickled is ever kept.
    return pa.RecordBatch.from_pylist([{"cell": pickle.dumps(found), "customers": 0}], CELL)


def answers(cells: pa.Table) -> Iterator[Any]:
    """Yield what was found."""
    return (pickle.loads(cell) for cell in cells["cell"].to_pylist())


def packed(table: pa.Table, customers: int) -> Iterator[pa.RecordBatch]:
    """Yield rows as cells, the first of which counts the customers."""
    for batch in table.combine_chunks().to_batches(max_chunksize=ROWS_AT_ONCE):
        yield _rows_cell(batch, customers)
        customers = 0


def unpacked(cells: Iterable[pa.Buffer]) -> list[pa.Table]:
    """Return the rows of every cell."""
    return [pa.ipc.open_stream(cell).read_all() for cell in cells]


def rows_of(cells: pa.Table) -> tuple[pa.Table | None, int]:
    """Return the rows in cells as one table, None without any, and how many customers they cover.

    The rows are sorted by cutoff, where there is one, and customer.
    """
    tables = unpacked(cell.as_buffer() for cell in cells["cell"])
    if not tables:
        return None, 0
    rows = pa.concat_tables(tables)
    keys = [(name, "ascending") for name in ("cutoff", "customer_id") if name in rows.column_names]
    return rows.sort_by(keys), sum(cells["customers"].to_pylist())


def _rows_cell(batch: pa.RecordBatch, customers: int) -> pa.RecordBatch:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    cell = {"cell": sink.getvalue().to_pybytes(), "customers": customers}
    return pa.RecordBatch.from_pylist([cell], CELL)
