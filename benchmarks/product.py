"""The product's own paths: a shop's sources with every check, out of core; and one customer."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.measure import Cost, now
from benchmarks.processes import watched
from benchmarks.shop import END, Shop
from benchmarks.task import columns, cutoffs
from features.block import Block
from features.catalogue import Column
from features.config import Config
from features.engine import compute
from features.history import open_history
from features.plan import plan
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


def one_customer(shop: Shop) -> tuple[float, int]:
    """Return the median milliseconds for a customer of 200 events, and the number of features.

    Every feature of the product's catalogue that the shop can fill, in all windows, at one cutoff.
    """
    orders = _of_one(pq.read_table(shop.orders), _ORDERS)
    engagement = _of_one(pq.read_table(shop.engagement), _ENGAGEMENT)
    config = Config.from_dict({"shop": {"currency": "EUR"}})
    with open_history(config, frames={"orders": _of_two(orders), "engagement": engagement}) as h:
        wanted = standard_columns(config, h.span, h.kinds, h.fields)
    steps = plan([column for column in wanted if column.is_feature])
    costs = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        compute(Block(orders=orders, engagement=engagement, currency="EUR"), [END], steps)
        costs.append(time.perf_counter() - began)
    return 1000 * median(costs), len(steps.columns)


def _of_one(table: pa.Table, rows: int) -> pa.Table:
    """Return so many rows spread over the table, as those of one customer."""
    step = len(table) // rows
    some = table.take(pa.array(range(0, step * rows, step)))
    return some.set_column(0, "customer_id", pa.array(["one"] * rows))


def _of_two(orders: pa.Table) -> pa.Table:
    """Return orders of somebody else besides: a history of one customer is refused."""
    other = orders.set_column(0, "customer_id", pa.array(["two"] * len(orders)))
    return pa.concat_tables([orders, other.slice(0, pc.count(other["amount"]).as_py())])
