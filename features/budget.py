"""How much memory the work on a history may take, and what that means for its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from features.errors import UsageError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)

DEFAULT = "4GB"
"""What a laptop can spare."""

_LEAST = 500_000_000
_ROW = 700
"""Bytes that a row takes at most while its block is worked on: columns, orders, running sums."""
_MOST_CUSTOMERS = 50_000
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
    >>> budget.block(customers=1_000_000, rows=50_000_000, processes=2)
    19047
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
                f"{text!r} came.",
                "Write it like 4GB.",
            )
        return cls(int(size))

    @property
    def database(self) -> str:
        """DuckDB's share, in its words."""
        return f"{self.size // 2 // 10**6}MB"

    def block(self, customers: int, rows: int, processes: int) -> int:
        """Return how many customers a block may have.

        Parameters
        ----------
        customers, rows : int
            Of the whole history.
        processes : int
            How many blocks are worked on at once; one more is being read.
        """
        most = self.size // 2 // _ROW // (processes + 1)
        return max(1, min(_MOST_CUSTOMERS, most * customers // max(1, rows)))
