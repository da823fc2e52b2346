"""Limits and compression as a caller meets them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from serving.store import Control
from serving.tokens import Token, mint
from serving.web.limits import Limits

Caller = Callable[[str], httpx.Client]


def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    caller: Caller, lived_in: Path
) -> None:
    token, text = mint("slow", ["score"], None, per_minute=3)
    with Control(lived_in) as control:
        control.add_token(token)
    client = caller("score")
    shown = {"authorization": f"Bearer {text}"}
    statuses = []
    for _ in range(400):  # a server knows a new token within a second
        answer = client.get("/v1/runs", headers=shown)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
        time.sleep(0.01)
    assert statuses.count(200) == 3
    assert 1 <= int(answer.headers["retry-after"]) <= 20
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/runs").status_code == 200  # another token goes on


def test_a_bucket_fills_again_steadily() -> None:
    seconds = [0.0]
    token = Token("t", "slow", b"", frozenset(), 0, per_minute=60)
    limits = Limits(lambda: seconds[0])
    assert [limits.wait(token) for _ in range(60)] == [0.0] * 60
    assert limits.wait(token) == pytest.approx(1.0)
    seconds[0] = 2.0
    assert [limits.wait(token) > 0 for _ in range(3)] == [False, False, True]
    seconds[0] = 10_000.0
    assert sum(limits.wait(token) == 0 for _ in range(100)) == 60


def test_long_answers_are_compressed_for_who_takes_it_and_records_are_not(caller: Caller) -> None:
    client = caller("lists")
    address = "/v1/lists/at-risk?limit=100"
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert "accept-encoding" in packed.headers["vary"].lower()
    record = caller("score").get("/v1/customers/C000001/score", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in record.headers
    assert json.loads(record.content)["customer_id"] == "C000001"


def test_a_whole_list_streams_compressed(caller: Caller) -> None:
    headers = {"accept": "text/csv", "accept-encoding": "gzip"}
    answer = caller("lists").get("/v1/lists/at-risk", headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("customer_id,")
