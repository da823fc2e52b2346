"""Progress of long work: which stage it is in, and how far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from features.block import Block
    from features.history import History

Progress = Callable[[str, float | None], None]
"""Is told the stage of long work and, where known, the share of it that is done (0 to 1)."""


def silent(stage: str, done: float | None) -> None:
    """Say nothing of progress."""


def tables(
    history: History, work: Callable[[Block], pa.Table], stage: str, say: Progress = silent
) -> Iterator[pa.Table]:
    """Yield what `History.each` makes of every block, and report the progress of the stage."""
    done = 0
    for table, customers in history.each(work):
        yield table
        done += customers
        say(stage, done / max(1, history.customers))
