"""The engagement table.

Times of day, pages, topics and points are drawn regardless of the hidden situation. A settled
ticket and an answer after it, too: they tell nothing beyond what the ticket's day and mark told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.sample.draws import Floats, Ints, uniform, whole_number
from features.sample.ledger import Ledger, canonical, chosen
from features.sample.model import CLICKED, OPENED, TREATED, UNSUBSCRIBED
from features.sample.schedule import CAMPAIGNS, OPENS, SECOND, opening_hours
from features.sample.simulate import Happenings
from features.tables import ENGAGEMENT

TOPICS = ("billing", "damaged", "late delivery", "wrong item")
NETWORKS = ("blog", "messenger", "photo site")
MOST_PAGES, MOST_HOURS, MINUTE = 12, 96, 60 * SECOND
CARTED, REDEEMS_POINTS, REDEEMS_VOUCHER = 80.0, 0.08, 0.5


@dataclass(frozen=True)
class Entries:
    """Rows of one kind: arrays of one length, or None where a kind has no value or detail."""

    kind: str
    customer: Ints
    instant: Ints
    value: Floats | None = None
    detail: pa.Array | None = None

    def table(self, ledger: Ledger) -> pa.Table:
        """Return the rows as a canonical table."""
        columns: dict[str, Any] = {
            "customer_id": ledger.ids.take(pa.array(self.customer)),
            "occurred_at": self.instant,
            "kind": pa.repeat(self.kind, len(self.customer)),
        }
        optional = {"value": self.value, "detail": self.detail}
        columns |= {name: part for name, part in optional.items() if part is not None}
        return canonical(ENGAGEMENT, columns)


def engagement(ledger: Ledger) -> pa.Table:
    """Return everything customers did besides buying."""
    writers = (_sign_ups, _plain, _visits, _tickets, _opinions, _newsletters, _with_orders)
    parts = [entries.table(ledger) for write in writers for entries in write(ledger)]
    order = [(name, "ascending") for name in ("occurred_at", "customer_id", "kind")]
    return pa.concat_tables(parts).sort_by(order)


def signed_up_at(ledger: Ledger) -> Ints:
    """Return the instants of sign-up, shape (customers,)."""
    crowd = ledger.lives.crowd
    return ledger.at(crowd.signed, opening_hours(uniform(crowd.starts, "sign-up time", 0)))


def _sign_ups(ledger: Ledger) -> Iterator[Entries]:
    """Write the visit that everyone signs up on, and who subscribed to the newsletter."""
    crowd, instant = ledger.lives.crowd, signed_up_at(ledger)
    everyone, readers = np.arange(len(instant)), np.flatnonzero(crowd.marketing)
    pages = whole_number(uniform(crowd.starts, "first pages", 0), 1, MOST_PAGES)
    yield Entries("site_visited", everyone, instant, pages)
    yield Entries("subscribed", readers, instant[readers] + MINUTE)


def _plain(ledger: Ledger) -> Iterator[Entries]:
    """Write what is no more than a day and a time."""
    for name, kind in (("app", "app_opened"), ("refer", "referred")):
        rows = ledger.lives.happenings[name]
        yield Entries(kind, rows.customer, ledger.instants(rows, f"{name} time"))


def _visits(ledger: Ledger) -> Iterator[Entries]:
    visits, carts = ledger.lives.happenings["visit"], ledger.lives.happenings["cart"]
    shares = ledger.lives.happenings["share"]
    pages = whole_number(ledger.drawn(visits, "pages") ** 2, 1, MOST_PAGES)
    worth = np.rint(100 * (1 + CARTED * ledger.drawn(carts, "cart"))) / 100
    network = chosen(NETWORKS, ledger.drawn(shares, "network"))
    yield Entries("site_visited", visits.customer, ledger.instants(visits, "visit time"), pages)
    yield Entries("cart_added", carts.customer, ledger.instants(carts, "cart time"), worth)
    yield Entries("shared", shares.customer, ledger.instants(shares, "share time"), detail=network)


def _tickets(ledger: Ledger) -> Iterator[Entries]:
    """Write tickets, how they were settled, and the same day's answer to "was that all right?"."""
    tickets = ledger.lives.happenings["ticket"]
    opened = ledger.instants(tickets, "ticket time")
    topic = chosen(TOPICS, ledger.drawn(tickets, "topic"))
    yield Entries("ticket_opened", tickets.customer, opened, detail=topic)

    hours = np.ceil(MOST_HOURS * ledger.drawn(tickets, "hours") ** 2)
    closed = opened + hours.astype(np.int64) * 60 * MINUTE
    kept = np.flatnonzero(closed < ledger.until)
    yield Entries("ticket_closed", tickets.customer[kept], closed[kept], hours[kept])

    draw = ledger.drawn(tickets, "satisfaction")
    stars = np.where(
        tickets.mark == 1, whole_number(draw, 1, choices=2), whole_number(draw, 3, choices=3)
    )
    rated = np.flatnonzero(tickets.mark > 0)
    yield Entries("csat", tickets.customer[rated], opened[rated] + MINUTE, stars[rated])


