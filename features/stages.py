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


def tables(
    history: History, work: Callable[[Block], pa.Table], stage: str, say: Progress | None = None
) -> Iterator[pa.Table]:
    """Yield what `History.each` makes of every block, and report the progress of the stage."""
    done = 0
    for table, customers in history.each(work):
        yield table
        done += customers
        if say is not None:
            say(stage, done / max(1, history.customers))
