"""An erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Taught(BaseModel):
    """A model version that may have learnt from somebody erased."""

    model_version: str
    retired_at: datetime | None = Field(description="when it ceased to serve; null while it serves")


class Erasure(BaseModel):
    """An erasure that is done."""

    status: Literal["erased"]
    model_versions: list[Taught]
