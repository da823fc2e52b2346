"""How popular what a customer buys is with the shop's customers.

That takes the rows of the whole shop, while a block holds those of few customers. Products are
therefore ranked beforehand, for each cutoff by the order lines of the quarter before it, and the
chart travels in the tree, as a constant does: into every process, to a cluster, and in a bundle,
where it is as of the training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import expression as x
from features.arithmetic.fields import MILLIONTHS, Integers
from features.arithmetic.selection import Selection
from features.arithmetic.sums import Numbers, ratio, running_sums, sum_by_cutoff
from features.clock import DAY, Window
from features.trees import walk

if TYPE_CHECKING:
    from features.catalogue import Column
    from features.history import History

QUARTER = 91 * DAY
"""How long a sale counts: what sold well in another season may be gone."""

MOST_PRODUCTS = 10_000
"""Products that a chart ranks at an instant, those sold most; it is read with every bundle."""

_UNKNOWN = -1


@dataclass(frozen=True)
class Chart(x.Node):
    """How popular products were, in the quarter before some instants.

    Parameters
    ----------
    instants : tuple of int
        Ascending; at least one.
    products : tuple of str
        Ascending.
    ranks : tuple of tuple of int
        For each instant each product's rank, in millionths: the share of the shop's lines that were
        of products sold less, and half of those sold as much. None where it was not sold.
    """

    instants: tuple[int, ...]
    products: tuple[str, ...]
    ranks: tuple[tuple[int | None, ...], ...]

    def at(self, cutoff: int) -> Integers:
        """Return the ranks as of a cutoff: the newest before it, or the oldest; at the end -1."""
        made = int(np.searchsorted(self.instants, cutoff, side="right")) - 1
        ranks: Integers = self._ranks[max(0, made)]
        return ranks

    def places(self, products: Iterable[str]) -> NDArray[np.int64]:
        """Return where some products stand, -1 for the end where one does not."""
        return np.array([self._places.get(one, -1) for one in products], dtype=np.int64)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {product: place for place, product in enumerate(self.products)}

    @cached_property
    def _ranks(self) -> NDArray[np.int64]:
        rows = [[*map(_filled, ranks), _UNKNOWN] for ranks in self.ranks]
        return np.array(rows, dtype=np.int64)


def _filled(rank: int | None) -> int:
    return _UNKNOWN if rank is None else rank


@dataclass(frozen=True)
class Popularity(x.Aggregate):
    """Mean rank, 0 to 1, of the rows' products in a chart; null without one of them or a chart."""

    chart: Chart | None = None


def popularity(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Return the mean rank of every cutoff's and customer's rows."""
    assert isinstance(node, Popularity)
    assert node.field is not None
    chart, words = node.chart, selection.events.field(node.field).words
    if chart is None or words is None:
        return np.full(selection.ends(window).shape, np.nan)
    codes, places = selection.values(node.field), chart.places(words)

    def ranks() -> Iterator[Integers]:
        for cutoff in selection.cutoffs.tolist():
            yield chart.at(cutoff).take(places).take(codes, mode="clip")

    known = (running_sums(each != _UNKNOWN) for each in ranks())
    summed = (running_sums(np.where(each == _UNKNOWN, 0, each)) for each in ranks())
    count = sum_by_cutoff(known, selection, window)
    return ratio(sum_by_cutoff(summed, selection, window), count * MILLIONTHS)


def charted(
    columns: Sequence[Column], history: History, cutoffs: Sequence[int]
) -> tuple[Column, ...]:
    """Return the columns with a chart of some ascending cutoffs in every tree that asks for one."""
    if not any(map(_asks, columns)):
        return tuple(columns)
    return with_chart(columns, chart_at(history, cutoffs))


def chart_at(history: History, cutoffs: Sequence[int]) -> Chart:
    """Return the chart of some ascending cutoffs, from the rows before each."""
    return chart_of(history.sold([(cutoff - QUARTER, cutoff) for cutoff in cutoffs]), cutoffs)


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
    ranks = np.array([_ranks(one) for one in lines]).reshape(lines.shape)
    named = np.flatnonzero((ranks != _UNKNOWN).any(axis=0))
    return Chart(
        instants=tuple(instants),
        products=tuple(sold["product_id"].take(pa.array(named)).to_pylist()),
        ranks=tuple(
            tuple(None if rank == _UNKNOWN else rank for rank in one)
            for one in ranks[:, named].tolist()
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
    ranks[lines == 0] = _UNKNOWN
    ranks[np.argsort(-lines, kind="stable")[MOST_PRODUCTS:]] = _UNKNOWN
    return ranks


def _asks(column: Column) -> bool:
    return any(isinstance(node, Popularity) for node in walk(column.expression))
