"""Cells: what a shop's texts, numbers and times become."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.clock import midnight
from tests.features.staged import order, staged


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pa.array([17850.0, 2.0**53 - 1]), ["17850", "9007199254740991"]),
        (pa.array([17850.5]), ["17850.5"]),
        (pa.array([17850], pa.int32()), ["17850"]),
        (pa.array([Decimal("17850.00"), Decimal(-3)], pa.decimal128(12, 2)), ["17850", "-3"]),
        (pa.array(["017850", "17850.0"]), ["017850", "17850.0"]),
        (pa.array([math.nan, 5.0]), [None, "5"]),
    ],
)
def test_ids_that_are_whole_floats_are_integers(ids: pa.Array, expected: list[str]) -> None:
    columns = {
        "customer_id": ids,
        "kind": ["x"] * len(ids),
        "occurred_at": ["2024-05-01"] * len(ids),
    }
    assert [row["customer_id"] for row in staged("engagement", pa.table(columns))] == expected


def test_ids_in_csv_keep_zeros_and_lose_the_decimals_of_spreadsheets(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    text = (
        "customer_id,kind,occurred_at\n007,x,2024-05-01\n17850.0,x,2024-05-01\n1e5,x,2024-05-01\n"
    )
    file.write_text(text, encoding="utf-8")
    rows = staged("engagement", None, source=str(file))
    assert [row["customer_id"] for row in rows] == ["007", "17850", "1e5"]


def test_blanks_around_a_text_are_none_of_it() -> None:
    rows = [order(customer_id=" 17", channel="web\xa0"), order(customer_id="17  ", channel=" ")]
    found = staged("orders", rows, columns="customer_id, channel, problem")
    assert [tuple(row.values()) for row in found] == [("17", "web", None), ("17", None, None)]


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        (pa.array([math.nan]), "no customer_id"),
        (pa.array([2.0**53]), "customer_id is too large a number to be exact"),
        (pa.array([2.0**24], pa.float32()), "customer_id is too large a number to be exact"),
        (pa.array([2**62]), None),
        (pa.array([b"\xc3\xa9"]), None),
        (pa.array([b"\xff"]), "customer_id cannot be read"),
    ],
)
def test_an_id_that_stands_for_nobody_or_for_several_is_bad(
    ids: pa.Array, reason: str | None
) -> None:
    rows = pa.table({**{k: [v] for k, v in order().items()}, "customer_id": ids})
    (row,) = staged("orders", rows)
    assert (row["problem"], row["fatal"]) == (reason, reason is not None)


@pytest.mark.parametrize(("number", "exact"), [(2.0**53 - 1, True), (2.0**53, False)])
def test_an_order_of_which_the_number_may_stand_for_several_is_bad(
    number: float, exact: bool
) -> None:
    reason = None if exact else "order_id is too large a number to be exact"
    for amount in (1.0, -1.0):
        (row,) = staged("orders", [order(order_id=number, amount=amount)])
        assert (row["problem"], row["fatal"]) == (reason, not exact)


@pytest.mark.parametrize(
    ("table", "name", "others"),
    [
        ("orders", "product_id", order()),
        ("customers", "referred_by", {"customer_id": "c"}),
    ],
)
def test_a_number_that_may_name_several_others_names_none(
    table: str, name: str, others: dict[str, Any]
) -> None:
    (row,) = staged(table, [{**others, name: 2.0**53}])
    assert row[name] is None
    assert (row["problem"], row["fatal"]) == (f"{name} is too large a number to be exact", False)


def test_what_is_not_a_number_is_neither_true_nor_false() -> None:
    nothing = pa.table({**{k: [v] for k, v in order().items()}, "is_return": [math.nan]})
    (row,) = staged("orders", nothing, columns="is_return, amount, problem")
    assert tuple(row.values()) == (False, 1.0, None)


@pytest.mark.parametrize(
    ("amount", "is_return", "expected"),
    [
        (5.0, None, (5.0, False)),
        (-5.0, None, (-5.0, True)),
        (5.0, True, (-5.0, True)),
        (-5.0, False, (-5.0, True)),
    ],
)
def test_a_return_is_negative_however_it_is_said(
    amount: float, is_return: bool | None, expected: tuple[float, bool]
) -> None:
    row = order(amount=amount, is_return=is_return, order_id=None if expected[1] else "1")
    (found,) = staged("orders", [row])
    assert (found["amount"], found["is_return"]) == expected
    assert found["problem"] is None


LOCAL = "2024-05-01 10:00:00"
INSTANTS = {
    "naive text is local": (LOCAL, "Europe/London", {}, "2024-05-01T09:00Z"),
    "naive text may be UTC": (LOCAL, "Europe/London", {"timestamps": "UTC"}, "2024-05-01T10:00Z"),
    "an offset is an offset": (
        "2024-05-01T10:00:00+02:00",
        "Europe/London",
        {"timestamps": "UTC"},
        "2024-05-01T08:00Z",
    ),
    "Z is UTC": ("2024-05-01T10:00Z", "America/New_York", {}, "2024-05-01T10:00Z"),
    "UTC is UTC": ("2024-05-01 10:00:00 UTC", "America/New_York", {}, "2024-05-01T10:00Z"),
    "an offset may stand apart": (
        "2024-05-01 10:00:00 -0530",
        "Europe/London",
        {},
        "2024-05-01T15:30Z",
    ),
    "a date is local midnight": ("2024-05-01", "Europe/London", {}, "2024-04-30T23:00Z"),
    "a date is local midnight beside UTC times": (
        "2024-05-01",
        "Europe/London",
        {"timestamps": "UTC"},
        "2024-04-30T23:00Z",
    ),
    "blanks around do not matter": (" 2024-05-01 ", "UTC", {}, "2024-05-01T00:00Z"),
    "nor do wide ones": ("\u30002024-05-01\xa0", "UTC", {}, "2024-05-01T00:00Z"),
    "skipped in London": ("2024-03-31 01:30:00", "Europe/London", {}, "2024-03-31T01:30Z"),
    "repeated in London": ("2024-10-27 01:30:00", "Europe/London", {}, "2024-10-27T01:30Z"),
    "skipped in New York": ("2024-03-10 02:30:00", "America/New_York", {}, "2024-03-10T07:30Z"),
    "repeated in New York": ("2024-11-03 01:30:00", "America/New_York", {}, "2024-11-03T06:30Z"),
}


@pytest.mark.parametrize(
    ("text", "zone", "source", "expected"), INSTANTS.values(), ids=list(INSTANTS)
)
@pytest.mark.parametrize("typed", [False, True])
def test_times_become_instants(
    text: str, zone: str, source: dict[str, Any], expected: str, typed: bool
) -> None:
    cell: object = text
    if typed:
        parsed = pd.Timestamp(text.strip())
        cell = parsed.date() if len(text.strip()) == 10 else parsed.to_pydatetime()
    (row,) = staged("orders", [order(ordered_at=cell)], timezone=zone, **source)
    assert row["ordered_at"].astimezone(UTC) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "ending", ["PM", "CEST", "Europe/Berlin", "GMT+2", "UTC+2", "+2", "+02:00:30", "sharp"]
)
def test_a_time_of_which_a_part_would_be_left_out_is_no_date(ending: str) -> None:
    (row,) = staged("orders", [order(ordered_at=f"2024-05-01 10:00 {ending}")])
    assert row["problem"] == "ordered_at is not a date"


@settings(max_examples=5)
@given(st.lists(st.dates(date(1990, 1, 1), date(2025, 12, 31)), min_size=100, max_size=100))
@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/Sao_Paulo", "Asia/Tokyo", "Africa/Cairo"]
)
def test_midnights_agree_with_the_clock(zone: str, days: list[date]) -> None:
    """Also where the clocks change at midnight (Sao Paulo, Cairo)."""
    columns = "epoch_us(ordered_at) AS instant"
    rows = staged("orders", [order(ordered_at=day) for day in days], zone, columns=columns)
    assert [row["instant"] for row in rows] == [midnight(day, zone) for day in days]
