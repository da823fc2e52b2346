"""Histories that a run keeps, brought up to date by rows just sent."""

from __future__ import annotations

from typing import Any

import pytest

from serving.records.histories import merge
from training.bundle.histories import tables


def returned(day: int) -> dict[str, Any]:
    return {"ordered_at": f"2025-02-{day}T12:00:00+01:00", "amount": -5.0}


@pytest.mark.parametrize(
    ("sent", "known"), [([returned(27)], 2), ([returned(26)], 1), ([returned(26), returned(27)], 2)]
)
def test_returns_of_no_order_replace_only_themselves(
    sent: list[dict[str, Any]], known: int
) -> None:
    kept = tables([{"customer_id": "a", "orders": [returned(26)]}])
    merged = merge(kept, tables([{"customer_id": "a", "orders": sent}]))
    assert len(merged["orders"]) == known


def test_an_order_replaces_the_one_of_its_id() -> None:
    order = {"order_id": "1", "ordered_at": "2025-02-26T12:00:00+01:00", "amount": 5.0}
    kept = tables([{"customer_id": who, "orders": [order, order]} for who in "ab"])
    now = {**order, "amount": 7.0}
    merged = merge(kept, tables([{"customer_id": "a", "orders": [now]}]))["orders"]
    assert sorted(merged["amount"].to_pylist()) == [5.0, 5.0, 7.0]
