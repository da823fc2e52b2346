"""The four tables a shop's history is made of, and the engagement kinds with a meaning.

Everything that reads, checks, documents or guesses columns takes them from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

Type = Literal["text", "instant", "money", "number", "flag", "texts"]

_ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "instant": pa.timestamp("us", "UTC"),
    "money": pa.float64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "texts": pa.list_(pa.string()),
}


@dataclass(frozen=True)
class Column:
    """A column of a canonical table.

    Parameters
    ----------
    name, type, meaning : str
        What it is called, what it holds, and in words.
    required : bool
        Whether a source must provide it.
    allowed : tuple of str
        The only values a text column may hold; empty for any.
    stored : bool
        False for a column that is checked on reading and then left out.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    stored: bool = True

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type."""
        return _ARROW[self.type]


@dataclass(frozen=True)
class Table:
    """A canonical table; `time` names the column that dates its rows, if one does."""

    name: str
    columns: tuple[Column, ...]
    time: str | None

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that are kept, in canonical order."""
        return tuple(column for column in self.columns if column.stored)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the canonical table."""
        return pa.schema([(column.name, column.arrow) for column in self.stored])


@dataclass(frozen=True)
class Kind:
    """An engagement kind with a meaning; `lowest` and `highest` bound the value of a rating."""

    name: str
    meaning: str
    lowest: float | None = None
    highest: float | None = None


ORDERS = Table(
    "orders",
    (
        Column("customer_id", "text", "who bought", required=True),
        Column("order_id", "text", "which order; may be empty on a return", required=True),
        Column("ordered_at", "instant", "when", required=True),
        Column("amount", "money", "money paid for the line; negative on a return", required=True),
        Column("quantity", "number", "pieces"),
        Column("discount", "money", "money taken off the price"),
        Column("category", "text", "what sort of thing"),
        Column("product_id", "text", "which thing"),
        Column("channel", "text", "where: web, shop, app, ..."),
        Column("is_return", "flag", "whether the line gives something back"),
        Column("currency", "text", "checked to be the shop's own", stored=False),
    ),
    time="ordered_at",
)

ENGAGEMENT = Table(
    "engagement",
    (
        Column("customer_id", "text", "who", required=True),
        Column("occurred_at", "instant", "when", required=True),
        Column("kind", "text", "what happened", required=True),
        Column("value", "number", "pages, hours, stars or score, by kind"),
        Column("detail", "text", "anything else"),
    ),
    time="occurred_at",
)

CUSTOMERS = Table(
    "customers",
    (
        Column("customer_id", "text", "who", required=True),
        Column("signed_up_at", "instant", "when the account was made"),
        Column("acquired_by", "text", "referral, advertising, organic, ..."),
        Column("referred_by", "text", "the customer who brought them"),
        Column("profiling_allowed", "flag", "false: never scored, never trained on"),
        Column("marketing_allowed", "flag", "false: scored, never listed"),
        Column("email_sha256", "text", "hashed e-mail, for tools that match on it"),
    ),
    time=None,
)

CONTACTS = Table(
    "contacts",
    (
        Column("customer_id", "text", "who was contacted", required=True),
        Column("campaign", "text", "in which campaign", required=True),
        Column("contacted_at", "instant", "when", required=True),
        Column(
            "arm",
            "text",
            "contacted, or held out to compare with",
            required=True,
            allowed=("treated", "control"),
        ),
        Column("cost", "money", "of the contact"),
        Column("ask", "text", "what they were asked for", allowed=("refer", "share", "review")),
    ),
    time="contacted_at",
)

TABLES = {table.name: table for table in (ORDERS, ENGAGEMENT, CUSTOMERS, CONTACTS)}

VALID_FROM = Column(
    "valid_from", "instant", "since when a row's attributes hold; needed by features", stored=False
)
HELD = Column("attributes", "texts", "the attributes of a row, name=value each", stored=False)

ATTRIBUTED = replace(CUSTOMERS, columns=(*CUSTOMERS.columns, VALID_FROM, HELD))
"""Customers with attributes (`features.attributes`), as they are read."""

ATTRIBUTES = replace(ENGAGEMENT, name="attributes")
"""Attributes with their dates, in the shape in which they travel."""

DATED = ("orders", "engagement")
"""Tables whose rows say how far a history reaches; contacts may be planned ahead."""

KINDS = {
    kind.name: kind
    for kind in (
        Kind("email_sent", "an e-mail went out"),
        Kind("email_opened", "an e-mail was opened"),
        Kind("email_clicked", "a link in an e-mail was followed"),
        Kind("email_unsubscribed", "e-mails were declined"),
        Kind("site_visited", "a visit; value = pages"),
        Kind("app_opened", "the app was opened, or a login"),
        Kind("cart_added", "something was put into the cart"),
        Kind("coupon_redeemed", "a coupon was used"),
        Kind("points_earned", "loyalty points earned; value = points"),
        Kind("points_redeemed", "loyalty points spent; value = points"),
        Kind("ticket_opened", "a ticket was opened: a complaint or question"),
        Kind("ticket_closed", "a ticket was settled; value = hours"),
        Kind("nps", "would recommend, 0 to 10", 0, 10),
        Kind("csat", "satisfaction, 1 to 5", 1, 5),
        Kind("reviewed", "a public review; value = stars, 1 to 5", 1, 5),
        Kind("referred", "a friend was referred"),
        Kind("shared", "the brand was shared"),
        Kind("subscribed", "a subscription began"),
        Kind("cancelled", "a subscription ended"),
    )
}
"""Kinds known by name. Any other kind gets generic counts, recencies and values."""

RATINGS = tuple(kind for kind in KINDS.values() if kind.lowest is not None)
