"""What every feature promises, tried on rows at hand: ``ladder features --check``.

The product's own catalogue is held to the same by its tests; a shop's features are held to it
here, on the shop's own rows or on made-up ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import block_of
from features.catalogue import Column
from features.config import Config
from features.engine import INSTANT, compute
from features.expressions.popularity import Chart
from features.products.charts import with_chart

ALONE = 20
"""Customers who are computed one by one."""

TIMES = {"orders": "ordered_at", "engagement": "occurred_at"}
"""What dates the rows of a table."""

Tables = Mapping[str, pa.Table | None]


@dataclass(frozen=True)
class Broken:
    """A promise that a column does not keep."""

    column: str
    promise: str


@dataclass(frozen=True)
class Trial:
    """Some customers' rows, and the cutoffs at which columns are tried on them.

    Parameters
    ----------
    tables : mapping of str to Arrow table or None
        Canonical ``orders``, ``engagement`` and ``customers``.
    cutoffs : tuple of int
        Instants, ascending; rows after the first make the trial worth something.
    config : Config
        The shop's timezone, currency and activity.
    chart : Chart or None
        What sold in the whole shop before each cutoff, for columns that ask how popular it was.
    """

    tables: Tables
    cutoffs: tuple[int, ...]
    config: Config
    chart: Chart | None = None

    def values(self, columns: Sequence[Column]) -> pa.Table:
        """Return the columns for every customer known before each cutoff."""
        return compute(block_of(self.tables, self.config), self.cutoffs, self._charted(columns))

    def broken(self, columns: Sequence[Column]) -> Iterator[Broken]:
        """Yield what the columns promise and do not keep."""
        columns = self._charted(columns)
        values = self.values(columns)
        for promise, tried in PROMISES.items():
            for expected, got in tried(self, columns, values):
                for column in columns:
                    if not same(expected, got, column.name):
                        yield Broken(column.name, promise)

    def past(self, columns: Sequence[Column], expected: pa.Table) -> Pairs:
        """Yield each cutoff's values, and those computed without any row after it."""
        for cutoff in self.cutoffs:
            then = pc.equal(expected["cutoff"], pa.scalar(cutoff).cast(INSTANT))
            block = block_of(self._before(cutoff), self.config)
            yield expected.filter(then), compute(block, [cutoff], columns)

    def shuffled(self, columns: Sequence[Column], expected: pa.Table) -> Pairs:
        """Yield the values, and those computed from the rows in another order."""
        random = np.random.default_rng(7)
        mixed = {
            name: None if table is None else table.take(random.permutation(len(table)))
            for name, table in self.tables.items()
        }
        yield expected, compute(block_of(mixed, self.config), self.cutoffs, columns)

    def alone(self, columns: Sequence[Column], expected: pa.Table) -> Pairs:
        """Yield single customers' values among many, and those computed from them alone."""
        ids = pc.unique(expected["customer_id"])
        for customer in ids.take(np.arange(0, len(ids), max(1, len(ids) // ALONE))):
            own = {
                name: table and table.filter(pc.equal(table["customer_id"], customer))
                for name, table in self.tables.items()
            }
            among = expected.filter(pc.equal(expected["customer_id"], customer))
            yield among, compute(block_of(own, self.config), self.cutoffs, columns)

    def travelled(self, columns: Sequence[Column], expected: pa.Table) -> Pairs:
        """Yield the values, and those of the columns as a bundle keeps them."""
        kept = [Column.from_json(column.to_json()) for column in columns]
        yield expected, self.values(kept)

    def _charted(self, columns: Sequence[Column]) -> Sequence[Column]:
        return columns if self.chart is None else with_chart(columns, self.chart)

    def _before(self, cutoff: int) -> Tables:
        """Return the tables without rows at or after the cutoff."""
        tables, instant = dict(self.tables), pa.scalar(cutoff).cast(INSTANT)
        for name, time in TIMES.items():
            if (table := tables[name]) is not None:
                tables[name] = table.filter(pc.less(table[time], instant))
        return tables


Pairs = Iterator[tuple[pa.Table, pa.Table]]

PROMISES: dict[str, Callable[[Trial, Sequence[Column], pa.Table], Pairs]] = {
    "rows at or after the cutoff change nothing": Trial.past,
    "the order of rows changes nothing": Trial.shuffled,
    "one customer alone has the number they have among many": Trial.alone,
    "a bundle keeps it as it is": Trial.travelled,
}


def same(one: pa.Table, other: pa.Table, name: str) -> bool:
    """Return whether a column is the same to the bit, for the same customers."""
    ids = one["customer_id"].to_pylist() == other["customer_id"].to_pylist()
    return bool(ids and one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes())
