"""A booster for many rows: every split looks at all of them at once.

LightGBM leads one row after the other through a tree, and at every split the processor waits to
learn where the row goes. Here a split is one comparison of a column, which takes from the rows that
go right the leaves on its left; the first leaf that is left to a row is the one it ends in
(Lucchese et al. 2015, QuickScorer). Leaves are added up in LightGBM's order, to the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.bundle.arrays import Flags, Floats, Floats32

MOST_LEAVES = 63
"""A bit for each, and one."""

# Of a split's decision type, as LightGBM writes it: bits, and what the two from MISSING on say.
CATEGORICAL, DEFAULT_LEFT, MISSING = 1, 2, 2
AS_ZERO, ZEROS_TOO = 0, 1

Bits = npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Split:
    """A split of a tree.

    Parameters
    ----------
    feature : int
    threshold : float32
        The largest that is not above LightGBM's: a value up to it goes left.
    missing_left : bool
        Whether a missing value goes left.
    lost : unsigned integer
        The leaves that a row that goes right cannot end in, a bit for each from left to right.
    """

    feature: int
    threshold: np.float32
    missing_left: bool
    lost: np.unsignedinteger[Any]

    def right(self, columns: Floats32) -> Flags:
        """Return whether each row goes right."""
        values = columns[self.feature]
        # NaN is neither above nor below anything.
        above: Flags = values > self.threshold if self.missing_left else ~(values <= self.threshold)
        return above


@dataclass(frozen=True)
class Tree:
    """A tree.

    Parameters
    ----------
    splits : tuple of Split
    values : float64 array of shape (n_leaves,)
        Of the leaves from left to right.
    """

    splits: tuple[Split, ...]
    values: Floats

    def score(self, columns: Floats32) -> Floats:
        """Return the value of the leaf that each row ends in, shape (n_rows,)."""
        if not self.splits:
            return np.full(columns.shape[1], self.values[0])
        kind = self.splits[0].lost.dtype
        lost: Bits = np.zeros(columns.shape[1], kind)
        for split in self.splits:
            # A product with 0 or 1 is quicker than a choice.
            lost |= split.right(columns) * split.lost
        # How many leaves stand before the first that is not lost: the lowest bits that are set.
        first: npt.NDArray[np.uint8] = np.bitwise_count(lost & ~(lost + kind.type(1)))
        return self.values[first]


@dataclass(frozen=True)
class Forest:
    """The trees of a booster."""

    trees: tuple[Tree, ...]

    @classmethod
    def read(cls, text: str) -> Forest | None:
        """Return a booster's trees from its text; None where they are of another kind than ours.

        Categories, trees of linear models, zeros that count as missing and trees of more than
        `MOST_LEAVES` leaves are left to LightGBM.
        """
        found = [_fields(block) for block in text.split("\nTree=")[1:]]
        if not all(map(_plain, found)):
            return None
        return cls(tuple(map(_tree, found)))

    def score(self, columns: Floats32) -> Floats:
        """Return the raw score of each row.

        Parameters
        ----------
        columns : float32 array of shape (n_features, n_rows)
            NaN where missing; a feature's values side by side.

        Returns
        -------
        float64 array of shape (n_rows,)
        """
        total = np.zeros(columns.shape[1])
        for tree in self.trees:
            total += tree.score(columns)
        return total


def _fields(block: str) -> dict[str, list[str]]:
    """Return what a tree's lines say, up to the empty one that ends it."""
    lines = block.partition("\n\n")[0].splitlines()[1:]
    parted = (line.partition("=") for line in lines)
    return {name: values.split() for name, _, values in parted}


def _plain(fields: Mapping[str, list[str]]) -> bool:
    kinds = map(int, fields.get("decision_type", ()))
    return (
        int(fields["num_leaves"][0]) <= MOST_LEAVES
        and fields.get("is_linear", ["0"]) == ["0"]
        and not any(kind & CATEGORICAL or kind >> MISSING == ZEROS_TOO for kind in kinds)
    )


def _tree(fields: Mapping[str, list[str]]) -> Tree:
    values = np.array(fields["leaf_value"], np.float64)
    if len(values) == 1:
        return Tree((), values)
    lefts, rights = (list(map(int, fields[f"{side}_child"])) for side in ("left", "right"))
    order = list(_leaves(0, lefts, rights))
    place = {leaf: bit for bit, leaf in enumerate(order)}
    # A bit more than there are leaves, so that a last one that is set carries nowhere.
    kind = np.min_scalar_type(1 << len(values)).type
    columns = (fields[name] for name in ("split_feature", "threshold", "decision_type"))
    splits = [
        Split(
            feature=int(feature),
            threshold=_below(float(threshold)),
            missing_left=_missing_left(int(decision), float(threshold)),
            lost=kind(sum(1 << place[leaf] for leaf in _leaves(left, lefts, rights))),
        )
        for feature, threshold, decision, left in zip(*columns, lefts, strict=True)
    ]
    return Tree(tuple(splits), values[order])


def _leaves(node: int, lefts: list[int], rights: list[int]) -> Iterator[int]:
    """Yield the leaves under a node from left to right; leaves are negative, from -1 down."""
    if node < 0:
        yield ~node
        return
    yield from _leaves(lefts[node], lefts, rights)
    yield from _leaves(rights[node], lefts, rights)


def _below(threshold: float) -> np.float32:
    """Return the largest float32 that is not above a threshold."""
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))


def _missing_left(decision: int, threshold: float) -> bool:
    if decision >> MISSING == AS_ZERO:
        return threshold >= 0.0
    return bool(decision & DEFAULT_LEFT)