def _opinions(ledger: Ledger) -> Iterator[Entries]:
    """Write surveys (0 to 6, 7 to 8, 9 to 10 by mark) and reviews (mark + 1 stars)."""
    surveys, reviews = ledger.lives.happenings["survey"], ledger.lives.happenings["review"]
    lowest, choices = np.array([0.0, 7.0, 9.0]), np.array([7.0, 2.0, 2.0])
    draw = ledger.drawn(surveys, "answer")
    answer = whole_number(draw, lowest[surveys.mark], choices[surveys.mark])
    yield Entries("nps", surveys.customer, ledger.instants(surveys, "survey time"), answer)
    yield Entries(
        "reviewed",
        reviews.customer,
        ledger.instants(reviews, "review time"),
        (1 + reviews.mark).astype(np.float64),
    )


def _newsletters(ledger: Ledger) -> Iterator[Entries]:
    """Write newsletters sent when the doors open, and what became of them on the same day."""
    sent = ledger.lives.happenings["newsletter"]
    leaves = ledger.at(sent.day, OPENS)
    read = ledger.instants(sent, "reading time") + MINUTE
    yield Entries("email_sent", sent.customer, leaves)
    for kind, marks, delay in (
        ("email_opened", (OPENED, CLICKED, UNSUBSCRIBED), 0),
        ("email_clicked", (CLICKED,), MINUTE),
        ("email_unsubscribed", (UNSUBSCRIBED,), MINUTE),
    ):
        rows = np.flatnonzero(np.isin(sent.mark, marks))
        yield Entries(kind, sent.customer[rows], read[rows] + delay)


def _with_orders(ledger: Ledger) -> Iterator[Entries]:
    """Write loyalty points and vouchers, which come and go with orders."""
    placed = ledger.lives.happenings["order"]
    instant = ledger.instants(placed, "order time") + MINUTE
    points = whole_number(ledger.drawn(placed, "points"), 5, choices=45)
    yield Entries("points_earned", placed.customer, instant, points)

    spends = np.flatnonzero(ledger.drawn(placed, "points redeemed") < REDEEMS_POINTS)
    yield Entries("points_redeemed", placed.customer[spends], instant[spends], points[spends] * 2)

    used = np.flatnonzero(
        _has_voucher(ledger, placed) & (ledger.drawn(placed, "voucher used") < REDEEMS_VOUCHER)
    )
    yield Entries("coupon_redeemed", placed.customer[used], instant[used])


def _has_voucher(ledger: Ledger, placed: Happenings) -> NDArray[np.bool_]:
    """Return who holds a valid voucher on the day of the order."""
    valid = np.array(
        [CAMPAIGNS.under_way(day) == "voucher" for day in range(ledger.lives.days)], np.bool_
    )
    treated = ledger.lives.flags[placed.day, placed.customer] & TREATED > 0
    valid_then: NDArray[np.bool_] = treated & valid[placed.day]
    return valid_then
