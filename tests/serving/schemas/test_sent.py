"""Rows sent with a request: the fields of the tables, and the rules that rows are read by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from features import tables
from serving.schemas import sent

Caller = Callable[[str], httpx.Client]
MIDNIGHT = "2025-03-01T00:00:00+01:00"
"""The cutoff of the published run, in the shop's own time."""


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (sent.SentOrder, tables.ORDERS),
        (sent.SentEngagement, tables.ENGAGEMENT),
        (sent.SentProfile, tables.CUSTOMERS),
    ],
)
def test_what_is_sent_has_the_fields_of_the_tables(model: Any, table: tables.Table) -> None:
    names = [column.name for column in table.stored if column.name != "customer_id"]
    assert [*model.model_fields] == names
    needed = {column.name for column in table.stored if column.required} - {"customer_id"}
    # Some tills give a return no order of its own.
    assert {n for n, f in model.model_fields.items() if f.is_required()} == needed - {"order_id"}


def test_an_unknown_kind_of_engagement_is_welcome() -> None:
    sent.SentEngagement.model_validate({"occurred_at": MIDNIGHT, "kind": "wished"})
    with pytest.raises(ValidationError, match="0 to 10"):
        sent.SentEngagement.model_validate({"occurred_at": MIDNIGHT, "kind": "nps", "value": 11})


@pytest.mark.parametrize("time", ["2025-13-01T00:00:00Z", "2025-03-01T00:00:00+99:00"])
def test_a_time_that_cannot_be_is_refused_in_our_words(time: str) -> None:
    with pytest.raises(ValidationError, match="must be a time with an offset, as 2026"):
        sent.SentEngagement.model_validate({"occurred_at": time, "kind": "wished"})


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("orders", {"ordered_at": MIDNIGHT, "amount": 5.0}),
        ("orders", {"ordered_at": MIDNIGHT, "amount": 5.0, "order_id": " "}),
        ("engagement", {"occurred_at": MIDNIGHT, "kind": ""}),
        ("engagement", {"occurred_at": MIDNIGHT, "kind": "reviewed", "value": 6}),
    ],
)
def test_a_row_that_is_bad_on_import_is_refused(
    caller: Caller, part: str, row: dict[str, Any]
) -> None:
    sent_rows = {"customers": [{"customer_id": "new", part: [row]}]}
    answer = caller("score").post("/v1/score-history", json=sent_rows)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"].startswith(f"body.customers.0.{part}.0")


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("orders", {"ordered_at": MIDNIGHT, "amount": -5.0}),
        ("orders", {"ordered_at": MIDNIGHT, "amount": 5.0, "is_return": True}),
        ("engagement", {"occurred_at": MIDNIGHT, "kind": "reviewed"}),
    ],
)
def test_a_row_that_is_read_on_import_is_read(
    caller: Caller, part: str, row: dict[str, Any]
) -> None:
    sent_rows = {"customers": [{"customer_id": "new", part: [row]}]}
    answer = caller("score").post("/v1/score-history", json=sent_rows)
    assert answer.json()["scores"][0]["known"]
