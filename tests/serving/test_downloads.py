"""Whole lists as streams: what is read is let go, however the reading ends."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from serving.endpoints.downloads import CSV, NDJSON, download
from serving.store import Control, RunInfo, publish
from serving.store.pages import Query
from serving.web.service import MOST_DOWNLOADS
from tests.serving.crowd import within
from tests.serving.servers import Running, assert_problem, started


class Slow:
    """A run whose list is read slowly."""

    def __init__(self) -> None:
        self.reading, self.go_on, self.closed = threading.Event(), threading.Event(), False
        self.run = SimpleNamespace(info=SimpleNamespace(as_of="2026-06-01"))

    def stream(self, _: Query, **__: str) -> Iterator[list[bytes]]:
        try:
            yield [b'{"customer_id": "a"}']
            self.reading.set()
            self.go_on.wait(10)
            yield [b'{"customer_id": "b"}']
        finally:
            self.closed = True


@pytest.mark.parametrize("media_type", [CSV, NDJSON])
def test_a_caller_who_leaves_amid_a_page_lets_the_run_go(media_type: str) -> None:
    slow = Slow()

    async def read() -> None:
        slots = asyncio.Semaphore(1)
        answer = download(
            _as_reader(slow), Query("at-risk", "value_at_risk"), media_type, slots, "en"
        )
        async for _ in answer.body_iterator:
            pass

    async def leave() -> None:
        task = asyncio.create_task(read())
        await asyncio.to_thread(slow.reading.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        slow.go_on.set()
        async with asyncio.timeout(10):
            while not slow.closed:
                await asyncio.sleep(0.01)

    asyncio.run(leave())


@contextmanager
def unread(server: Running, count: int) -> Iterator[None]:
    """Have whole lists asked for by callers who do not read what comes."""
    host, port = server.url.removeprefix("http://").split(":")
    asked = (
        "GET /v1/lists/at-risk HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n"
        f"Authorization: Bearer {server.tokens['lists']}\r\n\r\n"
    )
    with ExitStack() as callers:
        for _ in range(count):
            caller = callers.enter_context(closing(socket.socket()))
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            caller.connect((host, int(port)))
            caller.sendall(asked.encode())
        yield


@pytest.mark.usefixtures("database")
def test_callers_who_read_slowly_keep_nobody_else_from_an_answer(
    home: Path, scored: Callable[..., pa.Table], run_info: RunInfo
) -> None:
    publish(home, run_info, scored(10_000))
    whole_list = {"Accept": "text/csv"}
    with started(home) as server, server.client(scope="lists") as client:
        with unread(server, MOST_DOWNLOADS):
            assert within(10, server.app.state.service.downloads.locked)
            answer = client.get("/v1/lists/win-back", headers=whole_list)
            assert "Ask again" in assert_problem(answer, 503)["detail"]
            assert answer.headers["retry-after"] == "10"
            with Control(home) as control:  # who was refused has read nothing
                assert "list:win-back" not in {read["action"] for read in control.reads()}
            assert client.get("/v1/lists/at-risk", params={"limit": 1}).json()["items"]
            with server.client() as other:
                found = other.post("/v1/scores", json={"ids": ["c000001"]}).json()["scores"]
            assert found[0]["known"]
        assert within(
            10, lambda: client.get("/v1/lists/win-back", headers=whole_list).status_code == 200
        )


def _as_reader(slow: Slow) -> Any:
    return slow
