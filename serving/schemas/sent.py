"""Histories as callers send them: the fields of the input tables, checked one by one.

Written out rather than made from `features.tables`, which needs Arrow: a server is ready sooner
without it. A test holds both to each other.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from features.money import LARGEST_AMOUNT
from features.reading.blanks import BLANKS

MOST_CUSTOMERS, MOST_ROWS = 100, 5000
"""Of one request; rows per customer, orders and engagement together."""

RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
FIRST_YEAR, LAST_YEAR = 1970, 2100
YEARS = "^(197[1-9]|19[89][0-9]|20[0-9]{2})-"
"""How a time between them begins."""

FILLED = "[^ ]"
"""In a text that says anything."""

_PURCHASE_OR_RETURN: list[JsonValue] = [
    {"required": ["order_id"], "properties": {"order_id": {"type": "string", "pattern": FILLED}}},
    {"required": ["is_return"], "properties": {"is_return": {"const": True}}},
    {"properties": {"amount": {"type": "number", "exclusiveMaximum": 0}}},
]
"""What `SentOrder` asks of order_id, as the OpenAPI document says it."""


def _time(text: str) -> str:
    """Refuse what is no time with an offset; the text itself is kept."""
    try:
        year = datetime.fromisoformat(text.upper()).year if RFC_3339.fullmatch(text) else None
    except ValueError:  # a month 13, an offset of days
        year = None
    if year is None:
        raise ValueError("must be a time with an offset, as 2026-06-01T09:30:00+02:00")
    if not FIRST_YEAR < year < LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR + 1} and {LAST_YEAR - 1}")
    return text.upper()


def _whole(text: str) -> str:
    """Refuse what UTF-8 cannot carry: JSON's escapes can say lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be whole Unicode text, without lone surrogates") from None
    return text


Text = Annotated[str, StringConstraints(strict=True, max_length=1000), AfterValidator(_whole)]
Time = Annotated[
    str,
    StringConstraints(strict=True, max_length=40),
    AfterValidator(_time),
    Field(json_schema_extra={"format": "date-time", "pattern": YEARS}),
]
Number = Annotated[
    float, Field(strict=True, ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT, allow_inf_nan=False)
]
Flag = Annotated[bool, Field(strict=True)]


class Part(BaseModel):
    """A part of a history: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class SentOrder(Part):
    """An order, or a line of one; only what was returned may come without an id."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _PURCHASE_OR_RETURN})

    order_id: Text | None = None
    ordered_at: Time
    amount: Number = Field(description="money paid for the line; negative on a return")
    quantity: Number | None = None
    discount: Number | None = None
    category: Text | None = None
    product_id: Text | None = None
    channel: Text | None = None
    is_return: Flag | None = None

    @model_validator(mode="after")
    def _identified(self) -> Self:
        """Refuse a purchase of no order: on import it is a bad row."""
        returned = self.is_return or self.amount < 0
        if not returned and not (self.order_id or "").strip(" "):
            raise ValueError("must have an order_id, unless it is a return")
        return self


class SentEngagement(Part):
    """Anything a customer did."""

    occurred_at: Time
    kind: Annotated[
        Text, StringConstraints(pattern=FILLED), Field(json_schema_extra={"pattern": FILLED})
    ]
    value: Number | None = Field(None, description="pages, hours, stars or score, by kind")
    detail: Text | None = None

    @model_validator(mode="after")
    def _rated(self) -> Self:
        """Refuse a rating that its kind does not know; there may be none, as on import."""
        from features.tables import KINDS

        kind = KINDS.get(self.kind.strip(BLANKS))
        if kind and kind.lowest is not None and kind.highest is not None:
            low, high = kind.lowest, kind.highest
            if self.value is not None and not low <= self.value <= high:
                raise ValueError(f"value must be {low:g} to {high:g} for this kind")
        return self


class SentProfile(Part):
    """What is known of a customer; `profiling_allowed` false means that nothing is answered."""

    signed_up_at: Time | None = None
    acquired_by: Text | None = None
    referred_by: Text | None = None
    profiling_allowed: Flag | None = None
    marketing_allowed: Flag | None = None
    email_sha256: Text | None = None


class SentHistory(Part):
    """One customer's rows."""

    customer_id: Annotated[str, StringConstraints(strict=True)]
    orders: list[SentOrder] = []
    engagement: list[SentEngagement] = []
    profile: SentProfile = SentProfile()

    @model_validator(mode="after")
    def _few(self) -> Self:
        """Refuse more rows than one answer can wait for."""
        if len(self.orders) + len(self.engagement) > MOST_ROWS:
            raise ValueError(f"must have at most {MOST_ROWS} rows")
        return self


EXAMPLE: dict[str, Any] = {
    "as_of": None,
    "merge": True,
    "customers": [
        {
            "customer_id": "C-1042",
            "orders": [
                {"order_id": "8831", "ordered_at": "2026-06-01T09:30:00+02:00", "amount": 24.9}
            ],
            "engagement": [{"occurred_at": "2026-06-01T09:21:00+02:00", "kind": "site_visited"}],
            "profile": {},
        }
    ],
}


class Sent(Part):
    """Histories to score now."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    as_of: Time | None = Field(None, description="the cutoff; now if null")
    merge: Flag = Field(
        False,
        description="true: what was sent is added to what the run keeps of these customers; an "
        "order replaces the one of its id",
    )
    customers: Annotated[list[SentHistory], Field(max_length=MOST_CUSTOMERS)]
