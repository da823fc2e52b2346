"""Packed histories: what a published run keeps of each customer's rows, a few hundred bytes each.

A run keeps them so that a customer can be scored again with a row that came a minute ago, and so
that a person can be told what is held. A packed history names nobody: neither the customer, whose
id finds it, nor the friend who referred them, of whom only the fact is kept.

::

    digest of the layout · length · length · length · zstd(orders, engagement, profile as Arrow)
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import Block
from features.tables import CUSTOMERS, ENGAGEMENT, ORDERS

SOMEBODY = "somebody"
"""Stands for whoever referred a customer."""

_PROFILE = ("signed_up_at", "acquired_by", "referred_by", "marketing_allowed")
_SCHEMAS = {
    "orders": pa.schema([field for field in ORDERS.schema if field.name != "customer_id"]),
    "engagement": pa.schema([field for field in ENGAGEMENT.schema if field.name != "customer_id"]),
    "customers": pa.schema([CUSTOMERS.schema.field(name) for name in _PROFILE]),
}
_LAYOUT = hashlib.sha256("".join(str(schema) for schema in _SCHEMAS.values()).encode()).digest()[:4]
"""A digest of the layout: rows packed under another one cannot be read."""

Keys = Callable[[pa.Table], pa.ChunkedArray]

_HEAD = struct.Struct("<4s3I")


def pack(block: Block, ids: pa.ChunkedArray) -> list[bytes]:
    """Return the packed histories of some customers of a block, in the order of `ids`."""
    parts = [_slices(_part(block, name), ids) for name in _SCHEMAS]
    return [_packed(rows) for rows in zip(*parts, strict=True)]


def unpack(packed: Mapping[str, bytes]) -> dict[str, pa.Table]:
    """Return the canonical tables of some customers' packed histories.

    A history that another version packed otherwise is left out, as if none were kept.
    """
    found: dict[str, list[pa.Table]] = {name: [] for name in _SCHEMAS}
    for customer_id, blob in packed.items():
        mark, *sizes = _HEAD.unpack_from(blob)
        if mark != _LAYOUT:
            continue
        data = pa.decompress(blob[_HEAD.size :], sum(sizes), "zstd")
        start = 0
        for (name, schema), size in zip(_SCHEMAS.items(), sizes, strict=True):
            if size:
                rows = pa.ipc.read_record_batch(data.slice(start, size), schema)
                mine = pa.repeat(pa.scalar(customer_id, pa.string()), len(rows))
                table = pa.Table.from_batches([rows])
                found[name].append(table.add_column(0, "customer_id", mine))
            start += size
    return {name: _canonical(name, tables) for name, tables in found.items()}


def merge(stored: Mapping[str, pa.Table], sent: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return stored tables brought up to date by tables just sent.

    An order that is sent replaces the stored one of its id, a row of engagement, or a return of no
    order, that is stored already counts once, and a field of the profile that is sent replaces the
    stored one: whoever sends the same thing twice changes nothing.
    """
    profile = pa.concat_tables([sent["customers"], stored["customers"]])
    return {
        "orders": _without(stored["orders"], sent["orders"], _order_keys),
        "engagement": _without(stored["engagement"], sent["engagement"], _row_keys),
        # `first` skips nulls: what was sent counts, else what is stored.
        "customers": _first_known(profile),
    }


def _without(stored: pa.Table, sent: pa.Table, keys: Keys) -> pa.Table:
    """Return both tables' rows, less the stored ones whose key was sent."""
    again = pc.is_in(keys(stored), keys(sent).combine_chunks())
    return pa.concat_tables([stored.filter(pc.invert(again)), sent])


def _row_keys(table: pa.Table) -> pa.ChunkedArray:
    return _keys(table, table.schema.names)


def _order_keys(table: pa.Table) -> pa.ChunkedArray:
    """Return the order of each row; a return of none, which may be one of many, is itself."""
    named = table["order_id"].is_valid()
    return pc.if_else(named, _keys(table, ("customer_id", "order_id")), _row_keys(table))


def _keys(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    texts = [table[name].cast(pa.string()) for name in names]
    joined = pc.binary_join_element_wise(*texts, "\0", null_handling="replace")
    return joined if isinstance(joined, pa.ChunkedArray) else pa.chunked_array([joined])


def _first_known(profile: pa.Table) -> pa.Table:
    names = [name for name in CUSTOMERS.schema.names if name != "customer_id"]
    grouped = profile.group_by("customer_id", use_threads=False).aggregate(
        [(name, "first") for name in names]
    )
    return grouped.select(["customer_id", *(f"{name}_first" for name in names)]).rename_columns(
        ["customer_id", *names]
    )


def _part(block: Block, name: str) -> pa.Table:
    """Return a block's rows of one table as they are packed, with their customers' ids."""
    rows = block.customers if name == "customers" else block.rows(name)
    schema = _SCHEMAS[name]
    if rows is None:
        rows = pa.table({"customer_id": pa.array([], pa.string())})
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    table = pa.table([rows["customer_id"], *columns], ["customer_id", *schema.names])
    if name != "customers":
        return table
    somebody = pc.if_else(pc.is_valid(table["referred_by"]), SOMEBODY, pa.scalar(None, pa.string()))
    return table.set_column(table.column_names.index("referred_by"), "referred_by", somebody)


def _slices(table: pa.Table, ids: pa.ChunkedArray) -> list[pa.RecordBatch]:
    """Return each customer's rows, in the order of `ids`, without their id."""
    wanted = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    position = pc.index_in(table["customer_id"], wanted)
    codes = position.fill_null(len(wanted)).to_numpy()
    order = np.argsort(codes, kind="stable")
    borders = np.searchsorted(codes[order], np.arange(len(wanted) + 1)).tolist()
    rows = table.drop_columns("customer_id").take(pa.array(order)).combine_chunks()
    whole = rows.to_batches()[0] if len(rows) else None
    return [
        whole.slice(first, last - first) if whole is not None and last > first else None
        for first, last in pairwise(borders)
    ]


def _packed(rows: Sequence[pa.RecordBatch | None]) -> bytes:
    parts = [b"" if batch is None else batch.serialize().to_pybytes() for batch in rows]
    head = _HEAD.pack(_LAYOUT, *map(len, parts))
    return head + bytes(pa.compress(b"".join(parts), codec="zstd", asbytes=True))


def _canonical(name: str, tables: Sequence[pa.Table]) -> pa.Table:
    """Return one table with every canonical column."""
    whole = {"orders": ORDERS, "engagement": ENGAGEMENT, "customers": CUSTOMERS}[name].schema
    return pa.concat_tables([whole.empty_table(), *tables], promote_options="default")
