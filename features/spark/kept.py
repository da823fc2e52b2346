"""Rows that were computed on a cluster and stay there: computed once, read many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa

from features.resources.closing import Closing
from features.spark import tasks
from features.spark.cells import CELL, answers, unpacked
from features.spark.folders import written_anew
from features.spark.frames import Task, collected, mapped, on_disk
from features.spark.session import jobs, unless_gone


class Kept(Closing):
    """The rows of a Spark frame on the workers' disks; a context manager that releases them.

    They are computed when they are first read.
    """

    def __init__(self, frame: Any) -> None:
        self.frame = on_disk(frame)

    def found(self, look: Callable[[pa.Table], object]) -> Iterator[Any]:
        """Yield what `look` finds in each batch of the rows."""
        return answers(collected(self.frame, partial(tasks.look_at, look)))

    def then(self, task: Task, schema: pa.Schema) -> Any:
        """Return the frame of what a task makes of every part."""
        return mapped(self.frame, task, schema)

    def write(self, schema: pa.Schema, address: str, make: Callable[[pa.Table], pa.Table]) -> None:
        """Write what somebody makes of the rows as a new folder of Parquet files, whole or not.

        Parameters
        ----------
        schema : pyarrow.Schema
            Of what is made.
        address : str
            A path or an address that every worker sees; nothing may be there.
        make : callable
            From some rows to as many, in their order.

        Raises
        ------
        UsageError
            If something is there.
        LadderError
            If the workers cannot write.
        """
        with written_anew(self.frame.sparkSession, address) as place, jobs():
            made = mapped(self.frame, partial(tasks.rows_of, make, schema), schema)
            made.write.parquet(place, compression="zstd")

    def stream(self, make: Callable[[pa.Table], pa.Table]) -> Iterator[pa.Table]:
        """Yield what somebody makes of every batch, one part after the other.

        The work is done on the cluster, and this machine holds a part at a time.
        """
        cells = mapped(self.frame, partial(tasks.make_of, make), CELL)
        with jobs():
            for row in cells.toLocalIterator():
                yield from unpacked([pa.py_buffer(row.cell)])

    def close(self) -> None:
        """Let the cluster forget the rows."""
        with unless_gone():
            self.frame.unpersist()
