"""Lists as previews: whom, in which order, a page at a time."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from features.errors import UsageError
from serving.records.conditions import LONGEST, PATTERN, parse
from serving.schemas.record import Probability, Quadrant, Record, Rung, Tier

ListKind = Literal["at-risk", "win-back", "advocates"]


def _checked(text: str) -> str:
    """Return a condition as it was written; refuse one that cannot be read."""
    try:
        parse(text)
    except UsageError as error:
        raise ValueError(error.must) from None
    return text


Where = Annotated[
    str,
    StringConstraints(max_length=LONGEST),
    AfterValidator(_checked),
    Field(
        description="a condition on an attribute of customers, as `plan = gold`, `seats >= 5`",
        json_schema_extra={"pattern": PATTERN},
    ),
]

LONGEST_PAGE = 1000
"""Customers."""

SPREADSHEET = (
    "CSV as a spreadsheet of the reader's language opens it: with a byte-order mark; semicolons "
    "and decimal commas where the language has them"
)


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
    where: Annotated[list[Where], Field(max_length=10)] = []


class ListQuery(Filters):
    """Filters and order of a list."""

    sort: str | None = None
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = 50
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    spreadsheet: bool = Field(default=False, description=SPREADSHEET)
    reasons: bool = Field(
        default=False,
        description="for a page, find reasons now where the run has none about the list's outcome; "
        "null remains while the model is being loaded",
    )


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


class ListPage(BaseModel):
    """A page of a list: a preview that draws no hold-out and records nothing about anyone."""

    kind: ListKind
    run_id: str
    as_of: date
    currency: str | None
    sort: str
    total: int = Field(description="how many belong to the whole list")
    notes: list[str] = Field(description="which attributes, or values of them, nobody has")
    items: list[Record]
    next: str | None = Field(description="address of the next page; null on the last")
