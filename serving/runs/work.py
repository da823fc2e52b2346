"""What is computed of one block for a run, wherever the block is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import Block
from features.clock import midnight
from features.engine import compute
from serving.records import attributes, histories
from serving.runs.scorer import score_table
from training.bundle import Bundle
from training.bundle.arrays import Flags, Floats32, matrix

Packed = Floats32

PACKED, HISTORY, ATTRIBUTES = "packed", "packed_history", "attributes"
"""Columns beside those of a record: the bundle's columns, what the customer did, attributes."""


@dataclass(frozen=True)
class Scoring:
    """A record per customer of a block, with what a published run keeps besides.

    Parameters
    ----------
    bundle : Bundle
    as_of : date
        The cutoff is the start of this day in the shop's timezone.
    timezone : str
        The shop's.
    held_out : collection of str
        Customers in an open hold-out.
    keeps_history : bool
    keeps_attributes : bool
    """

    bundle: Bundle
    as_of: date
    timezone: str
    held_out: Collection[str] = ()
    keeps_history: bool = True
    keeps_attributes: bool = False

    def __call__(self, block: Block) -> pa.Table:
        """Return the records of a block's customers, of those who do not object."""
        columns = self.bundle.columns
        cutoff = midnight(self.as_of, self.timezone)
        table = compute(block, [cutoff], columns)
        objects, suppressed = _consent(table, block)
        held = pc.is_in(table["customer_id"], pa.array(self.held_out, pa.string()))
        records = score_table(table, self.bundle, self.as_of, suppressed, held.to_numpy())
        records = records.filter(pa.array(~objects))
        names = [column.name for column in columns]
        vectors = pa.array(matrix(table, names)[~objects].ravel())
        rows = pa.FixedSizeListArray.from_arrays(vectors, len(columns))
        history: pa.Array = pa.nulls(len(records), pa.binary())
        if self.keeps_history:
            history = pa.array(histories.pack(block, records["customer_id"]), pa.binary())
        known: pa.Array = pa.nulls(len(records), attributes.SAID)
        if self.keeps_attributes:
            known = attributes.present(block, records["customer_id"], cutoff)
        for name, values in ((PACKED, rows), (HISTORY, history), (ATTRIBUTES, known)):
            records = records.append_column(name, values)
        return records


def vectors_of(records: pa.Table) -> Packed:
    """Return the packed columns of a table of records, shape (n, n_columns)."""
    column = records[PACKED].combine_chunks()
    flat: Packed = column.flatten().to_numpy()
    return flat.reshape(len(records), column.type.list_size)


def _consent(table: pa.Table, block: Block) -> tuple[Flags, Flags]:
    """Return who objects to profiling and who must not be contacted, for the table's rows."""
    rows = pc.index_in(table["customer_id"], block.ids)
    refused = []
    for name in ("profiling_allowed", "marketing_allowed"):
        if name in block.customers.column_names:
            allowed = block.customers[name].combine_chunks().take(rows)
            refused.append(pc.invert(allowed.fill_null(True)).to_numpy())
        else:
            refused.append(np.zeros(len(table), dtype=bool))
    return refused[0], refused[1]
