"""Records asked for by id, and records scored now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from serving.schemas.record import Record

BATCH = 1000
"""Most customers of one request."""


class Asked(BaseModel):
    """Customers to look up."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"ids": ["C-1042", "C-2077"]}}
    )

    ids: Annotated[list[Annotated[str, StringConstraints(strict=True)]], Field(max_length=BATCH)]
    reasons: Annotated[bool, Field(strict=True)] = Field(
        False, description="find reasons now where the run has none: a few milliseconds each"
    )


class IdError(BaseModel):
    """An id that no customer can have."""

    index: int = Field(description="position in `ids`, from 0")
    customer_id: str
    detail: str


class Scores(BaseModel):
    """The records of the valid ids, in their order, and what is wrong with the others."""

    run_id: str
    scores: list[Record]
    errors: list[IdError]


class LiveScores(BaseModel):
    """Records scored now, in the order sent, and what is wrong with the other customers."""

    run_id: str = Field(description="the run whose model scored and among whom one stands")
    model_version: str
    as_of: datetime
    errors: list[IdError]
    scores: list[Record]
