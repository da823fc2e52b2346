"""One customer's record, known or not."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Percentile = Annotated[float, Field(ge=0, le=100)]
Tier = Literal["low", "medium", "high", "lost"]
Rung = Literal["awareness", "research", "first_time", "repeat", "client", "advocate"]
Quadrant = Literal["champion", "affluent", "advocate", "miser"]

EXAMPLE: dict[str, Any] = {
    "customer_id": "C-1042",
    "known": True,
    "as_of": "2026-06-01",
    "churn_horizon_days": 90,
    "advocacy_horizon_days": 180,
    "model_version": "3f9a2c",
    "basis": "model",
    "churn_probability": 0.62,
    "churn_percentile": 91.4,
    "risk_tier": "high",
    "return_probability": None,
    "spend_if_stays": 148.2,
    "expected_spend": 56.32,
    "value_at_risk": 91.88,
    "extended_value_at_risk": 97.5,
    "refer_probability": 0.04,
    "share_probability": None,
    "review_probability": 0.11,
    "advocate_probability": 0.14,
    "advocacy_percentile": 77.0,
    "rung": "client",
    "quadrant": "champion",
    "expected_next_order": "2026-07-14",
    "reasons": ["Last ordered 78 days ago (similar customers: 30 days): raises the risk"],
    "bases": {"churn": "model", "refer": "model", "share": None, "review": "rule"},
    "held_out": False,
    "suppressed": False,
    "contact": "yes",
}


class Record(BaseModel):
    """What is known of one customer as of a day; null where an outcome is not asked or skipped."""

    customer_id: str
    known: bool = Field(description="false: unknown, objecting or erased; everything else is null")
    as_of: date | None = Field(description="the cutoff: only what came before was seen")
    churn_horizon_days: int | None
    advocacy_horizon_days: int | None
    model_version: str | None
    basis: Literal["model", "rule", "prior"] | None
    churn_probability: Probability | None
    churn_percentile: Percentile | None
    risk_tier: Tier | None
    return_probability: Probability | None = Field(description="for customers who have lapsed")
    spend_if_stays: float | None
    expected_spend: float | None
    value_at_risk: float | None = Field(description="churn_probability x the spend lost by it")
    extended_value_at_risk: float | None = Field(description="and that of friends they would bring")
    refer_probability: Probability | None
    share_probability: Probability | None
    review_probability: Probability | None = Field(description="of a positive review")
    advocate_probability: Probability | None = Field(description="of any of the three acts")
    advocacy_percentile: Percentile | None
    rung: Rung | None
    quadrant: Quadrant | None
    expected_next_order: date | None = Field(description="if they stay")
    reasons: list[str] | None
    bases: dict[str, str | None] | None = Field(description="basis of every outcome")
    held_out: bool | None
    suppressed: bool | None
    contact: Literal["yes", "no", "held_out"] = Field(
        description="held_out: in the hold-out of an open campaign, do not contact"
    )


_NOTHING = {**dict.fromkeys(Record.model_fields), "known": False, "contact": "no"}


def unknown(customer_id: str) -> bytes:
    """Return the neutral record, the same for unknown, objecting and erased people."""
    return json.dumps({**_NOTHING, "customer_id": customer_id}, ensure_ascii=True).encode()
