"""What a shop sells: purchase lines of each product, in numbers that add up over its customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from features.resources.workspace import Workspace

PRODUCT = "product_id"


def sold(workspace: Workspace, spans: Sequence[tuple[int, int]]) -> pa.Table:
    """Return each product's purchase lines in some half-open spans of instants.

    Returns
    -------
    Arrow table
        ``product_id``, then a column of whole numbers for each span.
    """
    if "orders" not in workspace.names():
        return _schema(len(spans)).empty_table()
    within = [f"moment >= {first} AND moment < {last}" for first, last in spans]
    counts = (f'count(*) FILTER (WHERE {some}) AS "{n}"' for n, some in enumerate(within))
    found = workspace.table(
        f"SELECT {', '.join([PRODUCT, *counts])} FROM (SELECT {PRODUCT}, epoch_us(ordered_at) AS "
        f"moment FROM orders WHERE {PRODUCT} IS NOT NULL AND amount > 0 AND is_return IS NOT TRUE) "
        f"WHERE {' OR '.join(within) or 'false'} GROUP BY {PRODUCT}"
    )
    return found.cast(_schema(len(spans)))


def together(parts: Iterable[pa.Table], spans: int) -> pa.Table:
    """Return what parts of the customers bought as one table."""
    rows = pa.concat_tables([_schema(spans).empty_table(), *parts])
    sums = rows.group_by(PRODUCT).aggregate([(str(n), "sum") for n in range(spans)])
    return sums.rename_columns(_schema(spans).names)


def _schema(spans: int) -> pa.Schema:
    counts = [(str(n), pa.int64()) for n in range(spans)]
    return pa.schema([(PRODUCT, pa.string()), *counts])
