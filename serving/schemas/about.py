"""What is published and serves, and whether the server does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Run(BaseModel):
    """A published run."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "run_id": "20260601T063012Z-3f9a",
                "serving": True,
                "published_at": "2026-06-01T06:30:12Z",
                "as_of": "2026-06-01",
                "model_version": "3f9a2c",
                "customers": 48210,
                "shop": "Tea & Sons",
                "currency": "GBP",
                "attributes": ["plan"],
                "uncalibrated": {"refer": 0.041},
            }
        }
    )

    run_id: str
    serving: bool
    published_at: datetime
    as_of: date
    model_version: str
    customers: int
    shop: str
    currency: str | None
    attributes: list[str] = Field(description="of customers, by which lists filter (`where`)")
    uncalibrated: dict[str, float] = Field(
        description="what its model was off by when it was judged, net of chance, where that is "
        "more than it may be: by outcome, or outcome and group of customers"
    )


class Runs(BaseModel):
    """The published runs, newest first."""

    runs: list[Run]


class Model(BaseModel):
    """A model version that published runs name, and how good it is beside its baselines."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model_version": "3f9a2c",
                "serving": True,
                "as_of": "2026-06-01",
                "churn_horizon_days": 90,
                "advocacy_horizon_days": 180,
                "metrics": {
                    "until": "2026-06-01",
                    "outcomes": {"churn": {"basis": "model", "verdict": "better"}},
                },
            }
        }
    )

    model_version: str
    serving: bool
    as_of: date = Field(description="of its newest published run")
    churn_horizon_days: int
    advocacy_horizon_days: int
    metrics: dict[str, Any] = Field(
        description="evaluation figures by outcome and of spend, with baselines"
    )


class Models(BaseModel):
    """Model versions in the store, the serving one first."""

    models: list[Model]


class Health(BaseModel):
    """Whether the server lives, or is ready, and on which run."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "ok",
                "run_id": "20260601T063012Z-3f9a",
                "live_scoring": "ready",
            }
        }
    )

    status: Literal["ok"]
    run_id: str | None = None
    live_scoring: Literal["ready", "loading", "off"] | None = Field(
        default=None,
        description="the model of that run; off: it cannot be loaded, records are served",
    )
