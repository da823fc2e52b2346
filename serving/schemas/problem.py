"""An error, as every endpoint answers it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FieldError(BaseModel):
    """A field that must be corrected."""

    where: str
    must: str


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Forbidden",
                "status": 403,
                "detail": "The token must have the scope `lists`; it has `score`.",
                "request_id": "6d0c29a98b726155",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None
