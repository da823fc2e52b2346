"""The product's own paths: a shop's sources with every check, out of core; and one customer."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pyarrow as pa

from benchmarks.measure import Cost, middle, now
from benchmarks.processes import watched
from benchmarks.shop import Shop
from benchmarks.task import columns, cutoffs
from features.block import Block
from features.catalogue import Column
from features.config import Config
from features.engine import compute
from features.history import open_history
from features.plan import plan
from features.sample import make_shop
from features.standard import standard_columns

_ORDERS, _ENGAGEMENT = 60, 140
_CALLS = 500


@dataclass(frozen=True)
class Features:
    """The work on a block: can be sent to another process."""

    instants: tuple[int, ...]
    columns: tuple[Column, ...]

    def __call__(self, block: Block) -> pa.Table:
        """Return the columns of a block's customers."""
        return compute(block, self.instants, self.columns)


@dataclass(frozen=True)
class Passage:
    """What a shop cost from its sources to its features.

    Parameters
    ----------
    read, computed : Cost
        Until every row is read, checked, counted and sorted; and from there on.
    vectors : int
        Rows of features.
    """

    read: Cost
    computed: Cost
    vectors: int

    @property
    def whole(self) -> Cost:
        """Both together."""
        return Cost(self.read.cpu + self.computed.cpu, self.read.wall + self.computed.wall)


def config_of(shop: Shop) -> Config:
    """Return what a shop's `ladder.toml` would say."""
    return Config.from_dict(
        {
            "shop": {"currency": "EUR"},
            "orders": {"source": str(shop.orders)},
            "engagement": {"source": str(shop.engagement)},
        }
    )


def from_sources(shop: Shop, number: int, memory: str = "4GB", processes: int = 1) -> Passage:
    """Read, check, count and sort a shop's rows, and compute the features at so many cutoffs."""
    work = Features(tuple(cutoffs(number)), tuple(columns()))
    began = now()
    with open_history(config_of(shop), memory=memory, processes=processes) as history:
        read = now()
        vectors = sum(len(made) for made, _ in history.each(work))
    return Passage(read - began, now() - read, vectors)


def apart(shop: Shop, memory: str) -> tuple[Passage, int]:
    """Do `from_sources` on every core in a process of its own; return the most bytes held, too."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        process = pool.submit(os.getpid).result()
        future = pool.submit(from_sources, shop, 1, memory, os.cpu_count() or 1)
        return watched(future, process)


def one_customer() -> tuple[Cost, int]:
    """Return the medians for a customer of 200 events, and the number of features.

    Every feature of the product's catalogue that the demonstration's shop can fill, which has every
    optional column, in all windows, at one cutoff.
    """
    shop = make_shop(customers=300)
    config = Config.from_dict({"shop": {"currency": "EUR"}})
    with open_history(config, frames=shop.frames) as history:
        wanted = standard_columns(config, history.span, history.kinds, history.fields)
        now = history.until
    steps = plan([column for column in wanted if column.is_feature])
    orders = _of_one(shop.orders.sort_by("ordered_at"), _ORDERS)
    engagement = _of_one(shop.engagement.sort_by("occurred_at"), _ENGAGEMENT)
    customers = _of_one(shop.customers, 1)
    costs = []
    for _ in range(_CALLS):
        began = Cost(time.thread_time(), time.perf_counter())  # finer than what `now` tells
        block = Block(orders=orders, engagement=engagement, customers=customers, currency="EUR")
        compute(block, [now], steps)
        costs.append(Cost(time.thread_time(), time.perf_counter()) - began)
    return middle(costs), len(steps.columns)


def _of_one(table: pa.Table, rows: int) -> pa.Table:
    """Return so many rows spread over the table, as those of one customer."""
    step = len(table) // rows
    some = table.take(pa.array(range(0, step * rows, step)))
    return some.set_column(0, "customer_id", pa.array(["one"] * rows))
