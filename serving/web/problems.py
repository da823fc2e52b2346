"""Errors of the API: every one is ``application/problem+json`` (RFC 9457).

The detail says what must hold, what came and what to do. It never repeats what the caller sent
beyond names of fields: answers end up in other people's logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from serving.store.look_up import StoreAwayError

MEDIA_TYPE = "application/problem+json"

UNDEFINED_TABLE = "42P01"
"""PostgreSQL's word for it."""

NO_JSON = "The body must be JSON."

MUST = {
    "missing": "must be given",
    "extra_forbidden": "must be left out: there is no such field",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must not be blank",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge:,.15g}",
    "less_than_equal": "must be at most {le:,.15g}",
    "literal_error": "must be {expected}",
    "list_type": "must be a list",
    "too_long": "must have at most {max_length} entries",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
"""What must hold, by how pydantic calls what is wrong."""

NO_OBJECT = ("missing", "model_type", "model_attributes_type")
"""How pydantic calls a body that is none, or came as a form or as text: its words name classes."""

WHAT_TO_DO = {
    400: NO_JSON,  # all that the framework says of one that it cannot read
    404: "No such address. GET /openapi.json lists those that exist.",
    405: "The address exists, but not for this method. The Allow header names those that work.",
    413: "The body is larger than this address takes. Send fewer customers at a time.",
}


class ProblemError(HTTPException):
    """An answer that is an error of ours: its detail says what must hold, what came, what to do."""


def render(
    status: int,
    detail: str,
    request_id: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """Return a problem as a response."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body |= {"detail": detail, "request_id": request_id}
    if errors:
        body["errors"] = list(errors)
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make an application answer every error as a problem."""
    app.exception_handler(ProblemError)(_problem)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(RequestValidationError)(_invalid)
    for away in (StoreAwayError, OperationalError, InterfaceError, NoConnectionError):
        app.exception_handler(away)(_away)
    app.exception_handler(ProgrammingError)(_gone)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return render(error.status_code, error.detail, request.scope["request_id"], error.headers)


async def _away(request: Request, _: Exception) -> Response:
    detail = "The score store does not answer now. Ask again in a second."
    return render(503, detail, request.scope["request_id"], {"retry-after": "1"})


async def _gone(request: Request, error: Exception) -> Response:
    """Answer for a run that was dropped before this server heard of the newer ones."""
    assert isinstance(error, ProgrammingError)
    if getattr(error.orig, "sqlstate", None) != UNDEFINED_TABLE:
        raise error
    return await _away(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = WHAT_TO_DO.get(error.status_code, str(error.detail))
    headers = _allowed(request) if error.status_code == 405 else error.headers
    return render(error.status_code, detail, request.scope["request_id"], headers)


def _allowed(request: Request) -> dict[str, str]:
    """Return the header that names every method of an address: the framework's has one route's."""
    routes = request.app.state.routes
    path = next(one.path for one in routes if one.matches(request.scope)[0] is not Match.NONE)
    return {
        "allow": ", ".join(sorted(m for one in routes if one.path == path for m in one.methods))
    }


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": ".".join(str(part) for part in found["loc"]), "must": _must(found)}
        for found in error.errors()
    ]
    # Not JSON at all is a malformed request; JSON of another shape is one we cannot process.
    unreadable = any(found["type"] == "json_invalid" for found in error.errors())
    detail = NO_JSON if unreadable else "Correct the fields named in `errors`."
    return render(400 if unreadable else 422, detail, request.scope["request_id"], errors=errors)


def _must(found: Mapping[str, Any]) -> str:
    """Return what must hold where pydantic found something wrong, without words for programmers."""
    if found["type"] == "json_invalid":
        return "must be JSON"
    if found["loc"] == ("body",) and found["type"] in NO_OBJECT:
        return "must be a JSON object, with the content type application/json"
    if found["type"] in MUST:
        return MUST[found["type"]].format_map(found.get("ctx", {}))
    message: str = found["msg"]
    return message.removeprefix("Value error, ")
