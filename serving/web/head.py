"""HEAD: an address that answers GET answers HEAD the same, without the body (RFC 9110, 9.3.2)."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """ASGI middleware that asks what lies behind for a GET and keeps the body to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one for the head alone with what a GET would be told."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def left() -> Message:
            # Who has the head has all there is to have: a whole list is not read for nobody.
            await answered.wait()
            return {"type": "http.disconnect"}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answered.set()

        as_get = {**scope, "method": "GET"}
        try:
            await self.app(as_get, left, answer)
        finally:
            scope["route"] = as_get.get("route")  # whoever counts requests looks for it here
