"""Pauses: spans without rows in the middle of a table: the shop was shut, or rows are missing.

Whoever was active before a pause seems to have left in it. The shop's own rows tell it from a quiet
time: it is ten times as long as the mean distance between days with rows, and three times as long
as the longest of all others, so that neither holidays nor the quiet weeks of a tiny shop are one.
What comes again at the same time of year is a season.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from features.reach.days import Days

LONG_AGO = 28
"""Days without rows from which a table may not be complete, which is then said."""

FEW = 0.01
"""A share of all rows."""

_USUAL = 30
"""How many usual times without rows there must be, to tell what is unusual."""

_TIMES_MEAN, _TIMES_LONGEST = 10, 3
"""How many times as long as the mean of usual times, and as the longest of them, a pause is."""

_YEAR = timedelta(days=365)


class Pause(NamedTuple):
    """Days without a row, half-open: the first of them, and the first that has rows again."""

    begin: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.begin).days


def pauses(days: Days) -> tuple[Pause, ...]:
    """Return the pauses of a table, oldest first, from the rows of every day that has some.

    Examples
    --------
    >>> shut = range(40, 240)
    >>> open_on = [date(2024, 1, 1) + timedelta(days=n) for n in range(300) if n not in shut]
    >>> [(str(pause.begin), str(pause.end)) for pause in pauses(dict.fromkeys(open_on, 5))]
    [('2024-02-10', '2024-08-28')]
    """
    dates = sorted(days)
    gaps = [Pause(a + timedelta(days=1), b) for a, b in pairwise(dates)]
    least = _least(sorted((gap.days + 1 for gap in gaps), reverse=True))
    long = [gap for gap in gaps if gap.days + 1 >= least]
    return tuple(gap for gap in long if not _returns(gap, long) and _amid(gap, days))


def shut_every_year(days: Days, least: int) -> Pause | None:
    """Return the longest time of at least so many days without a row that other years have, too.

    It must have come in the last two years: early rows may be those of another way of recording.

    Examples
    --------
    >>> open_on = [date(2024, 1, 1) + timedelta(days=n) for n in range(800) if n % 365 < 60]
    >>> found = shut_every_year(dict.fromkeys(open_on, 5), 90)
    >>> found and (str(found.begin), str(found.end))
    ('2024-03-01', '2024-12-31')
    """
    dates = sorted(days)
    gaps = [Pause(a + timedelta(days=1), b) for a, b in pairwise(dates) if (b - a).days > least]
    found = [gap for gap in gaps if gap.end > dates[-1] - 2 * _YEAR and _returns(gap, gaps)]
    return max(found, key=lambda gap: gap.days, default=None)


def _least(apart: Sequence[int]) -> float:
    """Return the least distance of neighbouring days with rows, in days, that is a pause.

    `apart` are all such distances, the longest first.
    """
    least, usual = float("inf"), sum(apart)
    for number, (longer, longest) in enumerate(pairwise(apart), start=1):
        usual -= longer
        mean = usual / (len(apart) - number)
        if longer <= LONG_AGO or len(apart) - number < _USUAL:
            break
        if longer > _TIMES_MEAN * mean and longer >= _TIMES_LONGEST * longest:
            least = longer
    return least


def _returns(gap: Pause, long: Sequence[Pause]) -> bool:
    """Return whether another time without rows lies a year before or after, for the most part."""
    others = [pause for pause in long if pause != gap]
    return any(
        _shared(Pause(gap.begin + way * _YEAR, gap.end + way * _YEAR), pause) * 2 > gap.days
        for pause in others
        for way in (-1, 1)
    )


def _shared(pause: Pause, other: Pause) -> int:
    return max(0, (min(pause.end, other.end) - max(pause.begin, other.begin)).days)


def _amid(gap: Pause, days: Days) -> bool:
    """Return whether there are many rows on both sides."""
    before = sum(rows for day, rows in days.items() if day < gap.begin)
    total = sum(days.values())
    return min(before, total - before) >= FEW * total
