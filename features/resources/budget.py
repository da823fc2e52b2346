"""How much memory the work on a history may take, and what that means for its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)

DEFAULT = "4GB"
"""What a laptop can spare."""

_LEAST = 500_000_000
_ROW = 700
"""Bytes that a row takes at most while its block is worked on: columns, orders, running sums."""
MOST_CUSTOMERS = 50_000
"""More customers in a block save nothing."""


@dataclass(frozen=True)
class Budget:
    """Memory for reading and for blocks, in bytes.

    Half is DuckDB's, which moves to disk what does not fit; the other half is for the blocks that
    are worked on. What the work makes, a row per customer and cutoff, comes on top.

    Examples
    --------
    >>> budget = Budget.of("4GB")
    >>> budget.database
    '2000MB'
    >>> budget.rows_per_block(processes=2)
    952380
    """

    size: int

    @classmethod
    def of(cls, text: str) -> Budget:
        """Read a size such as ``4GB``.

        Raises
        ------
        UsageError
            If it is no size, or less than 500 MB.
        """
        found = _SIZE.fullmatch(text.strip())
        size = float(found[1]) * _UNITS[found[2].upper()] if found else 0.0
        if size < _LEAST:
            raise UsageError(
                f"A memory limit must be a size of at least {_LEAST // 10**6}MB.",
                f"Got {text!r}.",
                "Write it like 4GB.",
            )
        return cls(int(size))

    @property
    def database(self) -> str:
        """DuckDB's share, in its words."""
        return f"{self.size // 2 // 10**6}MB"

    def rows_per_block(self, processes: int) -> int:
        """Return how many rows a block may have where each process works on one.

        One more block is being read meanwhile.
        """
        return self.size // 2 // _ROW // (processes + 1)


def block_bounds(rows: ArrayLike, most_rows: int, most_customers: int) -> Iterator[tuple[int, int]]:
    """Yield the first customer of each block and the one after its last.

    `rows` are those of each customer; whoever has more than a block may have gets a block alone.

    Examples
    --------
    >>> [*block_bounds([2, 2, 2, 9, 1, 1], most_rows=5, most_customers=3)]
    [(0, 2), (2, 3), (3, 4), (4, 6)]
    """
    import numpy as np  # here, because `ladder --help` names the default and waits for nothing

    before = np.concatenate([[0], np.cumsum(rows, dtype=np.int64)])
    first = 0
    while first < len(before) - 1:
        last = int(before.searchsorted(before[first] + most_rows, side="right")) - 1
        last = max(first + 1, min(last, first + most_customers))
        yield first, last
        first = last


def bytes_of(rows: int) -> int:
    """Return the memory that the work on a block of so many rows may take."""
    return rows * _ROW
