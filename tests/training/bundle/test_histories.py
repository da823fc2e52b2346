from __future__ import annotations

from typing import Any

import pytest

from features.config import Config
from features.errors import LadderError
from training.bundle import histories

AT = "2024-05-01T10:00:00+02:00"


def customer(**order: Any) -> dict[str, Any]:
    row = {"order_id": "1", "ordered_at": AT, "amount": 20.0, **order}
    return {"customer_id": "a", "orders": [row]}


def test_a_history_becomes_canonical_rows_in_utc() -> None:
    made = histories.tables([customer(), {"customer_id": "b", "profile": {"acquired_by": "x"}}])
    assert made["orders"].column("ordered_at").to_pylist()[0].isoformat() == (
        "2024-05-01T08:00:00+00:00"
    )
    assert made["customers"].column("customer_id").to_pylist() == ["a", "b"]
    assert made["customers"].column("acquired_by").to_pylist() == [None, "x"]
    assert made["engagement"].num_rows == 0
    assert len(histories.block([customer()], Config())) == 1


@pytest.mark.parametrize(
    ("order", "amount", "returned"),
    [
        ({}, 20.0, False),
        ({"amount": 3}, 3.0, False),
        ({"is_return": True}, -20.0, True),
        ({"amount": -20.0}, -20.0, True),
    ],
)
def test_sign_and_flag_of_a_return_agree(
    order: dict[str, Any], amount: float, returned: bool
) -> None:
    (row,) = histories.tables([customer(**order)])["orders"].to_pylist()
    assert (row["amount"], row["is_return"]) == (amount, returned)


def test_blank_text_says_nothing_as_on_import() -> None:
    (row,) = histories.tables([customer(category=" ", channel="")])["orders"].to_pylist()
    assert row["category"] is row["channel"] is None


def test_blanks_around_a_text_are_none_of_it_and_nobody_refers_themselves_as_on_import() -> None:
    sent = customer(order_id=" 8831", category="\N{NO-BREAK SPACE}tea ")
    mine = {**sent, "profile": {"referred_by": sent["customer_id"], "acquired_by": "organic "}}
    made = histories.tables([mine])
    (order,) = made["orders"].to_pylist()
    assert (order["order_id"], order["category"]) == ("8831", "tea")
    (known,) = made["customers"].to_pylist()
    assert (known["referred_by"], known["acquired_by"]) == (None, "organic")


def test_histories_survive_the_way_to_tables_and_back() -> None:
    first = histories.tables([customer(category="tea"), {"customer_id": "b"}])
    again = histories.tables(histories.to_json(first))
    for name, table in first.items():
        assert again[name].equals(table)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (customer(ordered_at="2024-05-01T10:00:00"), "ordered_at is '2024-05-01T10:00:00'"),
        (customer(ordered_at="yesterday"), "ordered_at is 'yesterday'"),
        (customer(amount="20"), "amount is '20'"),
        (customer(amount=None), "amount is missing"),
        (customer(amount=float("inf")), "amount is inf"),
        (customer(amount=-1e13), "amount is -1"),
        (customer(quantity=float("nan")), "quantity is nan"),
        (customer(amuont=1), "'amuont'"),
        (customer(order_id=" "), "order_id is missing on a purchase"),
        ({"customer_id": "a", "engagement": [{"occurred_at": AT, "kind": ""}]}, "kind is missing"),
        ({"customer_id": "a", "visits": []}, "'visits'"),
        ({"orders": []}, "customer_id is None"),
        ({"customer_id": 5}, "customer_id is 5"),
        ({"customer_id": "a\ud800"}, "customer_id is"),
        (customer(category="\ud83d"), "category is"),
    ],
)
def test_what_is_wrong_is_named(history: dict[str, Any], said: str) -> None:
    with pytest.raises(LadderError, match=said):
        histories.tables([history])
