"""An error, as every endpoint answers it."""

from __future__ import annotations

from pydantic import BaseModel


class FieldError(BaseModel):
    """A field that must be corrected."""

    where: str
    must: str


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None
