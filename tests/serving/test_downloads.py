"""Whole lists as streams: what is read is let go, however the reading ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from serving.endpoints.downloads import CSV, NDJSON, whole
from serving.store.pages import Query


class Slow:
    """A run whose list is read slowly."""

    def __init__(self) -> None:
        self.reading, self.go_on, self.closed = threading.Event(), threading.Event(), False
        self.run = SimpleNamespace(info=SimpleNamespace(as_of="2026-06-01"))

    def stream(self, _: Query) -> Iterator[list[bytes]]:
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
        answer = whole(_as_reader(slow), Query("at-risk", "value_at_risk"), media_type)
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


def _as_reader(slow: Slow) -> Any:
    return slow
