"""Large bodies: read and checked in a thread, so that all other answers need not wait for it."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Shape = TypeVar("Shape", bound=BaseModel)

JSON = "application/json"


async def read(request: Request, shape: type[Shape]) -> Shape:
    """Return what came as JSON.

    The same as a parameter of that type, which FastAPI would check on the event loop: 8 MiB of
    histories take a second.

    Raises
    ------
    RequestValidationError
        If it is no JSON, or not of that shape.
    """
    if media_type(request) != JSON:
        raise _wrong("missing")
    return await asyncio.to_thread(_read, await request.body(), shape)


def media_type(request: Request) -> str:
    """Return of which type a body says it is."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def described(shape: type[BaseModel]) -> dict[str, Any]:
    """Return how OpenAPI says that an endpoint takes such a body."""
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def _read(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate(json.loads(body))
    except ValidationError as error:
        found = [{**wrong, "loc": ("body", *wrong["loc"])} for wrong in error.errors()]
        raise RequestValidationError(found) from error
    except (ValueError, RecursionError) as error:  # or its brackets are nested without an end
        raise _wrong("json_invalid") from error


def _wrong(kind: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("body",), "msg": kind}])
