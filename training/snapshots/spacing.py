"""How far apart cutoffs lie: a fortnight, or closer where the history is short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from training.snapshots.shut import Shut, newest

FORTNIGHT, WEEK = 14, 7
"""Days between cutoffs, and the fewest days between them in a short history."""

WARM_UP = 30
"""Days of history that a cutoff should have before it, where the history is long enough."""


def choose(
    limit: date, start: date, known: date, want: int, closed: Sequence[Shut] = ()
) -> tuple[tuple[date, ...], str]:
    """Return cutoffs at or before `limit`, oldest first, and how they fall short of the usual.

    Parameters
    ----------
    limit : date
        The newest cutoff allowed; it is always chosen.
    start : date
        The first day of the history.
    known : date
        The oldest cutoff allowed: before it, the outcome was not recorded.
    want : int
        How many cutoffs to choose, a fortnight apart, if there is room.
    closed : sequence of Shut
        Cutoffs that tell nothing, which are stepped over; `limit` is none of them.

    Examples
    --------
    >>> cutoffs, note = choose(date(2024, 3, 1), date(2024, 1, 10), date(2024, 1, 11), 6)
    >>> [str(cutoff) for cutoff in cutoffs]
    ['2024-02-09', '2024-02-16', '2024-02-23', '2024-03-01']
    >>> note
    '4 cutoffs 7 days apart up to 2024-03-01, for want of older history'
    """
    first = earliest(limit, start, known)
    room = (limit - first).days - sum(each.within(first, limit) for each in closed)
    step = min(FORTNIGHT, max(WEEK, room // max(1, want - 1)))
    cutoffs = stepping(limit, first, step, want, closed)
    count = len(cutoffs)
    if count == want and (count == 1 or step == FORTNIGHT):
        return cutoffs, ""
    apart = f"{count} cutoffs {step} days apart" if count > 1 else "one cutoff"
    return cutoffs, f"{apart} up to {limit}, for want of older history"


def stepping(
    limit: date, oldest: date, step: int, want: int, closed: Sequence[Shut]
) -> tuple[date, ...]:
    """Return up to so many cutoffs that tell something, so many days apart, oldest first."""
    found: list[date] = []
    day = limit
    while len(found) < want and day >= oldest:
        found.append(day)
        day = newest(day - timedelta(days=step), closed)
    return tuple(reversed(found))


def earliest(limit: date, start: date, known: date) -> date:
    """Return the oldest cutoff with enough history before it, by what there is until `limit`."""
    return max(known, start + timedelta(days=min(WARM_UP, (limit - start).days // 2)))
