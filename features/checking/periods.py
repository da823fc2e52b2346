"""Tables whose rows are of months or of years: how many of them a horizon holds.

From the day after a row, the 90 days of a shop recorded by month hold two months or three, as their
lengths have it; from half-way to the next they hold three. Nothing else is known of that day, and
by default customers are scored as of the day after the newest row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, median

from features.reach.days import Days
from features.settings.sections import Churn

_SELDOM = 21
"""Days from one day with rows to the next from which on they are of a month or longer."""

_FEWEST, _NEWEST = 6, 36
"""Days with rows that are needed, and so many that are looked at: the way of recording changes."""

_FEWER = 0.9


def score_between(name: str, days: Days, churn: Churn) -> Iterator[str]:
    """Yield a note where horizons from the day after a row hold fewer days with rows than others.

    Examples
    --------
    >>> months = [date(2022 + n // 12, 1 + n % 12, 1) for n in range(24)]
    >>> (note,) = score_between("orders", dict.fromkeys(months, 5), Churn(horizon_days=90))
    >>> print(note.partition(",")[0])
    orders come about every 31 days: the 90 days from the day after a row hold 2.2 days with rows
    >>> print(note.partition("Score ")[2])
    half-way, such as ladder score --at 2023-12-17.
    >>> weeks = [date(2022, 1, 1) + timedelta(days=7 * n) for n in range(99)]
    >>> [*score_between("orders", dict.fromkeys(weeks, 5), Churn(horizon_days=90))]
    []
    """
    dates = sorted(days)[-_NEWEST:]
    usual = median((later - day).days for day, later in pairwise(dates)) if len(dates) > 1 else 0
    if churn.event is not None or len(dates) < _FEWEST or usual < _SELDOM:
        return
    half = round(usual / 2)
    after, amid = (_held(dates, ahead, churn.horizon_days) for ahead in (1, half))
    learnt = churn.horizon_days / usual  # from cutoffs on any day
    if after < _FEWER * learnt and abs(amid - learnt) < abs(after - learnt):
        yield (
            f"{name} {'come' if name == 'orders' else 'comes'} about every {usual:.0f} days: the "
            f"{churn.horizon_days} days from the day after a row hold {after:.1f} days with rows, "
            f"those from half-way to the next {amid:.1f}, nearer to the {learnt:.1f} of the days "
            "learnt from. Score half-way, such as ladder score --at "
            f"{dates[-1] + timedelta(days=half)}."
        )


def _held(dates: Sequence[date], ahead: int, horizon: int) -> float:
    """Return how many of the dates lie in the horizons that begin so many days after each."""
    begun = [day + timedelta(days=ahead) for day in dates]
    spans = [(begin, begin + timedelta(days=horizon)) for begin in begun]
    whole = [(begin, end) for begin, end in spans if end <= dates[-1]]
    return mean(
        bisect_left(dates, end) - bisect_left(dates, begin) for begin, end in whole or spans
    )
