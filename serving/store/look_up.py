"""Looking up one customer's record: what every place of a store offers, and how it fails."""

from __future__ import annotations

from typing import Protocol


class StoreAwayError(Exception):
    """The score store does not answer now; it may in a moment."""


Row = tuple[bytes, bytes | None]
"""A record as it is kept, and what its reasons are told of."""


class LookUp(Protocol):
    """What finds one customer's record in a run, as fast as the place allows."""

    async def find(self, customer_id: str) -> Row | None:
        """Return a record and its reasons, or None for an unknown customer.

        Raises
        ------
        StoreAwayError
            If the store does not answer.
        """

    def close(self) -> None:
        """Close what is held open."""
