"""The customers of a cluster in order, for several columns at once, the largest number first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from features.resources.closing import Closing
from features.spark import ranks
from features.spark.cells import answers
from features.spark.frames import collected, mapped, partitions
from features.spark.kept import Kept
from features.spark.ranks import KEYS, PLACES, Head, Layout


class Ranking(Closing):
    """Numbers of a cluster's customers, sorted on the cluster; equal ones by the bytes of the ids.

    Parameters
    ----------
    rows : Kept
        With ``customer_id``.
    columns : sequence of str
        Of float64; who has none is left out.

    Attributes
    ----------
    counts : dict of str to int
        How many customers have a number, by column.
    """

    def __init__(self, rows: Kept, columns: Sequence[str]) -> None:
        self._rows, self._columns = rows, tuple(columns)
        keys = rows.then(partial(ranks.keys, self._columns), KEYS)
        order = (keys["question"], keys["value"].desc(), keys["customer_id"])
        self._keys = Kept(keys.repartitionByRange(partitions(keys), *order))
        pieces = (piece for found in self._answers(ranks.pieces) for piece in found)
        self._layout = Layout.of(pieces, len(self._columns))
        self.counts = dict(zip(self._columns, self._layout.counts, strict=True))

    def at(self, places: Mapping[str, Collection[int]]) -> dict[str, dict[int, Head]]:
        """Return who stands at some places of columns; 0 has the largest number."""
        wanted = [frozenset(places.get(name, ())) for name in self._columns]
        found: dict[str, dict[int, Head]] = {name: {} for name in self._columns}
        for heads in self._answers(partial(ranks.rows_at, self._layout, wanted)):
            for place, head in heads:
                found[self._columns[head.question]][place] = head
        return found

    def finish(
        self, names: Sequence[str], work: Callable[[pa.Table], pa.Table], schema: pa.Schema
    ) -> Kept:
        """Return what some work makes of the rows with percentiles, in the order of the customers.

        Parameters
        ----------
        names : sequence of str
            Columns of the rows for the percentiles of the first columns: 100 x mid-rank.
        work : callable
            From rows sorted by customer to rows of `schema`; whose are together does not matter.
        schema : Arrow schema
        """
        found = self._keys.then(partial(ranks.places, self._layout, len(names)), PLACES)
        mixed = self._rows.frame.unionByName(found, allowMissingColumns=True)
        sorted_ = mixed.repartitionByRange(partitions(mixed), "customer_id")
        return Kept(mapped(sorted_, partial(ranks.finish, tuple(names), work, schema), schema))

    def close(self) -> None:
        """Let the cluster forget the order."""
        self._keys.close()

    def _answers(self, task: Any) -> Any:
        return answers(collected(self._keys.frame, task))
