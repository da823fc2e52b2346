"""Real servers on loopback: an application in a thread, and one with a home and tokens."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from serving.app import create_app
from serving.commands.serve import bind
from serving.store import Control
from serving.tokens import SCOPES, mint
from serving.web.server import Server
from serving.web.service import Service
from serving.web.settings import Settings

PROBLEM = "application/problem+json"


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Yield the address of an application that runs in a thread, stopped at the end."""
    server = Server(app, lambda: None)
    with bind("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Running:
    """A server, its home, and tokens by scope."""

    url: str
    home: Path
    app: FastAPI
    tokens: dict[str, str]

    def client(self, *, scope: str = "score", **headers: str) -> httpx.Client:
        """Return a client with the token of a scope."""
        shown = {"Authorization": f"Bearer {self.tokens[scope]}", **headers}
        return httpx.Client(base_url=self.url, headers=shown)


@contextmanager
def started(home: Path) -> Iterator[Running]:
    """Yield a server of a home, with a new token for every scope."""
    tokens = {}
    with Control(home) as control:
        for scope in SCOPES:
            token, tokens[scope] = mint(scope, [scope], None)
            control.add_token(token)
    app = create_app(Service(Settings(home, b"0" * 64, frozenset({"scores.example.com"}))))
    with served(app) as url:
        yield Running(url, home, app, tokens)


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Hold an answer to what every error is: a problem (RFC 9457) that its headers agree with."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body
