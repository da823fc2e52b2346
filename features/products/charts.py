"""Charts of the products that sell best, made from a shop's sales before each cutoff.

Products are ranked by the order lines of the quarter before a cutoff. A chart becomes part of every
tree that asks how popular products are (`features.expressions.popularity`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pyarrow as pa

from features.arithmetic.fields import MILLIONTHS, Integers
from features.catalogue import Column
from features.clock import DAY
from features.expressions import expression as x
from features.expressions.popularity import UNRANKED, Chart, Popularity
from features.expressions.trees import walk

Sold = Callable[[Sequence[tuple[int, int]]], pa.Table]
"""From half-open spans to what was sold in each: `features.history.History.sold`."""

QUARTER = 91 * DAY
"""How long a sale counts: what sold well in another season may be gone."""

MOST_PRODUCTS = 10_000
"""Products that a chart ranks at an instant, those sold most; it is read with every bundle."""


def charted(columns: Sequence[Column], sold: Sold, cutoffs: Sequence[int]) -> tuple[Column, ...]:
    """Return the columns with a chart of some ascending cutoffs in every tree that asks for one."""
    if not any(map(_asks, columns)):
        return tuple(columns)
    return with_chart(columns, chart_at(sold, cutoffs))


def chart_at(sold: Sold, cutoffs: Sequence[int]) -> Chart:
    """Return the chart of some ascending cutoffs, from the rows before each."""
    return chart_of(sold([(cutoff - QUARTER, cutoff) for cutoff in cutoffs]), cutoffs)


def with_chart(columns: Iterable[Column], chart: Chart) -> tuple[Column, ...]:
    """Return columns with a chart wherever their trees ask for one."""

    def change(node: x.Node) -> x.Node:
        return replace(node, chart=chart) if isinstance(node, Popularity) else node

    return tuple(
        replace(column, expression=cast(x.Measure, x.rewrite(column.expression, change)))
        if _asks(column)
        else column
        for column in columns
    )


def chart_of(sold: pa.Table, instants: Sequence[int]) -> Chart:
    """Return the chart of each product's purchase lines in the quarter before each instant.

    Examples
    --------
    >>> sold = pa.table({"product_id": ["cup", "mug", "tray"], "0": [6, 2, 2]})
    >>> chart_of(sold, [0]).ranks
    ((700000, 200000, 200000),)
    """
    sold = sold.sort_by("product_id")
    lines = np.array([column.to_numpy() for column in sold.columns[1:]], dtype=np.int64)
    ranks = np.array([_ranks(counts) for counts in lines]).reshape(lines.shape)
    named = np.flatnonzero((ranks != UNRANKED).any(axis=0))
    return Chart(
        instants=tuple(instants),
        products=tuple(sold["product_id"].take(pa.array(named)).to_pylist()),
        ranks=tuple(
            tuple(None if rank == UNRANKED else rank for rank in row)
            for row in ranks[:, named].tolist()
        ),
    )


def _ranks(lines: Integers) -> Integers:
    """Return each product's rank in millionths from its lines, -1 without any.

    Only `MOST_PRODUCTS` have one, chosen by these lines alone: what sells at another instant says
    nothing of this one.
    """
    counts, which = np.unique(lines, return_inverse=True)
    alike = counts * np.bincount(which, minlength=len(counts))
    middle = alike.cumsum() - alike / 2
    ranks: Integers = np.rint(MILLIONTHS * middle / max(1, alike.sum())).astype(np.int64)[which]
    ranks[lines == 0] = UNRANKED
    ranks[np.argsort(-lines, kind="stable")[MOST_PRODUCTS:]] = UNRANKED
    return ranks


def _asks(column: Column) -> bool:
    return any(isinstance(node, Popularity) for node in walk(column.expression))
