"""The features that everybody has to compute, and how the product does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.shop import END, KINDS, Shop
from features.block import Block
from features.catalogue import Column
from features.clock import DAY, Window
from features.contract import Engagement, Orders
from features.engine import compute
from features.plan import plan

WINDOWS = (7, 30, 90, 180, 365, None)
"""Days before the cutoff; None for all."""

_TEXTS = ["customer_id", "order_id", "category", "kind"]
_MONTH = 30 * DAY


def cutoffs(number: int) -> list[int]:
    """Return so many instants, a month apart, the last at the end of the history."""
    return [END - back * _MONTH for back in range(number - 1, -1, -1)]


def suffix(days: int | None) -> str:
    """Return how a window is called in a column's name."""
    return "ever" if days is None else f"{days}d"


def columns() -> Iterator[Column]:
    """Yield the features: seven of orders and a count per kind in every window, and recencies."""
    purchases = Orders().purchases
    measures = {
        "lines": purchases.count(),
        "spend": Orders().amount.sum(),
        "mean": purchases.amount.mean(),
        "largest": purchases.amount.largest(),
        "discount": purchases.discount.sum(),
        "returns": Orders().returns.count(),
        "categories": purchases.category.distinct(),
        **{kind: Engagement().kind(kind).count() for kind in KINDS},
    }
    for name, measure in measures.items():
        for days in WINDOWS:
            yield Column(f"{name}_{suffix(days)}", measure, Window.before(days))
    yield Column("lines_since", purchases.days_since_last())
    for kind in KINDS:
        yield Column(f"{kind}_since", Engagement().kind(kind).days_since_last())


def counted() -> list[Column]:
    """Return those of a window: all but the recencies."""
    return [column for column in columns() if not column.name.endswith("_since")]


def engine(shop: Shop, instants: Sequence[int], wanted: Sequence[Column] = ()) -> pa.Table:
    """Compute them, or some, with the product's engine: one thread, from the files to the table."""
    orders = pq.read_table(shop.orders, read_dictionary=_TEXTS)
    engagement = pq.read_table(shop.engagement, read_dictionary=_TEXTS)
    block = Block(orders=orders, engagement=engagement, currency="EUR")
    return compute(block, instants, plan(list(wanted or columns())))
