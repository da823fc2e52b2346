"""Running the application: one process, ready before it says so, finishing what it started."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

GRACE_SECONDS = 25
"""How long answers under way may take after a stop was asked for: a long list is finished, and what
ends servers by force after half a minute, as orchestration does, need not."""


class Server(uvicorn.Server):
    """A server that calls `ready` once it listens.

    Parameters
    ----------
    app : ASGI application
        What answers.
    ready : callable
        Called without arguments when requests are taken.
    """

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            # Its lines hold paths, and paths hold ids; the gate writes templates.
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws="none",
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def run_on(self, listener: socket.socket) -> None:
        """Serve until SIGINT or SIGTERM; both end it well."""
        # Uvicorn raises the signal again once it is done, for whoever handled it before.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        self.run(sockets=[listener])
