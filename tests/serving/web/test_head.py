"""HEAD: the head of what GET answers, as proxies and those who watch a server ask for it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message

from serving.web.head import Head
from tests.serving.servers import Running

ADDRESSES = [
    "/",
    "/livez",
    "/readyz",
    "/openapi.json",
    "/v1/runs",
    "/v1/customers/c000001/score",
    "/v1/customers/nobody%2Fknown/score",
    "/v1/customers/c000001",
    "/v1/scores",
    "/v1/nothing",
    "/v1/lists/at-risk?limit=5",
    "/v1/lists/at-risk?limit=0",
]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("accept", ["*/*", "text/csv"])
def test_head_answers_as_get_without_the_body(running: Running, path: str, accept: str) -> None:
    same = {"Accept": accept, "X-Request-Id": "the-same-one"}
    scope = "lists" if "lists" in path else "score"
    with running.client(scope=scope) as client:
        got, head = client.get(path, headers=same), client.head(path, headers=same)
    assert (head.status_code, head.content) == (got.status_code, b"")
    changing = {"date"}
    assert {*head.headers} == {*got.headers}
    assert all(head.headers[one] == got.headers[one] for one in {*got.headers} - changing)


def test_what_is_known_already_and_who_is_not_let_in(running: Running) -> None:
    address = "/v1/customers/c000001/score"
    with running.client() as client:
        etag = client.head(address).headers["etag"]
        assert client.head(address, headers={"If-None-Match": etag}).status_code == 304
        numbers = client.get("/metrics").text
    assert 'method="HEAD",route="/v1/customers/{customer_id:any}/score",status="304"' in numbers
    assert httpx.head(f"{running.url}{address}").status_code == 401


def test_a_whole_list_is_not_read_for_nobody() -> None:
    read = []

    async def endless() -> Any:
        while True:
            read.append(1)
            yield b"a line\n"
            await asyncio.sleep(0)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "HEAD", "asgi": {"spec_version": "2.3"}}
        async with asyncio.timeout(10):
            await Head(StreamingResponse(endless()))(scope, _nothing, send)

    asyncio.run(ask())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert len(read) < 10


async def _nothing() -> Message:
    raise AssertionError("a request for the head has no body")
