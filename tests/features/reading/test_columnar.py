"""Parquet files that type a column unlike: each value is read as its own file means it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.features.staged import order, staged

NOON = datetime(2024, 5, 1, 12)


def write(folder: Path, column: str, *cells: pa.Array) -> str:
    """Write a file of orders for each array, and return the folder."""
    (folder / "parts").mkdir()
    for number, values in enumerate(cells):
        columns: dict[str, Any] = {name: [cell] * len(values) for name, cell in order().items()}
        table = pa.table({**columns, column: values})
        pq.write_table(table, folder / "parts" / f"{number}.parquet")
    return str(folder / "parts")


@pytest.mark.parametrize(
    "numbers",
    [
        pa.array([17850.0, None]),
        pa.array([17850, 8]),
        pa.array([Decimal("17850.00"), None], pa.decimal128(9, 2)),
    ],
)
def test_an_id_is_the_same_as_a_number_and_as_text(tmp_path: Path, numbers: pa.Array) -> None:
    source = write(tmp_path, "customer_id", numbers, pa.array(["17850", "007"]))
    found = [row["customer_id"] for row in staged("orders", None, source=source)]
    assert (found[0], found[2:]) == ("17850", ["17850", "007"])


@pytest.mark.parametrize(
    ("cells", "instants"),
    [
        (
            (pa.array([NOON]), pa.array([NOON.replace(tzinfo=UTC)])),
            ["2024-05-01T16:00Z", "2024-05-01T12:00Z"],
        ),
        (
            (pa.array([NOON]), pa.array(["2024-05-01T12:00Z"])),
            ["2024-05-01T16:00Z", "2024-05-01T12:00Z"],
        ),
        (
            (pa.array([date(2024, 5, 1)]), pa.array([NOON.replace(tzinfo=UTC)])),
            ["2024-05-01T04:00Z", "2024-05-01T12:00Z"],
        ),
    ],
)
def test_times_with_and_without_a_zone_stay_what_they_are(
    tmp_path: Path, cells: tuple[pa.Array, ...], instants: list[str]
) -> None:
    source = write(tmp_path, "ordered_at", *cells)
    rows = staged("orders", None, "America/New_York", source=source)
    assert [row["ordered_at"] for row in rows] == [datetime.fromisoformat(i) for i in instants]


def test_numbers_of_several_widths_are_numbers(tmp_path: Path) -> None:
    source = write(tmp_path, "amount", pa.array([2], pa.int32()), pa.array([2.5]))
    rows = staged("orders", None, source=source, mapping={"amount": "amount * 2"})
    assert [row["amount"] for row in rows] == [4.0, 5.0]
