"""A shop's history whose rows stay on the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from features.block import Block
from features.errors import LadderError
from features.history import History
from features.portions import ALL
from features.products.selling import together
from features.resources.budget import MOST_CUSTOMERS
from features.resources.workspace import Workspace
from features.spark import tasks
from features.spark.cells import answers, rows_of
from features.spark.feeds import Feed, Seen, Summary
from features.spark.folders import refuse_existing
from features.spark.frames import collected, mapped
from features.spark.kept import Kept
from features.spark.session import unless_gone
from features.tables import TABLES


class SparkHistory(History):
    """A history in parts on a cluster; `features.spark.history` makes it, ``with`` closes it.

    Whatever works on blocks runs where the rows are. What it makes comes to this machine with
    :meth:`each`, and stays there with :meth:`keep`.
    """

    def __init__(
        self, rows: Any, feeds: tuple[Feed, ...], seen: Seen, summary: Summary, home: Workspace
    ) -> None:
        super().__init__(home, seen.config, seen.until, summary.measure)
        self._parts, self._feeds, self._seen = rows, feeds, seen

    def each(
        self, work: Callable[[Block], pa.Table], only: Mapping[str, str] = ALL
    ) -> Iterator[tuple[pa.Table, int]]:
        """Yield what some work makes of every block, all at once."""
        cells = collected(self._parts, partial(tasks.perform, self._feeds, self._seen, work, only))
        rows, customers = rows_of(cells)
        if rows is not None:
            yield rows, customers

    def keep(self, work: Callable[[Block], pa.Table], schema: pa.Schema) -> Kept:
        """Return what some work makes of every block, as rows that stay on the cluster.

        Parameters
        ----------
        work : callable
            From a block to a table with the columns of `schema`.
        schema : Arrow schema
            Of types that Spark has: binary, for one, and no lists of a fixed size.
        """
        task = partial(tasks.make, self._feeds, self._seen, work, schema)
        return Kept(mapped(self._parts, task, schema))

    def left_out(self) -> list[str]:
        """Return who is in the sources and never read: who objects to profiling, or was erased."""
        return list(self._seen.left_out["customer_id"].to_pylist())

    def goodbyes(self) -> Iterator[str]:
        """Yield that they are looked for later: it takes the canonical tables in one place."""
        yield (
            "of a history on a cluster, engagement kinds after which nobody came back are looked "
            "for by `ladder train`."
        )

    def refuse_existing(self, address: str) -> None:
        """Stop, before the work, where the cluster could not write a folder after it.

        Raises
        ------
        UsageError
            If there is something already.
        """
        refuse_existing(self._parts.sparkSession, address)

    def blocks(self, customers: int = MOST_CUSTOMERS) -> Iterator[Block]:
        """Refuse: the blocks are where the rows are."""
        raise _stays_there(f"blocks of {customers:,} customers")

    def table(self, name: str) -> pa.Table:
        """Refuse: no machine need be able to hold a whole table."""
        raise _stays_there(f"the table {name}")

    def picked(self, name: str, pick: Callable[[pa.Table], pa.Table]) -> pa.Table:
        """Return what somebody picks of every part's rows of a table, without reading others."""
        feeds = tuple(feed for feed in self._feeds if feed.table.name == name)
        rows = self._parts.where(self._parts["source"].isin([feed.number for feed in feeds]))
        found, _ = rows_of(collected(rows, partial(tasks.picked, feeds, self._seen, name, pick)))
        return pick(TABLES[name].schema.empty_table()) if found is None else found

    def sold(self, spans: Sequence[tuple[int, int]]) -> pa.Table:
        """Return each product's purchase lines, counted where the rows are."""
        cells = collected(self._parts, partial(tasks.sell, self._feeds, self._seen, spans))
        return together(answers(cells), len(spans))

    def close(self) -> None:
        """Let the cluster forget the rows."""
        with unless_gone():
            self._parts.unpersist()
        super().close()


def _stays_there(what: str) -> LadderError:
    return LadderError(
        "What a cluster holds must be worked on there.",
        f"{what} came to be wanted on this machine.",
        "Use `each` or `keep`, which send the work to the rows.",
    )
