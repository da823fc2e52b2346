"""Objects that a ``with`` block closes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Base of context managers that are closed however their ``with`` block ends."""

    @abstractmethod
    def close(self) -> None:
        """Release whatever is held open."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
