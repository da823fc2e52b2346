"""Friends: whom referring customers brought, and what those spent at first.

A friend's own rows tell everything but how many customers referred, so that a block says it of
its customers wherever it is (`Friendships`), and what all blocks said is put together (`of`).
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
from training.statistics.regression import significant

FEWEST_FRIENDS = 30
"""Friends with complete windows, from which their worth is told."""

TOLD = pa.schema(
    [
        ("customer_id", pa.string()),
        ("referred_by", pa.string()),
        ("bought", pa.bool_()),
        ("spend", pa.float64()),
        ("refers", pa.bool_()),
    ]
)
"""Who was brought or brings; `spend` is null where its window is not complete."""


@dataclass(frozen=True)
class Friendships:
    """What a block tells of friends.

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
        """Return a row of `TOLD` for each customer who was referred and bought, or who referred."""
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
            schema=TOLD,
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


def of(told: pa.Table) -> Friends | None:
    """Return what customers who refer bring, or None if fewer than 30 friends tell.

    Parameters
    ----------
    told : Arrow table
        Of `TOLD`: all blocks' rows, in the order of the customers.
    """
    friends = told.filter(told["bought"])
    spend = friends["spend"].drop_null().to_numpy()
    if len(spend) < FEWEST_FRIENDS:
        return None
    acted = told.filter(told["refers"])["customer_id"]
    brought = pa.chunked_array([*acted.chunks, *friends["referred_by"].chunks], pa.string())
    winsorised = np.minimum(spend, np.quantile(spend, 0.99))
    per_referrer = len(friends) / pc.count_distinct(brought).as_py()
    found = significant(np.array([per_referrer, winsorised.mean()]))
    return Friends(float(found[0]), float(found[1]))


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
