"""Mapping: what a cell becomes, which rows are bad and why, and that none is lost."""

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
from features.config import Source
from features.errors import UsageError
from features.mapping import Reading, stage
from features.sources import opened
from features.tables import TABLES
from features.workspace import Workspace

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
            stage(workspace, TABLES[table], mapped, relation, Reading(timezone, NOW), "s")
        return workspace.rows(f"SELECT {columns} FROM s")


def order(**cells: Any) -> dict[str, Any]:
    """Return a good order with some cells replaced."""
    good = {"customer_id": "c", "order_id": "1", "ordered_at": "2024-05-01", "amount": 1.0}
    return {**good, **cells}


def problem(table: str, row: dict[str, Any], **source: Any) -> tuple[str | None, bool]:
    (found,) = staged(table, [row], columns="problem, fatal", **source)
    return found["problem"], found["fatal"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"customer_id": None}, "no customer_id"),
        ({"customer_id": "  "}, "no customer_id"),
        ({"customer_id": "\xa0\u3000 "}, "no customer_id"),
        ({"customer_id": "x" * 201}, "customer_id longer than 200"),
        ({"customer_id": "a\tb"}, "customer_id holds control characters"),
        ({"customer_id": "a\x85b"}, "customer_id holds control characters"),
        ({"customer_id": "a\ufffdb"}, "customer_id holds control characters"),
        ({"ordered_at": None}, "no ordered_at"),
        ({"ordered_at": "01/05/2024"}, "ordered_at is not a date"),
        ({"ordered_at": "2024-13-01"}, "ordered_at is not a date"),
        ({"ordered_at": "infinity"}, "ordered_at is not a date"),
        ({"ordered_at": "1900-01-01"}, "ordered_at is before 1970-01-02"),
        ({"ordered_at": "2026-01-01 00:00:01"}, "ordered_at is in the future"),
        ({"amount": None}, "no amount"),
        ({"amount": "ten"}, "amount is not a number"),
        ({"amount": "1,5"}, "amount is not a number"),
        ({"amount": math.inf}, "amount is not a number"),
        ({"amount": 1e13}, "amount is not a number"),
        ({"order_id": None}, "no order_id on a purchase"),
    ],
)
def test_a_bad_order_is_set_aside_with_its_reason(cells: dict[str, Any], reason: str) -> None:
    assert problem("orders", order(**cells)) == (reason, True)


def test_a_sample_is_safe_to_print() -> None:
    (found,) = staged("orders", [order(customer_id="a\x1b[31m\nb" + "x" * 100)])
    assert found["sample"] == ("a?[31m?b" + "x" * 100)[:60]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"quantity": "two"}, "quantity is not a number"),
        ({"is_return": "maybe"}, "is_return is neither true nor false"),
    ],
)
def test_an_unreadable_optional_cell_is_counted_and_the_row_kept(
    cells: dict[str, Any], reason: str
) -> None:
    assert problem("orders", order(**cells)) == (reason, False)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("nps", 11, "nps is not between 0 and 10"),
        ("nps", -1, "nps is not between 0 and 10"),
        ("csat", 0, "csat is not between 1 and 5"),
        ("reviewed", 6, "reviewed is not between 1 and 5"),
        ("nps", 0, None),
        ("reviewed", 5, None),
        ("reviewed", None, None),
        ("site_visited", 600, None),
        (None, 3, "no kind"),
    ],
)
def test_ratings_stay_within_their_scale(
    kind: str | None, value: float, reason: str | None
) -> None:
    row = {"customer_id": "c", "occurred_at": "2024-05-01", "kind": kind, "value": value}
    assert problem("engagement", row)[0] == reason


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"arm": "b"}, "arm is not treated or control"),
        ({"ask": "buy"}, "ask is not refer or share or review"),
        ({"campaign": ""}, "no campaign"),
        ({"ask": None}, None),
    ],
)
def test_contacts_hold_known_arms_and_asks(cells: dict[str, Any], reason: str | None) -> None:
    good = {
        "customer_id": "c",
        "campaign": "May",
        "contacted_at": "2024-05-01",
        "arm": "treated",
        "ask": "review",
    }
    assert problem("contacts", {**good, **cells})[0] == reason


def test_consent_that_cannot_be_read_is_no_consent() -> None:
    rows = [
        {"customer_id": name, "profiling_allowed": allowed}
        for name, allowed in [("a", "yes"), ("b", None), ("c", "no"), ("d", "dunno")]
    ]
    found = staged("customers", rows)
    assert [row["profiling_allowed"] for row in found] == [True, True, False, False]
    assert [row["problem"] for row in found[:3]] == [None] * 3
    assert not any(row["fatal"] for row in found)


def test_a_customer_row_survives_unreadable_details() -> None:
    row = {
        "customer_id": "c",
        "signed_up_at": "yesterday",
        "email_sha256": "c@shop.example",
        "profiling_allowed": False,
    }
    (found,) = staged("customers", [row])
    assert not found["fatal"]
    assert not found["profiling_allowed"]
    assert (found["signed_up_at"], found["email_sha256"]) == (None, None)


def test_an_address_instead_of_a_hash_is_never_shown() -> None:
    (found,) = staged("customers", [{"customer_id": "c", "email_sha256": "c@shop.example"}])
    assert found["sample"] == "(not shown)"


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pa.array([17850.0, 2.0**53]), ["17850", "9007199254740992.0"]),
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


CSV = """CustomerID,InvoiceNo,When,Quantity,Price
17850,536365,2011-05-01 08:26:00,6,2.55
17850,C536366,2011-05-02,-1,2.55
13047,536367,2011-05-03,2,cheap
"""


