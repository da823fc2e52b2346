"""What passes the gate: half an answer is no whole one, and what went wrong is logged."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.gate import Gate

BEGUN: Message = {"type": "http.response.start", "status": 200, "headers": []}
HALF: Message = {"type": "http.response.body", "body": b"half a list", "more_body": True}


def sending(*messages: Message, fails: bool = False) -> ASGIApp:
    """Return an application that answers so, and then fails or not."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        for message in messages:
            await send({**message})
        if fails:
            raise RuntimeError

    return app


def sent_by(app: ASGIApp, host: bytes = b"localhost") -> list[Message]:
    """Return what is sent to somebody who asks for an address that is open."""
    service: Any = SimpleNamespace(settings=SimpleNamespace(hosts=()))
    metrics: Any = SimpleNamespace(observe=lambda *_: None)
    scope = {"type": "http", "method": "GET", "path": "/livez", "headers": [(b"host", host)]}
    sent: list[Message] = []

    async def ask() -> None:
        async def send(message: Message) -> None:
            sent.append(message)

        await Gate(app, service, metrics)(scope, asyncio.Queue[Message]().get, send)

    asyncio.run(ask())
    return sent


def test_half_an_answer_is_never_ended_as_if_it_were_whole() -> None:
    """The error reaches the server, which breaks the connection."""
    with pytest.raises(RuntimeError):
        sent_by(sending(BEGUN, HALF, fails=True))
    assert sent_by(sending(fails=True))[0]["status"] == 500


@pytest.mark.parametrize(
    ("app", "host", "statuses"),
    [
        (sending(BEGUN), b"localhost", []),
        (sending(BEGUN), b"elsewhere", [400]),
        (sending(fails=True), b"[::1]:8000", [500]),
        (sending(), b"127.0.0.1", [0]),
    ],
)
def test_what_failed_or_was_never_answered_is_logged(
    app: ASGIApp, host: bytes, statuses: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    sent_by(app, host)
    told = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line["status"] for line in told if "status" in line] == statuses
