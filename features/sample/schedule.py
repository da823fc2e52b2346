"""The shop's calendar: what is known of every day beforehand, for every customer alike.

Times of day matter. The doors are open from 06:00 to 21:00 and letters leave at 21:30, local
time, so that nothing that tells of a customer happens within an hour and a half of midnight: a
cutoff, and a window of N x 24 hours from it, then separate the same days on both sides of a
daylight-saving change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from features.clock import midnight
from features.sample.draws import Floats, Ints

TIMEZONE = "Europe/Berlin"
SECOND = 1_000_000
OPENS, CLOSES, LETTERS_LEAVE = (clock * SECOND for clock in (6 * 3600, 21 * 3600, 21 * 3600 + 1800))

NEWSLETTER_EVERY = 21
_BY_WEEKDAY = (0.95, 0.9, 0.9, 0.95, 1.1, 1.3, 0.9)  # Monday first
_SWING, _PEAK_DAY = 0.10, 345  # mid-December
_WEARIER_A_YEAR, _WEARIEST = 0.12, 2.0


@dataclass(frozen=True)
class Rounds:
    """Letters that go out again and again, in turns of different kinds.

    Parameters
    ----------
    first, every, lasts : int
        Day of the first letters, days between rounds, and days of influence from the morning after.
    kinds : tuple of str
        What the first, second, ... round is about, over and over.
    """

    first: int
    every: int
    lasts: int
    kinds: tuple[str, ...]

    def starting(self, day: int) -> str | None:
        """Return the kind of letters that leave on the evening of `day`."""
        turn, since = divmod(day - self.first, self.every)
        return self._kind(turn) if since == 0 else None

    def under_way(self, day: int) -> str | None:
        """Return the kind whose influence lasts on `day`."""
        turn, since = divmod(day - self.first, self.every)
        return self._kind(turn) if 1 <= since <= self.lasts else None

    def ends(self, day: int) -> bool:
        """Return whether the influence ends with the evening of `day`."""
        return self.starting(day - self.lasts) is not None

    def _kind(self, turn: int) -> str | None:
        return self.kinds[turn % len(self.kinds)] if turn >= 0 else None


CAMPAIGNS = Rounds(first=30, every=60, lasts=21, kinds=("voucher", "reminder"))
ASKS = Rounds(first=40, every=45, lasts=21, kinds=("refer", "review"))


@dataclass(frozen=True)
class Day:
    """One day's covariates.

    Parameters
    ----------
    number : int
        Days since the shop opened.
    bustle : float
        Multiplies the rates of orders, visits, app openings and carts: season and weekday.
    weariness : float
        Multiplies the chance of drifting away; it grows over the years, and with it the base rate
        of churn.
    """

    number: int
    bustle: float
    weariness: float

    @property
    def newsletter(self) -> bool:
        """Whether the newsletter goes out this morning."""
        return self.number % NEWSLETTER_EVERY == 0

    @property
    def campaign(self) -> str | None:
        """The campaign that influences whoever is in its treated arm."""
        return CAMPAIGNS.under_way(self.number)

    @property
    def ask(self) -> str | None:
        """What the people asked last have in mind."""
        return ASKS.under_way(self.number)


@dataclass(frozen=True)
class Schedule:
    """The calendar from the opening day on, as far ahead as anyone asks."""

    start: date

    def day(self, number: int) -> Day:
        """Return the covariates of one day."""
        today = self.start + timedelta(days=number)
        season = np.cos(2 * np.pi * (today.timetuple().tm_yday - _PEAK_DAY) / 365.25)
        return Day(
            number=number,
            bustle=float((1 + _SWING * season) * _BY_WEEKDAY[today.weekday()]),
            weariness=min(1 + _WEARIER_A_YEAR * number / 365.25, _WEARIEST),
        )

    def number(self, day: date) -> int:
        """Return how many days after the opening `day` is."""
        return (day - self.start).days

    def midnights(self, days: int) -> Ints:
        """Return the instants at which the first `days` days start."""
        moments = (midnight(self.start + timedelta(days=day), TIMEZONE) for day in range(days))
        return np.fromiter(moments, dtype=np.int64, count=days)


def opening_hours(share: Floats) -> Ints:
    """Return microseconds after midnight, in full seconds, for shares of the opening hours."""
    seconds = (share * ((CLOSES - OPENS) // SECOND)).astype(np.int64)
    return OPENS + seconds * SECOND
