"""An erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Taught(BaseModel):
    """A model version that may have learnt from somebody erased."""

    model_version: str
    retired_at: datetime | None = Field(description="when it ceased to serve; null while it serves")


class Erasure(BaseModel):
    """An erasure that is done."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "erased",
                "model_versions": [
                    {"model_version": "3f9a2c", "retired_at": "2026-07-01T06:30:12Z"}
                ],
            }
        }
    )

    status: Literal["erased"]
    model_versions: list[Taught]
