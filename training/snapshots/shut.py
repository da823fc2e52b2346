"""Cutoffs that say nothing about customers: the shop was shut for a good part of their horizon.

Whoever is asked at such a cutoff leaves, loyal or not. So it teaches neither a fit nor what the
time of year brings, and judges nothing. A day in a pause is one, too, until rows have come again:
all that is known then is how it was before (`docs/decisions/0026-pauses.md`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from features.reach.pauses import Pause, pauses
from features.reach.room import Room
from features.units import count_of
from training.snapshots.outcome import Outcome

if TYPE_CHECKING:
    from features.history import History

SPOILT = 1 / 2
"""The share of a horizon in a pause from which its label tells nothing."""


class Shut(NamedTuple):
    """Cutoffs that a pause spoils: the first and the last of them."""

    pause: Pause
    first: date
    last: date

    def within(self, begin: date, end: date) -> int:
        """Return how many of them lie after a day, up to another."""
        return max(0, (min(self.last, end) - max(self.first - timedelta(days=1), begin)).days)


def shut(outcome: Outcome, history: History) -> tuple[Shut, ...]:
    """Return the cutoffs that tell nothing of an outcome, oldest first."""
    table = history.measure.tables.get(outcome.table)
    return spoilt(outcome, pauses(table.days) if table else ())


def spoilt(outcome: Outcome, paused: Iterable[Pause]) -> tuple[Shut, ...]:
    """Return the cutoffs that some pauses spoil; one shorter than that share spoils none."""
    lost = math.ceil(SPOILT * outcome.horizon_days)
    return tuple(
        Shut(pause, pause.begin - timedelta(days=outcome.embargo_days - lost), pause.end)
        for pause in paused
        if pause.days >= lost
    )


def tells(day: date, among: Sequence[Shut]) -> bool:
    """Return whether a cutoff tells something."""
    return not any(each.first <= day <= each.last for each in among)


def newest(day: date, among: Sequence[Shut]) -> date:
    """Return the newest cutoff at or before a day that tells something.

    Examples
    --------
    >>> pause = Pause(date(2024, 3, 1), date(2024, 9, 1))
    >>> spoilt = [Shut(pause, date(2024, 1, 15), date(2024, 9, 1))]
    >>> [str(newest(date(2024, month, 1), spoilt)) for month in (1, 5, 10)]
    ['2024-01-01', '2024-01-14', '2024-10-01']
    """
    for each in reversed(among):
        if each.first <= day <= each.last:
            day = each.first - timedelta(days=1)
    return day


def note_on(closed: Shut, table: str) -> str:
    """Return a sentence on the cutoffs that are left out."""
    last = closed.pause.end - timedelta(days=1)
    return (
        f"cutoffs from {closed.first} to {closed.last} are left out, as {table} "
        f"{'have' if table == 'orders' else 'has'} no row from {closed.pause.begin} to {last}"
    )


def note_without_others(outcome: Outcome, room: Room) -> str:
    """Return a sentence for a history without cutoffs that tell something; `room` is since then."""
    most = room.longest() - outcome.gap_days
    now = f"a horizon of at most {count_of(most, 'day')} would do now, or " if most > 0 else ""
    return (
        f"most cutoffs lie in or just before a time without {outcome.table}, and there are no "
        "others: figures and probabilities tell little; "
        f"{now}rows until {room.opens(outcome.embargo_days)} would do"
    )
