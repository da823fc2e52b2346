"""What live scoring takes and what it refuses: bodies, fields, numbers of customers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from serving.endpoints import bodies
from tests.serving.servers import assert_problem

Caller = Callable[[str], httpx.Client]
MIDNIGHT = "2025-03-01T00:00:00+01:00"


def test_ids_that_cannot_be_are_reported_beside_the_others(caller: Caller) -> None:
    sent = {"customers": [{"customer_id": id_} for id_ in ("a", "", "a")]}
    answer = caller("score").post("/v1/score-history", json=sent).json()
    assert len(answer["scores"]) == 1
    assert [error["index"] for error in answer["errors"]] == [1, 2]


@pytest.mark.parametrize(
    ("customer", "where"),
    [
        ({"surname": "x"}, "surname"),
        ({"orders": [{"ordered_at": "2025-01-01T00:00:00", "amount": 1}]}, "ordered_at"),
        ({"orders": [{"ordered_at": 1735689600, "amount": 1}]}, "ordered_at"),
        ({"orders": [{"ordered_at": "2025-02-30T00:00:00Z", "amount": 1}]}, "ordered_at"),
        ({"orders": [{"ordered_at": MIDNIGHT, "amount": "1"}]}, "amount"),
        ({"orders": [{"ordered_at": MIDNIGHT, "amount": 1e15}]}, "amount"),
        ({"orders": [{"ordered_at": MIDNIGHT}]}, "amount"),
        ({"engagement": [{"occurred_at": MIDNIGHT, "kind": "nps", "value": 11}]}, "engagement"),
        ({"engagement": [{"occurred_at": MIDNIGHT, "kind": "\ud800"}]}, "kind"),
        ({"profile": {"marketing_allowed": "no"}}, "marketing_allowed"),
        ({"orders": [{"ordered_at": MIDNIGHT, "amount": 1}] * 5001}, "customers"),
    ],
)
def test_a_wrong_field_is_named(caller: Caller, customer: dict[str, Any], where: str) -> None:
    body = json.dumps({"customers": [{"customer_id": "a", **customer}]})
    answer = caller("score").post(
        "/v1/score-history", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert where in error["where"]
    assert not error["must"].startswith("Value error")


def test_more_than_a_hundred_customers_are_refused(caller: Caller) -> None:
    many = [{"customer_id": f"c{number}"} for number in range(101)]
    answer = caller("score").post("/v1/score-history", json={"customers": many})
    assert answer.status_code == 422


def test_bodies_of_several_megabytes_are_taken_and_larger_ones_refused(caller: Caller) -> None:
    client = caller("score")
    for megabytes, status in ((3, 200), (9, 413)):
        row = {"occurred_at": MIDNIGHT, "kind": "noted", "detail": "x" * 950}
        history = {"customer_id": "a", "engagement": [row] * 1000}
        copies = [{**history, "customer_id": f"a{number}"} for number in range(megabytes)]
        assert client.post("/v1/score-history", json={"customers": copies}).status_code == status


def test_others_are_answered_while_a_body_is_read(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reading, go_on = bodies._read, threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        reading.set()
        go_on.wait(20)
        return read(*arguments)

    monkeypatch.setattr(bodies, "_read", slow)
    client = caller("score")
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(client.post, "/v1/score-history", json={"customers": []})
        try:
            assert reading.wait(20)
            assert client.get("/v1/customers/nobody/score").status_code == 200
            assert not answer.done()
        finally:
            go_on.set()
        assert answer.result().json()["scores"] == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b'{"customers"', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff", "application/json; charset=utf-8", 400),
        (b'{"customers": []}', "text/plain", 422),
        (b"[]", "application/json", 422),
    ],
)
def test_a_body_of_another_kind_is_refused(
    caller: Caller, body: bytes, kind: str, status: int
) -> None:
    answer = caller("score").post("/v1/score-history", content=body, headers={"content-type": kind})
    assert_problem(answer, status)


def test_other_scopes_may_not_score(caller: Caller) -> None:
    answer = caller("lists").post("/v1/score-history", json={"customers": []})
    assert answer.status_code == 403
