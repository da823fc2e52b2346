"""A shop's days, one after the other, for all customers at once.

Customers are kept in the order of their sign-up, so that those who are in the shop on a day are
the first so many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.sample import people
from features.sample.draws import Floats, Ints, Streams, pick, streams, uniform
from features.sample.model import (
    ASKED,
    DAILY,
    HAPPY,
    MOODS,
    SITUATIONS,
    TREATED,
    UNSUBSCRIBED,
    Model,
    after_survey,
)
from features.sample.schedule import ASKS, CAMPAIGNS, Day, Schedule

Small = NDArray[np.int8]

OPENING_RUSH, RUSH_DAYS = 0.3, 30
"""Share of the customers who sign up in the first days; the others come evenly until the end."""
OBJECTS_TO_PROFILING, OBJECTS_TO_MARKETING = 0.02, 0.08


@dataclass(frozen=True)
class Crowd:
    """The customers, in the order of their sign-up: arrays of shape (customers,).

    Parameters
    ----------
    number : array
        What a customer is known by, in everything that is drawn for them.
    starts : array
        Their random streams.
    signed : array
        Day of sign-up.
    profiling, marketing : array of bool
        Consent.
    """

    number: Ints
    starts: Streams
    signed: Ints
    profiling: NDArray[np.bool_]
    marketing: NDArray[np.bool_]

    @classmethod
    def drawn(cls, customers: int, days: int, seed: int) -> Crowd:
        """Draw customers 0, 1, ... of a shop that is open for `days` days."""
        number = np.arange(customers)
        signed = _sign_up(streams(seed, number), days)
        number = number[np.argsort(signed, kind="stable")]
        starts = streams(seed, number)
        return cls(
            number=number,
            starts=starts,
            signed=_sign_up(starts, days),
            profiling=uniform(starts, "profiling", 0) >= OBJECTS_TO_PROFILING,
            marketing=uniform(starts, "marketing", 0) >= OBJECTS_TO_MARKETING,
        )

    def present(self, day: int) -> int:
        """Return how many signed up before `day`: the first so many take part in it."""
        return int(np.searchsorted(self.signed, day, side="left"))


@dataclass(frozen=True)
class Happenings:
    """One kind of happening, in the order of days: arrays of shape (happenings,).

    Parameters
    ----------
    day, customer : array
        When, and to whom (a position in the `Crowd`).
    mark : array
        What it was like, see `features.sample.model`.
    """

    day: Ints
    customer: Ints
    mark: Ints

    def on(self, day: int) -> tuple[Ints, Ints]:
        """Return the customers and marks of one day; no customer occurs twice."""
        first, last = np.searchsorted(self.day, (day, day + 1))
        return self.customer[first:last], self.mark[first:last]


@dataclass(frozen=True)
class Lives:
    """Everything that happened, and the truth behind it.

    Parameters
    ----------
    crowd : Crowd
    days : int
        Days simulated.
    happenings : dict
        By name: those of `model.DAILY`, ``newsletter``, and the letters ``campaign`` and ``ask``
        with the mark 1 in the treated arm and 0 in the control arm.
    situations : array of shape (days + 1, customers)
        The hidden situation at the start of each day.
    flags : array of shape (days + 1, customers)
        The flags at the start of each day. Hidden from nobody: rows show them.
    """

    crowd: Crowd
    days: int
    happenings: dict[str, Happenings]
    situations: Small
    flags: Small


def live(model: Model, schedule: Schedule, crowd: Crowd, days: int) -> Lives:
    """Let the customers live through the days."""
    return _Simulation(model, schedule, crowd, days).run()


class _Simulation:
    def __init__(self, model: Model, schedule: Schedule, crowd: Crowd, days: int) -> None:
        self.model, self.schedule, self.crowd, self.days = model, schedule, crowd, days
        first = pick(uniform(crowd.starts, "temper and mood", 0), tuple(model.start))
        self.situation = first
        self.flags = np.zeros_like(first)
        self.subscribed = crowd.marketing.copy()
        self.log: dict[str, list[tuple[int, Ints, Ints]]] = {
            name: [] for name in (*DAILY, "newsletter", "campaign", "ask")
        }

    def run(self) -> Lives:
        shape = (self.days + 1, len(self.crowd.number))
        situations, flags = np.empty(shape, np.int8), np.empty(shape, np.int8)
        for number in range(self.days):
            situations[number], flags[number] = self.situation, self.flags
            self._spend(self.schedule.day(number), self.crowd.present(number))
        situations[-1], flags[-1] = self.situation, self.flags
        happenings = {name: _collected(parts) for name, parts in self.log.items()}
        return Lives(self.crowd, self.days, happenings, situations, flags)

    def _spend(self, day: Day, present: int) -> None:
        """Spend one day: happenings, letters in the evening, a change of mood overnight."""
        if day.newsletter:
            self._read_newsletter(day, present)
        happened = {name: self._happen(name, day, present) for name in DAILY}
        for name, (customers, marks) in happened.items():
            self._note(name, day, customers, marks)
        moved = self._moved(day, present, troubled=happened["ticket"][0])
        answered, answers = happened["survey"]
        self.flags[answered] = after_survey(self.flags[answered], answers)
        self._send_letters(day, present)
        self.situation[:present] = moved

    def _happen(self, name: str, day: Day, present: int) -> tuple[Ints, Ints]:
        """Draw who it happens to and what it is like, with one number for both."""
        situation, flags = self.situation[:present], self.flags[:present]
        chance = self.model.chances(name, day).ravel()[flags * SITUATIONS + situation]
        number = uniform(self.crowd.starts[:present], name, day.number)
        customers = np.flatnonzero(number < chance)
        rest = number[customers] / chance[customers]
        return customers, _drawn(self.model.marks[name][situation[customers]], rest)

    def _read_newsletter(self, day: Day, present: int) -> None:
        readers = np.flatnonzero(self.subscribed[:present])
        number = uniform(self.crowd.starts[readers], "newsletter", day.number)
        marks = _drawn(self.model.marks["newsletter"][self.situation[readers]], number)
        self._note("newsletter", day, readers, marks)
        self.subscribed[readers[marks == UNSUBSCRIBED]] = False

    def _moved(self, day: Day, present: int, troubled: Ints) -> Ints:
        """Draw tomorrow's situations; most people stay as they are, only the others cost time."""
        temper, mood = np.divmod(self.situation[:present], MOODS)
        group = (self.flags[:present] & TREATED > 0).astype(np.int64)
        group[troubled] += 2
        chances = np.stack(
            [
                self.model.moves(day, treated, trouble)
                for trouble in (False, True)
                for treated in (False, True)
            ]
        )
        stays = np.diagonal(chances, axis1=2, axis2=3)[group, temper, mood]
        number = uniform(self.crowd.starts[:present], "move", day.number)
        movers = np.flatnonzero(number >= stays)
        rest = (number[movers] - stays[movers]) / (1 - stays[movers])
        away = chances[group[movers], temper[movers], mood[movers]]
        away[np.arange(len(movers)), mood[movers]] = 0
        mood[movers] = _drawn(away / away.sum(axis=1, keepdims=True), rest)
        return temper * MOODS + mood

    def _send_letters(self, day: Day, present: int) -> None:
        """Send what leaves this evening and set the flags of tomorrow, as `Model.letters` says."""
        flags, starts = self.flags[:present], self.crowd.starts[:present]
        contactable = self.crowd.marketing[:present]
        if CAMPAIGNS.ends(day.number):
            flags &= ~TREATED
        if ASKS.ends(day.number):
            flags &= ~ASKED
        if CAMPAIGNS.starting(day.number):
            drawn = uniform(starts, "contacted", day.number) < people.CONTACTED
            self._send("campaign", day, np.flatnonzero(drawn & contactable), people.TREATED)
        if ASKS.starting(day.number):
            self._send("ask", day, np.flatnonzero((flags & HAPPY > 0) & contactable), people.ASKED)
            flags &= ~HAPPY

    def _send(self, name: str, day: Day, customers: Ints, share: float) -> None:
        arms = (uniform(self.crowd.starts[customers], f"{name}, arm", day.number) < share).astype(
            int
        )
        self.flags[customers] |= arms * (TREATED if name == "campaign" else ASKED)
        self._note(name, day, customers, arms)

    def _note(self, name: str, day: Day, customers: Ints, marks: Ints) -> None:
        self.log[name].append((day.number, customers, marks))


def _sign_up(starts: Streams, days: int) -> Ints:
    """Draw the days of sign-up."""
    rush = uniform(starts, "rush", 0) < OPENING_RUSH
    span = np.where(rush, min(RUSH_DAYS, days), days)
    return (uniform(starts, "sign-up", 0) * span).astype(np.int64)


def _drawn(shares: Floats, numbers: Floats) -> Ints:
    """Draw a column for each row of `shares`, shape (n, columns), with a number in [0, 1) each."""
    passed = numbers[:, None] >= np.cumsum(shares, axis=1)[:, :-1]
    columns: Ints = np.count_nonzero(passed, axis=1)
    return columns


def _collected(parts: list[tuple[int, Ints, Ints]]) -> Happenings:
    none = np.empty(0, np.int64)
    return Happenings(
        day=np.repeat([day for day, _, _ in parts], [len(who) for _, who, _ in parts]).astype(int),
        customer=np.concatenate([none, *(who for _, who, _ in parts)]),
        mark=np.concatenate([none, *(marks for _, _, marks in parts)]),
    )
