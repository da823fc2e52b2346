"""Friends: whom referring customers brought, and what those spent at first.

Each block computes the rows of its own customers, wherever it is (`Friendships`); the rows of all
blocks together give what a referrer brings (`fit`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arithmetic.events import Events
from features.block import Block
from features.clock import DAY
from training.bundle.arrays import Floats
from training.bundle.money import Friends
from training.snapshots.outcomes import ACTS
from training.statistics.regression import rounded

FEWEST_FRIENDS = 30
"""Friends with complete windows, from which their worth is told."""

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("referred_by", pa.string()),
        ("bought", pa.bool_()),
        ("spend", pa.float64()),
        ("refers", pa.bool_()),
    ]
)
"""A row per customer who was referred or refers; `spend` is null until its window is complete."""


READ = {
    "orders": "rank IN (SELECT rank FROM customers WHERE referred_by IS NOT NULL)",
    "engagement": f"kind = '{ACTS['refer']}'",
}
"""The rows that tell of friendships, as `features.history.History.each` takes them.

Only a table with ``customers.referred_by`` has any.
"""


@dataclass(frozen=True)
class Friendships:
    """Computes the friendships of a block's customers.

    Parameters
    ----------
    horizon_days : int
        The churn horizon: a friend's window from the first order.
    until : int
        Exclusive end of the orders, microseconds UTC; later windows are not complete.
    """

    horizon_days: int
    until: int

    def __call__(self, block: Block) -> pa.Table:
        """Return a row of `SCHEMA` per customer who was referred and bought, or who referred."""
        first, spend = self._bought(block.events("orders"))
        refers = pc.is_in(block.ids, _referrers(block)).to_numpy(zero_copy_only=False)
        bought = first < self.until
        friend = bought & _referred(block).is_valid().to_numpy(zero_copy_only=False)
        complete = friend & (first <= self.until - self.horizon_days * DAY)
        table = pa.Table.from_arrays(
            [
                block.ids,
                _referred(block),
                pa.array(friend),
                pa.array(np.where(complete, spend, np.nan), from_pandas=True),
                pa.array(refers),
            ],
            schema=SCHEMA,
        )
        return table.filter(pa.array(friend | refers))

    def _bought(self, orders: Events) -> tuple[Floats, Floats]:
        """Return when each customer first bought, and the net spend from then on, at least 0."""
        line = orders.flag("is_purchase") & (orders.time < self.until)
        first = np.full(orders.n_customers, np.inf)
        np.minimum.at(first, orders.customer[line], orders.time[line])
        after = orders.time - first[orders.customer]
        inside = (after >= 0) & (after < self.horizon_days * DAY)
        amount = orders.field("amount")
        # Minor units, whose sum is exact in any order.
        net = np.bincount(orders.customer[inside], amount.values[inside], orders.n_customers)
        return first, np.maximum(net, 0.0) / amount.scale


def fit(friendships: pa.Table) -> Friends | None:
    """Return what customers who refer bring, or None if fewer than 30 friends tell.

    Parameters
    ----------
    friendships : Arrow table
        Of `SCHEMA`: all blocks' rows, in the order of the customers.
    """
    friends = friendships.filter(friendships["bought"])
    spend = friends["spend"].drop_null().to_numpy()
    if len(spend) < FEWEST_FRIENDS:
        return None
    referrers = friendships.filter(friendships["refers"])["customer_id"]
    brought = pa.chunked_array([*referrers.chunks, *friends["referred_by"].chunks], pa.string())
    winsorised = np.minimum(spend, np.quantile(spend, 0.99))
    per_referrer = len(friends) / pc.count_distinct(brought).as_py()
    return Friends(rounded(per_referrer), rounded(winsorised.mean()))


def _referred(block: Block) -> pa.Array:
    """Return who brought each customer; nobody brings themselves."""
    if "referred_by" not in block.customers.column_names:
        return pa.nulls(len(block), pa.string())
    by = block.customers["referred_by"].combine_chunks().cast(pa.string())
    return pc.if_else(pc.equal(by, block.ids), pa.scalar(None, pa.string()), by)


def _referrers(block: Block) -> pa.Array:
    acts = block.rows("engagement", ordered=False)
    if acts is None:
        return pa.array([], pa.string())
    referred = acts.filter(pc.equal(acts["kind"], ACTS["refer"]))
    return referred["customer_id"].cast(pa.string()).unique()
