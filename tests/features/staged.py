"""What the mapping makes of a few rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.cleaning.mapping import ShopClock, stage
from features.reading.sources import opened
from features.resources.workspace import Workspace
from features.settings.sections import Source
from features.tables import TABLES

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]


def staged(
    table: str,
    rows: Any,
    timezone: str = "Europe/London",
    mapping: dict[str, str] | None = None,
    columns: str = "*",
    **source: Any,
) -> Rows:
    """Return the staged rows of a frame, or of a CSV file where `rows` is None."""
    frame = rows if not isinstance(rows, list) else pa.Table.from_pylist(rows)
    mapped = Source(columns=mapping or {}, **source)
    with Workspace() as workspace:
        with opened(workspace, mapped, table, Path(), frame) as relation:
            stage(workspace, TABLES[table], mapped, relation, ShopClock(timezone, NOW), "s")
        return workspace.rows(f"SELECT {columns} FROM s")


def order(**cells: Any) -> dict[str, Any]:
    """Return a good order with some cells replaced."""
    good = {"customer_id": "c", "order_id": "1", "ordered_at": "2024-05-01", "amount": 1.0}
    return {**good, **cells}
