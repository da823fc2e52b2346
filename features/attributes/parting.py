"""Separates attributes of customers from engagement, as rows of which they travel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arithmetic.fields import Integers, encoded, numpy
from features.attributes.naming import KIND


@dataclass(frozen=True)
class Parted:
    """Rows of engagement and of attributes, separated.

    Parameters
    ----------
    engagement : Arrow table
        What customers did; its kinds are coded.
    attributes : Arrow table
        ``customer_id``, ``occurred_at``, ``name``, ``value``, ``text``.
    places : tuple of two int64 arrays, or None
        Where the rows of each stood before; None where all are of the first.
    """

    engagement: pa.Table
    attributes: pa.Table
    places: tuple[Integers, Integers] | None = None


def parted(rows: pa.Table) -> Parted:
    """Separate rows of engagement from attributes by their kinds."""
    kinds = encoded(rows["kind"])
    coded = rows.set_column(rows.column_names.index("kind"), "kind", kinds)
    carries = pc.starts_with(kinds.dictionary.cast(pa.string()), KIND)
    if not pc.any(carries).as_py():
        return Parted(coded, _named(rows.slice(0, 0)))
    known = numpy(carries.take(kinds.indices).fill_null(False), np.bool_)
    did, had = np.flatnonzero(~known), np.flatnonzero(known)
    return Parted(coded.take(pa.array(did)), _named(rows.take(pa.array(had))), (did, had))


def _named(rows: pa.Table) -> pa.Table:
    """Return attributes under names of their own."""
    columns = {
        "customer_id": rows["customer_id"],
        "occurred_at": rows["occurred_at"],
        "name": pc.utf8_slice_codeunits(rows["kind"].cast(pa.string()), len(KIND)),
    }
    for own, travelling in (("value", "value"), ("text", "detail")):
        if travelling in rows.column_names:
            columns[own] = rows[travelling]
    return pa.table(columns)
