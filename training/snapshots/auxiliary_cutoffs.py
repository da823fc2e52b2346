"""Auxiliary cutoffs: which newer and earlier ones a fit learns from beside its own.

*Censored* cutoffs are newer; only a part of their horizon has passed. *Earlier* ones reach back two
years, a fortnight apart for half a year and four weeks apart before that. How they are learnt from
is told in `training.snapshots.auxiliary`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from features.clock import DAY, day_begun
from training.snapshots.outcome import Outcome
from training.snapshots.shut import Shut, spoilt, tells

if TYPE_CHECKING:
    from features.history import History

CENSORED = (5 / 6, 2 / 3, 1 / 2, 1 / 3)
"""Shares of a horizon that have passed after each censored cutoff."""

MOST_ROWS = 200_000
"""Rows of a fit's own cutoffs above which it has no auxiliary ones: it has rows enough, and memory
for no more. First all customers ever seen are counted, then those who are asked, once these are
known (`training.snapshots.enough`)."""

APART, FURTHER_APART = 14, 28
"""Days between earlier cutoffs of the half year before a fit's own, and before that."""

HALF_A_YEAR, FURTHEST = 182, 730
"""How many days before a fit's own they are so close, and how far back they reach."""


@dataclass(frozen=True)
class CensoredCutoff:
    """A cutoff whose label is known for only the first days of its horizon."""

    day: date
    known_days: int


@dataclass(frozen=True)
class AuxiliaryCutoffs:
    """Cutoffs that a fit learns from beside its own.

    Parameters
    ----------
    censored : tuple of CensoredCutoff
        After the fit's own, oldest first.
    earlier : tuple of date
        Before them, newest first.
    """

    censored: tuple[CensoredCutoff, ...] = ()
    earlier: tuple[date, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """Return every cutoff, in no order."""
        return (*(cutoff.day for cutoff in self.censored), *self.earlier)


def auxiliary_cutoffs(
    outcome: Outcome,
    history: History,
    end: int,
    own: Sequence[date],
    oldest: date,
    closed: Sequence[Shut],
    people: int,
) -> AuxiliaryCutoffs:
    """Return the auxiliary cutoffs of a fit; none in a large shop.

    Parameters
    ----------
    outcome : Outcome
    history : History
    end : int
        The instant that no label may reach past.
    own : sequence of date
        The fit's cutoffs, oldest first.
    oldest : date
        The oldest cutoff allowed.
    closed : sequence of Shut
        Cutoffs that tell nothing.
    people : int
        How many customers a cutoff may hold.
    """
    if crowded(history, people):
        return AuxiliaryCutoffs()
    most = MOST_ROWS // max(1, people)
    earlier, paused = _earlier(own[0], oldest, closed), [each.pause for each in closed]
    newer = [
        cutoff
        for cutoff in _censored(outcome, history, end, own[-1])
        if tells(cutoff.day, spoilt(outcome.within(cutoff.known_days), paused))
    ]
    return AuxiliaryCutoffs(tuple(newer), spread(earlier, most))


def crowded(history: History, people: int) -> bool:
    """Return whether a fit's own cutoffs hold so many rows that it has no auxiliary ones."""
    return people * history.config.training.snapshots > MOST_ROWS


def spread(days: Sequence[date], most: int) -> tuple[date, ...]:
    """Return at most so many of some days, as far apart as all of them reach.

    Examples
    --------
    >>> [day.day for day in spread([date(2024, 1, day) for day in (9, 7, 5, 3, 1)], 3)]
    [9, 5, 1]
    """
    return tuple(days[:: -(-len(days) // most)]) if days and most > 0 else ()


def _censored(
    outcome: Outcome, history: History, end: int, newest: date
) -> tuple[CensoredCutoff, ...]:
    """Return cutoffs after the newest whose horizon has passed, with labels until an instant."""
    zone = history.config.shop.timezone
    found = {}
    for share in CENSORED:
        known = max(1, round(share * outcome.horizon_days))
        day = day_begun(end - (outcome.gap_days + known) * DAY, zone)
        if day > newest:
            found[day] = CensoredCutoff(day, known)
    return tuple(found.values())


def _earlier(own: date, oldest: date, closed: Sequence[Shut]) -> list[date]:
    """Return cutoffs before the oldest of a fit's own, newest first.

    They are counted through the calendar, so that fits and outcomes share them, and an origin of a
    backtest has those that it would have had then. Years in which the shop was shut do not count.
    """
    newest = own.toordinal() - APART
    found = []
    for day in range(newest - newest % APART, oldest.toordinal() - 1, -APART):
        cutoff = date.fromordinal(day)
        if not tells(cutoff, closed):
            continue
        before = own.toordinal() - day - sum(each.within(cutoff, own) for each in closed)
        if before <= HALF_A_YEAR or (before <= FURTHEST and not day % FURTHER_APART):
            found.append(cutoff)
    return found
