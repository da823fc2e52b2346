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

    customer_id: str = Field(description="as in the shop's tables")
    known: bool = Field(description="false: unknown, objecting or erased; everything else is null")
    as_of: date | None = Field(description="the cutoff: only what came before was seen")
    churn_horizon_days: int | None = Field(
        description="how far leaving, returning and money look ahead"
    )
    advocacy_horizon_days: int | None = Field(
        description="how far referring, sharing and reviewing look ahead"
    )
    model_version: str | None = Field(description="what scored, as `ladder models` lists it")
    basis: Literal["model", "rule", "prior"] | None = Field(
        description="where churn_probability comes from"
    )
    churn_probability: Probability | None = Field(
        description="of leaving, for customers who are eligible"
    )
    churn_percentile: Percentile | None = Field(
        description="per cent of customers who are less likely to leave"
    )
    risk_tier: Tier | None = Field(
        description="high: the odds of leaving are at least twice the usual ones; medium: at least "
        "the usual ones; low: below; lost: lapsed"
    )
    return_probability: Probability | None = Field(
        description="of an activity, for customers who have lapsed"
    )
    spend_if_stays: float | None = Field(
        description="money in the churn horizon, net of returns, of a customer who stays"
    )
    expected_spend: float | None = Field(
        description="the same whether they stay or leave, by churn_probability"
    )
    value_at_risk: float | None = Field(description="churn_probability x the spend lost by it")
    extended_value_at_risk: float | None = Field(description="and that of friends they would bring")
    refer_probability: Probability | None = Field(description="of referring a friend")
    share_probability: Probability | None = Field(description="of sharing the brand")
    review_probability: Probability | None = Field(description="of a positive review")
    advocate_probability: Probability | None = Field(description="of any of the three acts")
    advocacy_percentile: Percentile | None = Field(
        description="per cent of customers who are less likely to do any of them"
    )
    rung: Rung | None = Field(
        description="awareness: known, no more; research: looked around lately; first_time: one "
        "order day; repeat: two or more; client: ordered in at least 4 of the last 12 thirty-day "
        "periods; advocate: a customer who referred, shared or praised in the last year"
    )
    quadrant: Quadrant | None = Field(
        description="champion: high expected_spend and high advocate_probability; affluent: only "
        "the first; advocate: only the second; miser: neither. High is from the median, or the "
        "usual rate, on"
    )
    expected_next_order: date | None = Field(description="the day, if they stay")
    reasons: list[str] | None = Field(
        description="up to three; null where they were not computed, see `ladder score --reasons`, "
        "and on a list where they are about another outcome"
    )
    bases: dict[str, str | None] | None = Field(
        description="basis of every outcome; null where it gives no probability"
    )
    held_out: bool | None = Field(
        description="in the hold-out of a list that is still open: do not contact"
    )
    suppressed: bool | None = Field(description="must not be contacted, as marketing_allowed says")
    contact: Literal["yes", "no", "held_out"] = Field(
        description="yes; no for who is suppressed; held_out for who is in an open hold-out"
    )


_NOTHING = {**dict.fromkeys(Record.model_fields), "known": False, "contact": "no"}


def unknown(customer_id: str) -> bytes:
    """Return the neutral record, the same for unknown, objecting and erased people."""
    return json.dumps({**_NOTHING, "customer_id": customer_id}, ensure_ascii=True).encode()
