"""The gate that every request passes: host, token, request id, security headers, log and metrics.

Plain ASGI rather than a framework's middleware class, because it stands in front of the fastest
answer we give. Closed unless opened: an address needs a token unless it is named in ``OPEN``.
"""

from __future__ import annotations

import logging
import re
import secrets
from ipaddress import ip_address
from math import ceil
from time import perf_counter

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.limits import Limits
from serving.web.logs import Entry, failure
from serving.web.metrics import Metrics
from serving.web.problems import render
from serving.web.service import Service

SCRIPTS = ("desk", "lists", "model", "parts", "person", "run", "saved", "server", "words")
PARTS = frozenset({"desk.css", "desk.svg", *(f"{name}.js" for name in SCRIPTS)})
"""The files of the desk's page."""

OPEN = frozenset(
    {"/", "/livez", "/readyz", "/openapi.json", "/desk/words"} | {f"/desk/{name}" for name in PARTS}
)
"""Addresses without personal data: the desk's page, orchestration and the API's description."""

HEADERS = ((b"x-content-type-options", b"nosniff"),)
KEPT_NOWHERE = (b"cache-control", b"no-store")
"""What an answer that says nothing of it says: most of them name people."""

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
SLOW_SECONDS = 1.0
LARGEST_BODY = 2**20
"""Bytes: a thousand ids of 200 characters fit, at up to five bytes each."""

LARGER_BODIES = {"/v1/score-history": 8 * 2**20}
"""Addresses that take more."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods told apart in the metrics: callers can make up any number of others."""

MOST_SEEN = 100
"""Good Host headers remembered, so that each is judged once."""

log = logging.getLogger("ladder")


class Gate:
    """ASGI middleware around the whole application: the service knows tokens, the metrics count."""

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics) -> None:
        self.app, self.service, self.metrics = app, service, metrics
        self._hosts = frozenset({"localhost", *service.settings.hosts})
        self._seen: set[bytes] = set()
        self._limits = Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through to what answers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = perf_counter(), 0
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        scope["request_id"] = (
            given.decode() if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        )
        added = (*HEADERS, (b"x-request-id", scope["request_id"].encode()))

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                told = message["headers"]
                silent = all(name.lower() != KEPT_NOWHERE[0] for name, _ in told)
                message["headers"] = [*told, *added, *((KEPT_NOWHERE,) if silent else ())]
            await send(message)

        try:
            await self._admit(scope, headers)(scope, _limited(receive, scope["path"]), answer)
        except Exception as error:
            log.error(Entry(request_id=scope["request_id"], **failure(error)))
            if status:
                raise  # half an answer is out: the server must break the connection
            detail = "The server failed. Report the request_id to whoever runs it."
            await render(500, detail, scope["request_id"])(scope, receive, answer)
        finally:
            self._note(scope, status, perf_counter() - begun)

    def _admit(self, scope: Scope, headers: dict[bytes, bytes]) -> ASGIApp:
        """Return what answers: the application, or a refusal."""
        request_id = scope["request_id"]
        host = headers.get(b"host", b"")
        if host not in self._seen and not self._known_host(host):
            detail = "The Host header must name this server. Add the name to LADDER_HOSTS."
            return render(400, detail, request_id)
        if scope["path"] in OPEN:
            return self.app
        kind, _, text = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        token = self.service.token(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            wrong = ', error="invalid_token"' if text else ""
            detail = (
                "A live token must come in the header `Authorization: Bearer ...`. "
                "Make one with `ladder token create`."
            )
            challenge = {"www-authenticate": f'Bearer realm="ladder"{wrong}'}
            return render(401, detail, request_id, challenge)
        if (seconds := self._limits.wait(token)) > 0:
            detail = f"The token's limit per minute is {token.per_minute}. Wait, then go on."
            return render(429, detail, request_id, {"retry-after": str(ceil(seconds))})
        scope["token"] = token
        return self.app

    def _known_host(self, header: bytes) -> bool:
        """Return whether a Host header is one of ours, and remember it if so.

        An address in numbers is always good: only names can be pointed at a server by others.
        """
        host = header.decode("latin-1").lower()
        name = host.rpartition(":")[0] if re.search(r":\d*$", host) else host
        if name not in self._hosts and not _is_address(name):
            return False
        if len(self._seen) < MOST_SEEN:
            self._seen.add(header)
        return True

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request; log it if it failed or was slow.

        The route's template is written, never the path: paths hold ids.
        """
        route = getattr(scope.get("route"), "path", "(none)")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.metrics.observe(method, route, status, seconds)
        if status >= 400 or status == 0 or seconds > SLOW_SECONDS:
            line = Entry(route=route, method=method, status=status)
            line |= {"seconds": round(seconds, 4), "request_id": scope["request_id"]}
            log.warning(line)


def _limited(receive: Receive, path: str) -> Receive:
    """Return a `receive` that refuses a body once it grows too large."""
    left = LARGER_BODIES.get(path, LARGEST_BODY)

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return limited


def _is_address(name: str) -> bool:
    """Return whether a host is an address in numbers."""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
