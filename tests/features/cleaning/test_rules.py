"""Rules: which rows are bad, why, and what is shown of them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.features.staged import order, staged


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
    (found,) = staged("orders", [order(ordered_at="\x1b[2Jtoday")])
    assert found["sample"] == "?[2Jtoday"


@pytest.mark.parametrize("nothing", ["NULL", "null", "NaN", "n/a", "\\N", " - "])
def test_what_is_written_for_nothing_is_nothing_where_a_number_or_a_date_stands(
    nothing: str,
) -> None:
    assert problem("orders", order(quantity=nothing)) == (None, False)
    assert problem("orders", order(amount=nothing)) == ("no amount", True)
    assert problem("orders", order(ordered_at=nothing)) == ("no ordered_at", True)
    customer = {"customer_id": "c", "signed_up_at": nothing, "profiling_allowed": nothing}
    assert problem("customers", customer)[0] == "profiling_allowed is neither true nor false"


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
