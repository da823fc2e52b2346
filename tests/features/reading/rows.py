"""Rows to be read from everywhere, and what reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from features.reading.sources import Relation

ROWS = [
    {"id": "007", "day": "2024-05-01 10:00:00", "paid": "12.50"},
    {"id": "8", "day": "2024-05-02", "paid": "-3"},
]
NOON = datetime(2024, 5, 1, 12)
Read = Callable[..., tuple[Relation, list[dict[str, Any]]]]
