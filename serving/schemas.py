"""What the API takes and answers, as its OpenAPI document describes it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Probability = Annotated[float, Field(ge=0, le=1)]
Percentile = Annotated[float, Field(ge=0, le=100)]
Tier = Literal["low", "medium", "high", "lost"]
Rung = Literal["awareness", "research", "first_time", "repeat", "client", "advocate"]
Quadrant = Literal["champion", "affluent", "advocate", "miser"]
ListKind = Literal["at-risk", "win-back", "advocates"]

BATCH = 1000
"""Most customers of one request."""

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
    "reasons": ["78 days since the last order, where 30 is usual: raises the risk"],
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
        description="held_out: in the control group of an open campaign, do not contact"
    )


_NOTHING = {**dict.fromkeys(Record.model_fields), "known": False, "contact": "no"}


def unknown(customer_id: str) -> bytes:
    """Return the neutral record, the same for unknown, objecting and erased people."""
    return json.dumps({**_NOTHING, "customer_id": customer_id}, ensure_ascii=True).encode()


class Asked(BaseModel):
    """Customers to look up."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"ids": ["C-1042", "C-2077"]}}
    )

    ids: Annotated[list[Annotated[str, StringConstraints(strict=True)]], Field(max_length=BATCH)]


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


class ListPage(BaseModel):
    """A page of a list: a preview that draws no hold-out and records nothing about anyone."""

    kind: ListKind
    run_id: str
    as_of: date
    currency: str | None
    sort: str
    total: int = Field(description="how many belong to the whole list")
    items: list[Record]
    next: str | None = Field(description="address of the next page; null on the last")


class Run(BaseModel):
    """A published run."""

    run_id: str
    serving: bool
    published_at: datetime
    as_of: date
    model_version: str
    customers: int
    shop: str
    currency: str | None


class Runs(BaseModel):
    """The published runs, newest first."""

    runs: list[Run]


class Model(BaseModel):
    """A model version that published runs name, and how good it is beside its baselines."""

    model_version: str
    serving: bool
    as_of: date = Field(description="of its newest published run")
    churn_horizon_days: int
    advocacy_horizon_days: int
    metrics: dict[str, Any] = Field(description="evaluation figures by outcome, with baselines")


class Models(BaseModel):
    """Model versions in the store, the serving one first."""

    models: list[Model]


class Health(BaseModel):
    """Whether the server lives, or is ready, and on which run."""

    status: Literal["ok"]
    run_id: str | None = None


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


class Filters(BaseModel):
    """Of whom. A filter on a value that a customer lacks leaves them out."""

    model_config = ConfigDict(extra="forbid")

    risk_tier: list[Tier] = []
    rung: list[Rung] = []
    quadrant: list[Quadrant] = []
    min_churn_probability: Probability | None = None
    min_return_probability: Probability | None = None
    min_advocate_probability: Probability | None = None
    min_value_at_risk: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class ListQuery(Filters):
    """Filters and order of a list."""

    sort: str | None = None
    limit: Annotated[int, Field(ge=1, le=BATCH)] = 50
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None


class AtRiskQuery(ListQuery):
    """Of customers who may leave; usually by the money at stake."""

    sort: (
        Literal["value_at_risk", "extended_value_at_risk", "churn_probability", "expected_spend"]
        | None
    ) = None


class WinBackQuery(ListQuery):
    """Of lapsed customers who may return."""

    sort: Literal["return_probability"] | None = None


class AdvocatesQuery(ListQuery):
    """Of customers who may speak for the shop; usually by the chance of any of the three acts."""

    sort: Literal["advocate_probability", "refer_probability", "share_probability"] | None = None


Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class ListAsked(Filters):
    """A list to draw and keep; costs are the shop's unless named."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"kind": "at-risk", "top": 100}}
    )

    kind: ListKind
    top: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None, description="how many people to contact; the hold-out comes on top"
    )
    budget: Money | None = Field(None, description="what the contacts may cost together")
    contact_cost: Money | None = None
    offer: Money | None = Field(None, description="cost of the offer, where it is taken")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        """Refuse two limits."""
        if self.top is not None and self.budget is not None:
            raise ValueError("must be limited by `top` or by `budget`, not by both")
        return self


class Saved(BaseModel):
    """A list that was drawn and kept."""

    list_id: str
    kind: ListKind
    run_id: str
    as_of: date
    ends_on: date = Field(description="until then its hold-out is on no other list")
    saved_at: datetime
    contacted: int
    held_out: int
    expected_profit: list[float] | None = Field(description="mean, and a 90 % interval")
    expected_cost: float
    currency: str | None
    notes: list[str]


class SavedMember(BaseModel):
    """Somebody to contact, with what the list shows of them."""

    model_config = ConfigDict(extra="allow")

    customer_id: str
    reasons: list[str] | None


class SavedPage(BaseModel):
    """People to contact, best first."""

    list_id: str
    items: list[SavedMember]
    next: str | None = Field(description="address of the next page; null on the last")


class OutcomeRow(BaseModel):
    """What became of one person."""

    model_config = ConfigDict(extra="forbid")

    customer_id: Annotated[str, StringConstraints(strict=True, max_length=200)]
    responded: bool = Field(description="whether they did what the campaign was for")
    spend: Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)] | None = None
    cost: Money | None = None


class Outcome(BaseModel):
    """Results of a saved list."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"results": [{"customer_id": "C-1", "responded": True}]}},
    )

    results: Annotated[list[OutcomeRow], Field(max_length=5000)]


class EffectBody(BaseModel):
    """Shares that responded, and their difference with a 95 % interval; null while unknown."""

    contacted: int
    held_out: int
    contacted_share: float | None
    held_out_share: float | None
    difference: float | None
    low: float | None
    high: float | None


class OutcomeAnswer(BaseModel):
    """What was taken, and what the campaign changed so far."""

    list_id: str
    taken: int
    not_on_the_list: int = Field(description="results of people who are not on it: left out")
    effect: EffectBody


class Taught(BaseModel):
    """A model version that may have learnt from somebody erased."""

    model_version: str
    retired_at: datetime | None = Field(description="when it ceased to serve; null while it serves")


class Erasure(BaseModel):
    """An erasure that is done."""

    status: Literal["erased"]
    model_versions: list[Taught]
