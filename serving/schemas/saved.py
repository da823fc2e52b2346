"""Lists that are drawn and kept, and what became of their people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from serving.schemas.lists import Filters, ListKind


def _as_integer(value: object) -> object:
    """Return 5 for 5.0, which JSON cannot tell apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


People = Annotated[int, Field(ge=1, le=10_000_000), BeforeValidator(_as_integer)]
Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]

TWO_LIMITS: dict[str, JsonValue] = {
    "required": ["top", "budget"],
    "properties": {"top": {"type": "integer"}, "budget": {"type": "number"}},
}
"""A list is limited by people or by money; null is no limit."""


SAVED: dict[str, JsonValue] = {
    "list_id": "list-5b21c09e77aa",
    "kind": "at-risk",
    "run_id": "20260601T063012Z-3f9a",
    "as_of": "2026-06-01",
    "ends_on": "2026-08-30",
    "saved_at": "2026-06-01T08:00:00Z",
    "contacted": 100,
    "held_out": 11,
    "expected_profit": [412.5, 190.2, 655.8],
    "expected_cost": 80.0,
    "currency": "GBP",
    "notes": ["Assumes that the offer keeps 30% of leavers."],
}

EFFECT: dict[str, JsonValue] = {
    "contacted": 100,
    "held_out": 11,
    "contacted_share": 0.31,
    "held_out_share": 0.18,
    "difference": 0.13,
    "low": -0.12,
    "high": 0.38,
}

SPEND: dict[str, JsonValue] = {
    "contacted": 24.4,
    "held_out": 19.1,
    "difference": 5.3,
    "low": -3.8,
    "high": 14.4,
    "cost": 0.8,
}


class ListAsked(Filters):
    """A list to draw and keep; costs are the shop's unless named."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,  # false is no cost, and "5" no number
        json_schema_extra={"example": {"kind": "at-risk", "top": 100}, "not": TWO_LIMITS},
    )

    kind: ListKind
    top: People | None = Field(
        None, description="how many people to contact; the hold-out comes on top"
    )
    budget: Money | None = Field(
        None,
        description="what the contacts may cost together; either a contact or an offer costs money",
    )
    contact_cost: Money | None = None
    offer: Money | None = Field(None, description="cost of the offer, where it is taken")

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        """Refuse two limits."""
        if self.top is not None and self.budget is not None:
            raise ValueError("must be limited by `top` or by `budget`, not by both")
        return self


class EffectBody(BaseModel):
    """Shares that responded, and their difference with a 95% interval; null while unknown."""

    contacted: int
    held_out: int
    contacted_share: float | None
    held_out_share: float | None
    difference: float | None
    low: float | None
    high: float | None


class SpendEffectBody(BaseModel):
    """Mean spend a person of each arm, and their difference with a 95% interval."""

    contacted: float
    held_out: float
    difference: float
    low: float
    high: float
    cost: float | None = Field(description="mean cost of contacting one; null where none is told")


class Saved(BaseModel):
    """A list that was drawn and kept."""

    model_config = ConfigDict(json_schema_extra={"example": SAVED})

    list_id: str
    kind: ListKind
    run_id: str
    as_of: date
    ends_on: date = Field(description="until then its hold-out is on no other list")
    saved_at: datetime
    contacted: int
    held_out: int
    expected_profit: list[float] | None = Field(description="mean, and a 90% interval")
    expected_cost: float
    currency: str | None
    notes: list[str]


class KeptList(Saved):
    """A saved list, what was asked for, and what its campaign changed so far."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **SAVED,
                "asked": {"kind": "at-risk", "top": 100, "rung": ["client"]},
                "effect": EFFECT,
            }
        }
    )

    asked: dict[str, JsonValue] = Field(description="as `POST /v1/saved-lists` takes it")
    effect: EffectBody


class KeptLists(BaseModel):
    """Saved lists, newest first."""

    lists: list[KeptList]
    next: str | None = Field(description="address of the next page; null on the last")


class SavedMember(BaseModel):
    """Somebody to contact, with what the list shows of them."""

    model_config = ConfigDict(extra="allow")

    customer_id: str
    reasons: list[str] | None


class SavedPage(BaseModel):
    """People to contact, best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "list_id": "list-5b21c09e77aa",
                "items": [
                    {
                        "customer_id": "C-1042",
                        "reasons": [
                            "Last ordered 78 days ago (similar customers: 30 days): raises the risk"
                        ],
                        "churn_probability": 0.62,
                    }
                ],
                "next": "/v1/saved-lists/list-5b21c09e77aa/members?limit=1&after=0",
            }
        }
    )

    list_id: str
    items: list[SavedMember]
    next: str | None = Field(description="address of the next page; null on the last")


class OutcomeRow(BaseModel):
    """What became of one person."""

    model_config = ConfigDict(extra="forbid", strict=True)

    customer_id: Annotated[str, StringConstraints(max_length=200)]
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


class Measured(BaseModel):
    """What a campaign changed so far: those contacted beside those held out."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"list_id": "list-5b21c09e77aa", "effect": EFFECT, "spend": SPEND}
        }
    )

    list_id: str
    effect: EffectBody
    spend: SpendEffectBody | None = Field(
        description="null where no result has spend, or one who responded lacks it"
    )


class OutcomeAnswer(Measured):
    """What was taken, and what the campaign changed so far."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "list_id": "list-5b21c09e77aa",
                "taken": 111,
                "not_on_the_list": 0,
                "effect": EFFECT,
                "spend": SPEND,
            }
        }
    )

    taken: int
    not_on_the_list: int = Field(description="results of people who are not on it: left out")
