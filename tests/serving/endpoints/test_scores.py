"""Records of single customers and of many, as published."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from serving.schemas.record import Record
from tests.serving.servers import Running, assert_problem


def test_a_customer_gets_the_published_record(running: Running) -> None:
    with running.client() as client:
        answer = client.get("/v1/customers/c000042/score")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert answer.headers["content-type"] == "application/json"
    record = Record.model_validate(answer.json())
    assert (record.customer_id, record.known, record.risk_tier) == ("c000042", True, "low")


def test_an_id_with_reserved_characters_is_found_when_encoded(running: Running) -> None:
    with running.client() as client:
        answer = client.get(f"/v1/customers/{quote('a/b c?#ü', safe='')}/score")
    assert answer.json()["known"] is True
    assert answer.json()["customer_id"] == "a/b c?#ü"


@pytest.mark.parametrize(
    "customer_id", ["nobody", "../score", "%00", "%0A", "a%0Ab", "%FF", "x" * 500, ""]
)
def test_an_unknown_customer_gets_a_neutral_record(running: Running, customer_id: str) -> None:
    with running.client() as client:
        answer = client.get(f"{running.url}/v1/customers/{customer_id}/score")
        if customer_id == "../score":  # the client resolves the dots before it asks
            assert answer.status_code == 404
            return
    assert answer.status_code == 200
    body = answer.json()
    assert body["known"] is False
    assert body["contact"] == "no"
    assert {body[name] for name in body.keys() - {"customer_id", "known", "contact"}} == {None}


def test_known_unknown_and_described_records_have_the_same_fields(running: Running) -> None:
    described = Record.model_fields
    with running.client() as client:
        known = client.get("/v1/customers/c000000/score").json()
        neutral = client.get("/v1/customers/nobody/score").json()
    assert list(known) == list(neutral) == list(described)


def test_the_same_record_is_not_sent_twice(running: Running) -> None:
    with running.client() as client:
        tag = client.get("/v1/customers/c000042/score").headers["etag"]
        again = client.get("/v1/customers/c000042/score", headers={"If-None-Match": tag})
        other = client.get("/v1/customers/c000043/score", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert other.status_code == 200


@pytest.mark.parametrize("seen", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_whoever_names_the_record_they_have_is_told_it_is_that(running: Running, seen: str) -> None:
    address = "/v1/customers/c000042/score"
    with running.client() as client:
        tag = client.get(address).headers["etag"]
        again = client.get(address, headers={"if-none-match": seen.format(tag=tag)})
    assert (again.status_code, again.content) == (304, b"")


def test_many_customers_come_in_order_with_errors_beside(running: Running) -> None:
    ids = ["c000003", "nobody", "", "c000001\n", "c000003", "x" * 201, "\ud800"]
    with running.client() as client:
        headers = {"Content-Type": "application/json"}
        content = json.dumps({"ids": ids})  # escapes the lone surrogate, which UTF-8 cannot carry
        answer = client.post("/v1/scores", content=content, headers=headers).json()
    assert [(s["customer_id"], s["known"]) for s in answer["scores"]] == [
        ("c000003", True),
        ("nobody", False),
        ("c000003", True),
    ]
    assert [error["index"] for error in answer["errors"]] == [2, 3, 5, 6]


def test_a_thousand_customers_are_the_most(running: Running) -> None:
    with running.client() as client:
        full = client.post("/v1/scores", json={"ids": ["c000003"] * 1000})
        over = client.post("/v1/scores", json={"ids": ["c000003"] * 1001})
    assert len(full.json()["scores"]) == 1000
    assert over.status_code == 422
    assert over.json()["errors"][0]["where"] == "body.ids"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"ids": [3]}', 422),
        (b'{"ids": [], "extra": 1}', 422),
        (b"[]", 422),
        (b"", 422),
        (b'{"ids": ["' + b"x" * 2**20 + b'"]}', 413),
    ],
)
def test_a_bad_body_is_a_problem_that_repeats_nothing(
    running: Running, content: bytes, status: int
) -> None:
    with running.client() as client:
        headers = {"Content-Type": "application/json"}
        answer = client.post("/v1/scores", content=content, headers=headers)
    assert_problem(answer, status)
    assert "xxx" not in answer.text
