"""A shop of any size as canonical Parquet, in the order of time, as a shop's systems write it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

KINDS = (
    "email_sent",
    "email_opened",
    "email_clicked",
    "site_visited",
    "app_opened",
    "cart_added",
    "coupon_redeemed",
    "ticket_opened",
    "points_earned",
    "reviewed",
    "referred",
    "shared",
)
_LINES, _ACTS = 15, 37
"""Order lines and engagement rows per customer, on average."""
_START, _SECONDS = "TIMESTAMPTZ '2024-01-01 00:00:00+00'", 730 * 86400
END = 1_704_067_200_000_000 + _SECONDS * 1_000_000
"""The instant after the last row: 2025-12-31."""


@dataclass(frozen=True)
class Shop:
    """Two Parquet files.

    Parameters
    ----------
    folder : Path
    customers : int
    text_ids : bool
        ``CUST-000000017`` instead of 17.
    """

    folder: Path
    customers: int
    text_ids: bool = True

    @property
    def orders(self) -> Path:
        """Order lines."""
        return self._path("orders")

    @property
    def engagement(self) -> Path:
        """Engagement rows."""
        return self._path("engagement")

    @property
    def rows(self) -> int:
        """How many rows both have."""
        return self.customers * (_LINES + _ACTS)

    def make(self) -> None:
        """Write the files, unless they are there."""
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        words = ", ".join(f"'{kind}'" for kind in KINDS)
        orders = (
            f"{self._id(1)}, 'o' || (i // 2) AS order_id, {self._time(_LINES)} AS ordered_at, "
            "CASE WHEN hash(i + 29) % 25 = 0 THEN -1 ELSE 1 END "
            "* (1 + hash(i + 7) % 20000)::DOUBLE / 100 AS amount, "
            "(hash(i + 13) % 300)::DOUBLE / 100 AS discount, "
            "'category ' || hash(i + 17) % 20 AS category, amount < 0 AS is_return"
        )
        engagement = (
            f"{self._id(2)}, {self._time(_ACTS)} AS occurred_at, "
            f"[{words}][(1 + hash(i + 23) % {len(KINDS)})::BIGINT] AS kind, "
            "(1 + hash(i + 31) % 5)::DOUBLE AS value"
        )
        tables = ((self.orders, orders, _LINES), (self.engagement, engagement, _ACTS))
        for path, columns, rows in tables:
            if not path.exists():
                connection.execute(
                    f"COPY (SELECT {columns} FROM range({self.customers * rows}) AS rows(i)) "
                    f"TO '{path}.new' (FORMAT parquet, COMPRESSION zstd)"
                )
                path.with_name(f"{path.name}.new").rename(path)

    def _path(self, table: str) -> Path:
        ids = "text" if self.text_ids else "number"
        return self.folder / f"{self.customers}-{ids}-{table}.parquet"

    def _id(self, salt: int) -> str:
        number = f"(hash(3 * i + {salt}) % {self.customers})::BIGINT"
        text = f"'CUST-' || lpad({number}::VARCHAR, 9, '0')"
        return f"{text if self.text_ids else number} AS customer_id"

    def _time(self, rows: int) -> str:
        """Return instants that ascend evenly."""
        return f"{_START} + to_seconds(i * {_SECONDS} // {self.customers * rows})"
