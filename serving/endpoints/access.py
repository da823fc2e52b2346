"""What endpoints need of a request: the service behind it and the token that came with it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from serving.schemas.problem import ProblemBody
from serving.store import RunReader
from serving.store.erasures import Erased
from serving.tokens import Token
from serving.web.problems import MEDIA_TYPE, ProblemError
from serving.web.service import Service

if TYPE_CHECKING:
    from serving.live import LiveScorer

OTHER_SECRET = (
    "The server's secret must be the one by which it is kept who was erased and who objects. It is "
    "another: with it, they would be scored. Set LADDER_SECRET to that secret on every machine."
)

DESCRIPTIONS = {
    400: "The request cannot be read, or its Host header names another server.",
    401: "No live token came.",
    403: "The token lacks the scope.",
    404: "No page has this cursor.",
    405: "The address is of a customer's record, which is only read.",
    409: "The run that serves cannot answer this.",
    410: "The run that this page continues is retired: start again without `cursor`.",
    413: "The body is too large.",
    422: "A field is not as described.",
    429: "The token has asked too often; `Retry-After` says when to ask again.",
    503: "The model is being loaded, or the store is away; `Retry-After` says when to ask again.",
}


def service_of(request: Request) -> Service:
    """Return the service that the application was made with."""
    service: Service = request.app.state.service
    return service


def live_of(service: Service) -> tuple[LiveScorer, RunReader]:
    """Return what scores live, and the reader of its run.

    Raises
    ------
    ProblemError
        503 until the model is loaded.
    """
    scorer = service.live
    reader = service.reader(scorer.run.run_id) if scorer else None
    if scorer is None or reader is None:
        detail = "The model of the run that serves is being loaded. Ask again in a second."
        raise ProblemError(503, detail, {"retry-after": "1"})
    return scorer, reader


def erased_of(service: Service) -> Erased:
    """Return what tells who was erased.

    Raises
    ------
    ProblemError
        503 where that cannot be told, because this server's secret is another.
    """
    if service.erased is None:
        raise ProblemError(503, OTHER_SECRET, {"retry-after": "60"})
    return service.erased


def token_of(request: Request) -> Token:
    """Return the live token that came with a request."""
    token: Token = request.scope["token"]
    return token


class ScopedRoute(APIRoute):
    """A route that refuses, with 403, a token without the scopes that it `needs`.

    It does so before the request is read: the framework reads a body before any dependency, and
    would tell who lacks the scope how to write one.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()
        (needed,) = (self.openapi_extra or {}).get("security", [{"token": []}])

        async def permitted(request: Request) -> Response:
            for scope in needed["token"]:
                _require_scope(token_of(request), scope)
            return await answer(request)

        return permitted


def _require_scope(token: Token, scope: str) -> None:
    if scope in token.scopes:
        return
    has = ",".join(sorted(token.scopes))
    raise ProblemError(
        403,
        f"The token must have the scope `{scope}`; it has `{has}`. Create another with "
        f"`ladder token create --scope {scope}`.",
    )


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how an endpoint's errors are documented.

    Every one can be 400, or 503; where a token is asked for, it may have asked too often.
    """
    often = (429,) if 401 in statuses else ()
    return {
        status: {
            "description": DESCRIPTIONS[status],
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}}
            },
        }
        for status in (400, 503, *often, *statuses)
    }


def needs(*scopes: str) -> dict[str, Any]:
    """Return how OpenAPI says that an endpoint takes a token with these scopes.

    A `ScopedRoute` asks for them, so that what is documented is what is asked.
    """
    return {"security": [{"token": list(scopes)}]}
