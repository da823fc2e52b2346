"""Spark's frames, as far as they are Arrow in and Arrow out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from features.spark.cells import CELL
from features.spark.session import jobs

_PARTITIONS = "spark.sql.shuffle.partitions"
_PER_CORE = 4
"""Parts of the customers for each core, where the cluster's settings do not say how many."""

Task = Callable[[Iterable[Any]], Iterator[Any]]
"""What becomes of the batches of a partition."""


def mapped(frame: Any, task: Task, schema: pa.Schema) -> Any:
    """Return what a task makes of every partition, not worked out yet."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return frame.mapInArrow(task, from_arrow_schema(schema))


def collected(frame: Any, task: Task) -> pa.Table:
    """Return the cells that a task makes of every partition."""
    with jobs():
        cells: pa.Table = mapped(frame, task, CELL).toArrow()
    return cells


def on_disk(frame: Any) -> Any:
    """Return a frame that is worked out once; what a lost worker held is worked out again."""
    from pyspark import StorageLevel

    return frame.persist(StorageLevel.DISK_ONLY)


def no_rows(frame: Any) -> pa.Table:
    """Return no rows, in the Arrow types in which a worker gets them."""
    from pyspark.sql.pandas.types import to_arrow_schema

    schema: pa.Schema = to_arrow_schema(frame.schema, timezone="UTC")
    return schema.empty_table()


def partitions(frame: Any) -> int:
    """Return in how many parts the customers are worked on."""
    context = frame.sparkSession.sparkContext
    return int(context.getConf().get(_PARTITIONS) or context.defaultParallelism * _PER_CORE)
