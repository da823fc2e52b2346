"""Time: instants, cutoffs, windows and the shop's local days.

An *instant* is an int64 count of microseconds since 1970-01-01 UTC. A *cutoff* is the instant a
score is as of. Features see rows in ``[cutoff - window, cutoff)``, labels see rows in ``[cutoff +
gap, cutoff + gap + horizon)``; both are half-open. `Window` is those words as days from a cutoff,
and `features.arithmetic.borders` finds the rows inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.errors import UsageError

DAY = 86_400_000_000
"""Microseconds in 24 hours. Windows, gaps and horizons are whole multiples of it."""

ENDLESS_DAYS = 1e9
"""More days than any history has: how long ago something was that never happened."""

DayLike: TypeAlias = date | str | np.datetime64
"""A local day as a caller may name it (`day_of`); pandas' Timestamp is a ``datetime``."""

EARLIEST = date(1970, 1, 2)
"""Rows dated before it, in UTC, are placeholders: 1900-01-01, or the zero of a counter."""

_SECOND = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


@dataclass(frozen=True, order=True)
class Window:
    """A half-open interval ``[cutoff + start, cutoff + end)`` in days of 24 hours.

    Parameters
    ----------
    start : int or None
        Days from the cutoff to the first instant inside; None reaches back to the first row.
    end : int
        Days from the cutoff to the first instant outside; 0 is the cutoff itself.
    """

    start: int | None = None
    end: int = 0

    @classmethod
    def before(cls, days: int | None) -> Window:
        """Return the window of the last `days` days before the cutoff, all history for None."""
        return cls(None if days is None else -days, 0)

    @classmethod
    def after(cls, gap_days: int, horizon_days: int) -> Window:
        """Return the label window ``[cutoff + gap, cutoff + gap + horizon)``."""
        return cls(gap_days, gap_days + horizon_days)

    @property
    def days(self) -> int | None:
        """Length in days, None when it reaches back to the first row."""
        return None if self.start is None else self.end - self.start


def instant(moment: datetime) -> int:
    """Return the instant of an aware datetime.

    Raises
    ------
    ValueError
        If `moment` has no timezone: its instant would be a guess.
    """
    if moment.tzinfo is None:
        raise ValueError(f"an instant needs a datetime with a timezone; got {moment!r}")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def midnight(day: date, timezone: str) -> int:
    """Return the instant at which `day` starts in `timezone`.

    Where the clocks change at midnight, the ambiguous or missing midnight takes standard time, the
    smaller offset.

    >>> midnight(date(2024, 7, 1), "Europe/London") == midnight(date(2024, 7, 1), "UTC") - DAY // 24
    True
    """
    naive = datetime.combine(day, time.min)
    zone = ZoneInfo(timezone)
    offsets = (naive.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    standard = min(offset for offset in offsets if offset is not None)
    return instant(naive.replace(tzinfo=UTC) - standard)


def day_of(given: DayLike, timezone: str) -> date:
    """Return the local day that `given` names: a date, its text, or the instant it starts at.

    >>> day_of("2024-07-01", "Europe/London")
    datetime.date(2024, 7, 1)

    Raises
    ------
    UsageError
        If it is something else. A cutoff is the start of a day: rounding 17:00 to either midnight
        would leave out rows that were asked for, or see rows that were not.
    """
    moment = given.astype("M8[us]").item() if isinstance(given, np.datetime64) else given
    try:
        day = date.fromisoformat(moment) if isinstance(moment, str) else moment
        if isinstance(day, datetime):
            local = day.astimezone(ZoneInfo(timezone)) if day.tzinfo else day
            at_midnight = local.time() == time.min
            # Where the clocks skip midnight, the day starts later.
            if at_midnight or (day.tzinfo and instant(day) == midnight(local, timezone)):
                return local.date()
        elif isinstance(day, date):
            return day
    except ValueError:  # not a date's text, or pandas' NaT
        pass
    raise UsageError(
        "A day must be a date, such as date(2024, 7, 1) or '2024-07-01'; a time of day is taken "
        f"only where it is midnight in {timezone}.",
        f"{given!r} was given.",
        "Pass the date alone, for example `.date()` of a datetime or a pandas Timestamp.",
    )


def end_before(day: DayLike, timezone: str) -> int:
    """Return where a history ends that sees nothing of `day` or later: at its midnight.

    Raises
    ------
    UsageError
        If the day comes after tomorrow: whoever comes until then would look silent, and a model
        would say that it knows rows which nobody has. Or if it comes before any row may be dated.
        Or as in :func:`day_of`.
    """
    day = day_of(day, timezone)
    if day < EARLIEST:
        raise UsageError(
            f"The day that a history ends before must be {EARLIEST} or later.",
            f"{day} was asked for, and no row may be dated before {EARLIEST}.",
            "Give a later day, or none to use everything up to the newest full day.",
        )
    today = datetime.now(ZoneInfo(timezone)).date()
    if day > today + timedelta(days=1):
        raise UsageError(
            "The day that a history ends before must be tomorrow or earlier.",
            f"{day} was asked for, and in {timezone} it is {today}.",
            "Give an earlier day, or none to use everything up to the newest full day.",
        )
    return midnight(day, timezone)


def local_date(moment: int, timezone: str) -> date:
    """Return the shop's local date at an instant."""
    return (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment))
        .astimezone(ZoneInfo(timezone))
        .date()
    )


def day_begun(moment: int, timezone: str) -> date:
    """Return the day whose local midnight is the last at or before an instant."""
    day = local_date(moment, timezone)
    return day if midnight(day, timezone) <= moment else day - timedelta(days=1)


def day_to_begin(moment: int, timezone: str) -> date:
    """Return the day whose local midnight is the first at or after an instant."""
    day = local_date(moment, timezone)
    return day if midnight(day, timezone) >= moment else day + timedelta(days=1)


@dataclass(frozen=True)
class LocalCalendar:
    """Local days, weekdays and hours of an IANA timezone, for arrays of instants."""

    timezone: str

    def local(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return local wall-clock microseconds since 1970, shape of `instants`."""
        changes, offsets = _offsets(self.timezone)
        return instants + offsets[np.searchsorted(changes, instants, side="right")]

    def days(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return local days since 1970-01-01, shape of `instants`."""
        return self.local(instants) // DAY

    def weekdays(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return local weekdays, Monday 0 to Sunday 6, shape of `instants`."""
        return (self.days(instants) + 3) % 7  # 1970-01-01 was a Thursday

    def hours(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return local hours of the day, 0 to 23, shape of `instants`."""
        return self.local(instants) % DAY // (DAY // 24)


@lru_cache(maxsize=32)
def _offsets(timezone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when the UTC offset changes, and the offsets before, between and after.

    zoneinfo answers for one datetime at a time, so the changes are found once by bisection and
    looked up in bulk.
    """
    zone = ZoneInfo(timezone)
    fortnights = range(
        instant(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)),
        instant(datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)),
        14 * DAY,
    )
    changes: list[int] = []
    offsets = [_offset(zone, fortnights[0])]
    for start in fortnights:
        if _offset(zone, start + 14 * DAY) != offsets[-1]:
            changes.append(_first_with_new_offset(zone, start, start + 14 * DAY))
            offsets.append(_offset(zone, changes[-1]))
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment // _SECOND, zone).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _first_with_new_offset(zone: ZoneInfo, low: int, high: int) -> int:
    """Bisect to the second between `low`, with the old offset, and `high`, with the new one."""
    old = _offset(zone, low)
    while high - low > _SECOND:
        middle = (low + high) // 2 // _SECOND * _SECOND
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high
