"""Room for two horizons: one to learn from, one to judge on, whatever the clocks do in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from features.clock import DAY, day_begun, day_to_begin, local_date, midnight
from features.reach.spans import Span


class Room(NamedTuple):
    """The time in which cutoffs and their labels must lie.

    Parameters
    ----------
    known : date
        The oldest cutoff allowed: something came before it, and the outcome was recorded.
    end : int
        The instant where labels end.
    timezone : str
        Of the shop: cutoffs are its midnights.
    """

    known: date
    end: int
    timezone: str

    @classmethod
    def of(cls, span: Mapping[str, Span], since: int, end: int, timezone: str) -> Room:
        """Return the room that tables of some span leave an outcome recorded since an instant."""
        known = max(first_day(span, timezone) + timedelta(days=1), day_to_begin(since, timezone))
        return cls(known, end, timezone)

    def newest(self, days: int) -> date:
        """Return the newest cutoff whose labels of so many days are complete: it judges."""
        return day_begun(self.end - days * DAY, self.timezone)

    def limit(self, days: int) -> date:
        """Return the newest cutoff whose labels are complete at the one that judges."""
        return day_begun(midnight(self.newest(days), self.timezone) - days * DAY, self.timezone)

    def holds(self, days: int) -> bool:
        """Return whether labels of so many days can be learnt and judged."""
        return self.limit(days) >= self.known

    def opens(self, days: int) -> date:
        """Return the first day on which labels of so many days could be learnt and judged.

        Examples
        --------
        >>> Room(date(2024, 1, 2), midnight(date(2024, 2, 1), "UTC"), "UTC").opens(90)
        datetime.date(2024, 6, 30)
        """
        day = self.known + timedelta(days=2 * days)
        # Where the clocks went forward, two horizons of 24 hours end after that midnight.
        while not self._replace(end=midnight(day, self.timezone)).holds(days):
            day += timedelta(days=1)
        return day

    def longest(self) -> int:
        """Return for how many days labels can be learnt and judged at most, 0 for none.

        Examples
        --------
        >>> Room(date(2024, 1, 2), midnight(date(2024, 2, 1), "UTC"), "UTC").longest()
        15
        """
        days = max(0, (local_date(self.end, self.timezone) - self.known).days // 2)
        while days and not self.holds(days):
            days -= 1
        return days


def first_day(span: Mapping[str, Span], timezone: str) -> date:
    """Return the day of the first row of tables of some span."""
    return local_date(min(first for first, _ in span.values()), timezone)
