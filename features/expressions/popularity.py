"""How popular the products that a customer buys are with all of the shop's customers.

That depends on the rows of the whole shop, while a block holds those of a few customers. Products
are therefore ranked beforehand (`features.products`), and the chart travels in the tree, as a
constant does: into every process, to a cluster, and in a bundle, where it is as of the training.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.expressions import expression as x

UNRANKED = -1
"""Stands for the rank of a product that was not sold."""


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

    def at(self, cutoff: int) -> NDArray[np.int64]:
        """Return the ranks as of a cutoff: the newest before it, or the oldest; at the end -1."""
        made = int(np.searchsorted(self.instants, cutoff, side="right")) - 1
        ranks: NDArray[np.int64] = self._ranks[max(0, made)]
        return ranks

    def places(self, products: Iterable[str]) -> NDArray[np.int64]:
        """Return where some products stand, -1 for the end where one does not."""
        return np.array([self._places.get(product, -1) for product in products], dtype=np.int64)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {product: place for place, product in enumerate(self.products)}

    @cached_property
    def _ranks(self) -> NDArray[np.int64]:
        rows = [[*map(_filled, ranks), UNRANKED] for ranks in self.ranks]
        return np.array(rows, dtype=np.int64)


def _filled(rank: int | None) -> int:
    return UNRANKED if rank is None else rank


@dataclass(frozen=True)
class Popularity(x.Aggregate):
    """Mean rank, 0 to 1, of the rows' products in a chart; null without one of them or a chart."""

    chart: Chart | None = None
