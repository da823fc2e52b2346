"""The orders table.

Everything added here (times of day, lines, prices within a basket's size, categories, returns,
free samples, ...) is drawn regardless of the hidden situation: it tells nothing beyond the
order's day, size and discount.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from features.sample.draws import Ints, normal, pick, uniform
from features.sample.ledger import Ledger, canonical, chosen
from features.sample.schedule import opening_hours
from features.sample.simulate import Happenings
from features.tables import ORDERS

LINES = (0.40, 0.28, 0.17, 0.10, 0.05)
"""Shares of orders with one, two, ... lines."""
TYPICAL_PRICE = np.array([9.0, 22.0, 55.0])
PRICE_SPREAD = 0.5
REDUCTION = 0.2
RETURNED, RETURNED_FROM, RETURNED_WITHIN = 0.05, 3, 18
SAMPLED, SAMPLED_AFTER = 0.01, 2
CATEGORIES = ("books", "garden", "home", "kitchen", "music", "outdoor", "stationery", "toys")
PRODUCTS = tuple(f"{name[:4]}-{number:02d}" for name in CATEGORIES for number in range(40))
CHANNELS = ("app", "store", "web")


def orders(ledger: Ledger) -> pa.Table:
    """Return the orders: purchases, single lines that come back and, rarely, a free sample."""
    placed = ledger.lives.happenings["order"]
    count = 1 + pick(ledger.drawn(placed, "lines"), LINES)
    order = np.repeat(np.arange(len(count)), count)
    line = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    bought = _bought(ledger, placed, order, line)
    parts = [bought, _returned(ledger, placed, order, line, bought), _samples(ledger, placed)]
    return pa.concat_tables(parts).sort_by([("ordered_at", "ascending"), ("order_id", "ascending")])


def _bought(ledger: Ledger, placed: Happenings, order: Ints, line: Ints) -> pa.Table:
    """Return the purchase lines; `order` and `line` have a number for each."""
    streams, step = ledger.streams(placed)[order], _steps(placed, order, line)
    size, reduced = np.divmod(placed.mark[order], 2)
    price = TYPICAL_PRICE[size] * np.exp(PRICE_SPREAD * normal(streams, "price", step))
    cents = np.maximum(np.rint(price * 100), 50)
    discount = np.rint(cents * REDUCTION) * reduced
    product = (uniform(streams, "product", step) * len(PRODUCTS)).astype(np.int64)
    per_category = len(PRODUCTS) // len(CATEGORIES)
    return canonical(
        ORDERS,
        {
            "customer_id": ledger.ids.take(pa.array(placed.customer[order])),
            "order_id": _order_ids(ledger, placed, "O").take(pa.array(order)),
            "ordered_at": ledger.instants(placed, "order time")[order],
            "amount": (cents - discount) / 100,
            "quantity": 1.0 + (uniform(streams, "quantity", step) < 0.2),
            "discount": discount / 100,
            "category": pa.array(CATEGORIES).take(pa.array(product // per_category)),
            "product_id": pa.array(PRODUCTS).take(pa.array(product)),
            "channel": chosen(CHANNELS, ledger.drawn(placed, "channel")[order]),
            "is_return": np.zeros(len(order), np.bool_),
        },
    )


def _returned(
    ledger: Ledger, placed: Happenings, order: Ints, line: Ints, bought: pa.Table
) -> pa.Table:
    """Return what comes back some days later, with the order it came from."""
    streams, step = ledger.streams(placed)[order], _steps(placed, order, line)
    later = (uniform(streams, "return day", step) * RETURNED_WITHIN).astype(np.int64)
    day = placed.day[order] + RETURNED_FROM + later
    back = np.flatnonzero(
        (uniform(streams, "returned", step) < RETURNED) & (day < ledger.lives.days)
    )
    hours = opening_hours(uniform(streams[back], "return time", step[back]))
    lines = bought.take(pa.array(back))
    changed = {
        "ordered_at": ledger.at(day[back], hours),
        "amount": -lines["amount"].to_numpy(),
        "discount": np.zeros(len(back)),
        "is_return": np.ones(len(back), np.bool_),
    }
    return canonical(ORDERS, {name: lines[name] for name in lines.column_names} | changed)


def _samples(ledger: Ledger, placed: Happenings) -> pa.Table:
    """Return the free samples: rows of amount 0 that must not count as orders."""
    day = placed.day + SAMPLED_AFTER
    gets = (ledger.drawn(placed, "sampled") < SAMPLED) & (day < ledger.lives.days)
    sent = Happenings(day[gets], placed.customer[gets], placed.mark[gets])
    return canonical(
        ORDERS,
        {
            "customer_id": ledger.ids.take(pa.array(sent.customer)),
            "order_id": _order_ids(ledger, sent, "S"),
            "ordered_at": ledger.instants(sent, "sample time"),
            "amount": np.zeros(len(sent.day)),
            "quantity": np.ones(len(sent.day)),
            "discount": np.zeros(len(sent.day)),
            "category": chosen(CATEGORIES, ledger.drawn(sent, "sample")),
            "is_return": np.zeros(len(sent.day), np.bool_),
        },
    )


def _steps(placed: Happenings, order: Ints, line: Ints) -> Ints:
    """Return a number for each line's draws; a customer has at most one order a day."""
    return placed.day[order] * len(LINES) + line


def _order_ids(ledger: Ledger, placed: Happenings, letter: str) -> pa.Array:
    numbers = ledger.lives.crowd.number[placed.customer].tolist()
    ids = [
        f"{letter}{n:06d}-{day:04d}" for n, day in zip(numbers, placed.day.tolist(), strict=True)
    ]
    return pa.array(ids, pa.string())
