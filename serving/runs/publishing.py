"""From a scored run to the store, and from the store back to a list's candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow.json import ParseOptions, ReadOptions, read_json

from serving import store
from serving.erasure import note_retired_models
from serving.explanations.selection import phrases
from serving.explanations.stored import json_list
from serving.records.record import SCHEMA, to_json
from serving.runs.explaining import with_reasons
from serving.runs.scoring import Run
from serving.runs.standing import Standing
from serving.runs.work import Packed
from serving.store import Control, RunInfo, RunReader
from serving.store.edits import batched
from serving.store.pages import Query
from training.bundle import Bundle

BATCH = 10_000

LISTED = pa.schema(
    field
    for field in SCHEMA
    if field.name not in ("as_of", "expected_next_order", "bases")  # no list looks at them
)


def publish(home: Path, run: Run, bundle: Bundle, as_of: date) -> str:
    """Publish a run, so that it serves, and return its id.

    Raises
    ------
    LadderError
        If another process publishes, or the store cannot be written; the run before then serves.
    """
    standing = Standing.of(run.records, bundle.config.standing.high_value)
    kept = run.histories is not None
    info = info_of(bundle, as_of, standing, kept, run.named)
    return publish_batches(home, info, batches(run))


def info_of(
    bundle: Bundle,
    as_of: date,
    standing: Standing,
    histories: bool,
    attributes: Sequence[str] = (),
) -> RunInfo:
    """Return what a run says of itself, with what it holds of its customers besides records."""
    settings = bundle.settings
    return RunInfo(
        as_of=as_of,
        model_version=bundle.id,
        churn_horizon_days=settings["churn"]["horizon_days"],
        advocacy_horizon_days=settings["advocacy"]["horizon_days"],
        shop=settings["shop"]["name"],
        currency=settings["shop"]["currency"],
        metrics=bundle.metrics,
        standing=standing.to_json(),
        histories=histories,
        attributes=list(attributes),
        phrases=phrases(bundle.columns),
    )


def publish_batches(home: Path, info: RunInfo, made: Iterable[pa.RecordBatch]) -> str:
    """Publish a run in batches as `ready` makes them, ordered by customer id; return its id.

    Raises
    ------
    LadderError
        As in `publish`.
    """
    run_id = store.publish(home, info, made)
    with Control(home) as control:
        note_retired_models(control)
    return run_id


def batches(run: Run) -> Iterator[pa.RecordBatch]:
    """Yield a run as the store takes it: its columns, `record`, `vector` and `history`."""
    start = 0
    for batch in run.records.to_batches(max_chunksize=BATCH):
        rows = run.packed[start : start + len(batch)]
        vector = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
        history = attributes = None
        if run.histories is not None:
            history = pa.array(run.histories[start : start + len(batch)], pa.binary())
        if run.attributes is not None:
            attributes = run.attributes.slice(start, len(batch))
        yield ready(batch, vector, history, attributes)
        start += len(batch)


def ready(
    records: pa.RecordBatch,
    vector: pa.Array,
    history: pa.Array | None,
    attributes: pa.ChunkedArray | None,
) -> pa.RecordBatch:
    """Return records as the store takes them.

    Parameters
    ----------
    records : RecordBatch of n rows
        The columns of ``ladder score``, reasons as they are kept.
    vector : Arrow array of n lists of float32, or of their bytes
    history : Arrow array of n bytes, optional
    attributes : Arrow array of n lists of texts, optional
    """
    reasons = records["reasons"].to_pylist()
    told = pa.array([None if kept is None else json_list(kept) for kept in reasons], pa.binary())
    plain = with_reasons(pa.Table.from_batches([records]), [None] * len(records))
    record = pa.array(to_json(plain), pa.binary())
    made = records.append_column("record", record).append_column("vector", vector)
    made = made.append_column("told", told)
    if history is not None:
        made = made.append_column("history", history)
    if attributes is not None:
        made = made.append_column("attributes", attributes.combine_chunks())
    return made


def candidates(reader: RunReader, query: Query) -> pa.Table:
    """Return the records of a published run that a list may name, with the columns of `LISTED`."""
    tables = [_parsed(chunk) for chunk in reader.stream(query, chunk=BATCH, tag=None)]
    return pa.concat_tables(tables) if tables else LISTED.empty_table()


def _parsed(kept: Sequence[bytes]) -> pa.Table:
    """Parse records into the columns of `LISTED`, in a fifth of the time that `json` takes."""
    text = b"\n".join(kept)
    blocks = ReadOptions(block_size=len(text) + 1)  # a record must not lie in two blocks
    options = ParseOptions(explicit_schema=LISTED, unexpected_field_behavior="ignore")
    return read_json(pa.BufferReader(text), blocks, options).select(LISTED.names).cast(LISTED)


def packed(reader: RunReader, customer_ids: Sequence[str], columns: int) -> Packed:
    """Return the packed columns of some customers of a published run.

    Parameters
    ----------
    reader : RunReader
    customer_ids : sequence of str of length k
        Who has none, because they were erased a moment ago, has nothing but NaN.
    columns : int
        How many columns the run's bundle has.

    Returns
    -------
    float32 array of shape (k, columns)
    """
    rows = np.full((len(customer_ids), columns), np.nan, dtype=np.float32)
    at = {customer_id: row for row, customer_id in enumerate(customer_ids)}
    for part in batched(customer_ids):
        for customer_id, vector in reader.vectors(part).items():
            rows[at[customer_id]] = np.frombuffer(vector, dtype="<f4")
    return rows
