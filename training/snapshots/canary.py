"""Canaries: rows planted at a cutoff in every training, which no feature or fact may see.

All that some customers did before the newest cutoff is done once more, exactly at it, and whatever
came later stays. A feature or a fact of theirs that then has another number than it had without all
this can see the future, whatever its window says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import Block
from features.catalogue import Column
from features.engine import compute
from features.errors import LadderError
from features.promises.proof import TIMES, same

CUSTOMERS = 50
"""Of every block: a column that sees the future sees that of most customers."""

MOST_ROWS = 5_000
"""Of each of them: a till or a robot would take as much memory again as its block."""


def refuse(block: Block, cutoff: int, columns: Sequence[Column]) -> None:
    """Refuse to learn from columns that hear of what is planted at a cutoff, or came after it.

    Parameters
    ----------
    block : Block
        With rows after the cutoff.
    cutoff : int
        Microseconds UTC.
    columns : sequence of Column
        Features and facts.

    Raises
    ------
    LadderError
        Naming the columns.
    """
    some = block.among(_chosen(block))
    instant = pa.scalar(cutoff).cast(pa.timestamp("us", "UTC"))

    def past(table: str, rows: pa.Table) -> pa.Table:
        return rows.filter(pc.less(rows[TIMES[table]], instant))

    def planted(table: str, rows: pa.Table) -> pa.Table:
        again, place = past(table, rows), rows.column_names.index(TIMES[table])
        at = pa.repeat(instant, len(again)).cast(rows.schema.field(place).type)
        return pa.concat_tables([rows, again.set_column(place, rows.schema.field(place), at)])

    told, heard = (compute(some.changed(change), [cutoff], columns) for change in (past, planted))
    found = [column.name for column in columns if not same(told, heard, column.name)]
    if found:
        raise LadderError(
            "Features must not use rows at or after the cutoff.",
            f"{', '.join(found)} changed when test rows were planted there.",
            "Leave them out if they are your own ([features] extra); otherwise report this.",
        )


def _chosen(block: Block) -> pa.Array:
    rows = np.sum([np.diff(block.events(table).first) for table in TIMES], axis=0)
    return block.ids.filter(pa.array(rows <= MOST_ROWS)).slice(0, CUSTOMERS)