@pytest.fixture
def giftware(tmp_path: Path) -> str:
    file = tmp_path / "giftware.csv"
    file.write_text(CSV, encoding="utf-8")
    return str(file)


MAPPING = {
    "customer_id": "CustomerID",
    "order_id": "InvoiceNo",
    "ordered_at": "When",
    "amount": "Quantity * Price",
    "is_return": "starts_with(InvoiceNo, 'C')",
}


def test_expressions_find_numbers_in_text_and_count_what_is_not_one(giftware: str) -> None:
    rows = staged("orders", None, source=giftware, mapping=MAPPING)
    assert [row["amount"] for row in rows] == pytest.approx([15.3, -2.55, None])
    assert [row["is_return"] for row in rows] == [False, True, False]
    assert rows[2]["problem"] == "amount is not a number"
    assert rows[2]["sample"] == "Quantity=2, Price=cheap"


def test_where_leaves_rows_out_before_they_are_judged(giftware: str) -> None:
    rows = staged("orders", None, source=giftware, mapping=MAPPING, where="Quantity > 2")
    assert [row["order_id"] for row in rows] == ["536365"]


def test_where_that_cannot_read_a_row_counts_it(giftware: str) -> None:
    rows = staged(
        "orders", None, source=giftware, mapping=MAPPING, where="Price > 2.6 or Price < 2"
    )
    assert [(row["problem"], row["sample"]) for row in rows] == [
        ("`where` cannot be read", "Price=cheap")
    ]


def test_where_on_an_empty_cell_leaves_the_row_out_as_sql_does() -> None:
    rows = [order(channel="web"), order(channel=None), order(channel="shop")]
    kept = staged("orders", rows, where="channel <> 'shop'")
    assert [row["channel"] for row in kept] == ["web"]


def test_a_source_may_have_columns_named_like_ours() -> None:
    rows = [order(line="first", problem="none", value_amount="9")]
    (row,) = staged("orders", rows, mapping={"amount": "length(line) + 1", "category": "problem"})
    assert (row["amount"], row["category"], row["problem"]) == (6.0, "none", None)


def test_an_expression_that_fails_on_a_row_makes_it_bad_not_the_file(giftware: str) -> None:
    mapping = {**MAPPING, "ordered_at": "strptime(\"When\", '%Y-%m-%d %H:%M:%S')"}
    rows = staged("orders", None, source=giftware, mapping=mapping)
    assert [row["problem"] for row in rows] == [None, *["ordered_at is not a date"] * 2]


@pytest.mark.parametrize(
    ("column", "sql", "came", "do"),
    [
        ("ordered_at", "Whn", "giftware.csv has CustomerID, InvoiceNo, When", "Did you mean When?"),
        ("amount", "Quantity *", "syntax error", "Correct it in [orders]"),
        ("amount", "Quantity * Prize", "Prize", "has CustomerID"),
        ("amount", "cost(Quantity)", "cost", "Correct it in [orders]"),
        ("amount", "Quantity; drop table x", "syntax error", "Correct it in [orders]"),
        ("ordered_at", "Quantity * 2", "gives BIGINT", "to_timestamp(column)"),
    ],
)
def test_a_wrong_mapping_is_wrong_use(
    giftware: str, column: str, sql: str, came: str, do: str
) -> None:
    with pytest.raises(UsageError) as caught:
        staged("orders", None, source=giftware, mapping={**MAPPING, column: sql})
    assert came in caught.value.came
    assert do in caught.value.do


def test_a_missing_required_column_names_what_is_there(giftware: str) -> None:
    mapping = {name: sql for name, sql in MAPPING.items() if name != "customer_id"}
    with pytest.raises(UsageError) as caught:
        staged("orders", None, source=giftware, mapping=mapping)
    assert caught.value.must == "orders needs a column for customer_id."
    assert "InvoiceNo" in caught.value.came
    assert 'customer_id = "CustomerID"' in caught.value.do


def test_columns_with_odd_names_and_any_case_are_found() -> None:
    rows = [{"Customer ID": "c", "NO": "1", 'the "day"': "2024-05-01", "amount": 2}]
    mapping = {"customer_id": "Customer ID", "order_id": "no", "ordered_at": 'the "day"'}
    (row,) = staged("orders", rows, mapping=mapping)
    assert (row["customer_id"], row["amount"], row["problem"]) == ("c", 2.0, None)


cells = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["2024-05-01", "01/05/2024", "INF", "nan", "1e400", "17850.0", "-3", "true", "", "nps"]
    ),
)


def table_rows(names: list[str]) -> st.SearchStrategy[Rows]:
    return st.lists(st.fixed_dictionaries(dict.fromkeys(names, cells)), min_size=1, max_size=20)


@settings(max_examples=30)
@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
def test_no_row_is_lost_and_no_good_row_breaks_the_rules(table: str, data: st.DataObject) -> None:
    schema = TABLES[table]
    names = [column.name for column in schema.columns]
    rows = data.draw(table_rows(names))
    found = staged(table, pa.Table.from_pylist(rows, pa.schema([(n, pa.string()) for n in names])))
    assert len(found) == len(rows)
    for row in (row for row in found if not row["fatal"]):
        assert 1 <= len(row["customer_id"]) <= 200
        for column in schema.columns:
            required = column.required and column.name != "order_id"
            assert not required or row[column.name] is not None
            assert (
                column.type != "money"
                or row[column.name] is None
                or math.isfinite(row[column.name])
            )
    assert all(row["problem"] for row in found if row["fatal"])
