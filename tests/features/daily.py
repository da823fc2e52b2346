"""A made-up shop where every customer orders every day, and histories opened on its rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from features.config import Config
from features.history import History, open_history

START = date(2024, 1, 1)


def day(number: int) -> str:
    """Return a day of the made-up history."""
    return str(START + timedelta(days=number))


def orders(customers: int = 3, days: int = 20) -> list[dict[str, Any]]:
    """Return an order of every customer on every day."""
    return [
        {"customer_id": f"c{c}", "order_id": f"{c}-{d}", "ordered_at": day(d), "amount": 10.0 + c}
        for d in range(days)
        for c in range(customers)
    ]


def engagement(*rows: tuple[str, int, str, float | None]) -> pa.Table:
    """Return rows written as customer, day, kind, value."""
    names = ("customer_id", "occurred_at", "kind", "value")
    cells = [(who, day(number), kind, value) for who, number, kind, value in rows]
    return pa.Table.from_pylist([dict(zip(names, cell, strict=True)) for cell in cells])


def history(until: date | None = None, settings: Any = None, **frames: Any) -> History:
    """Open the history of some tables, given as Arrow tables or lists of rows."""
    tables = {
        name: pa.Table.from_pylist(rows) if isinstance(rows, list) else rows
        for name, rows in frames.items()
    }
    return open_history(Config.from_dict(settings or {}), until, tables)
