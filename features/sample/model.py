"""The hidden Markov model: chances of a day's happenings and of the next day's mood.

A customer's hidden situation ``z = temper * moods + mood`` and the three flags ``f`` (what the
shop's own letters and surveys have established, and rows therefore show) decide the chances of
everything on a day. Arrays over them have the shapes (situations,), (flags,) or (flags,
situations).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from features.sample import people
from features.sample.draws import Floats, Ints
from features.sample.schedule import ASKS, CAMPAIGNS, Day

TEMPERS, MOODS = len(people.TEMPERS), len(people.MOODS)
SITUATIONS = TEMPERS * MOODS

HAPPY, ASKED, TREATED = 1, 2, 4
"""Bits of a flag: the latest survey answer since the last ask was a promoter's; under the influence
of an ask; in the treated arm of the campaign under way."""
FLAGS = 8
FLAG = np.arange(FLAGS)

PROMOTER = 2
"""Mark of a survey answer of 9 or 10."""
IGNORED, OPENED, CLICKED, UNSUBSCRIBED = range(4)
"""Marks of a newsletter."""

DAILY = ("order", "visit", "app", "cart", "ticket", "review", "refer", "share", "survey")
"""What may happen on any day, at most once, independently of each other given the situation."""
_BUSTLING = frozenset({"order", "visit", "app", "cart"})


class Model:
    """Chances of the made-up shop, from the tables of `features.sample.people`."""

    @cached_property
    def start(self) -> Floats:
        """P(situation on the day after sign-up), shape (situations,)."""
        return np.outer(people.by_temper("share"), people.FIRST_MOODS).ravel()

    @cached_property
    def rates(self) -> dict[str, Floats]:
        """Rates a day before calendar and letters have their say, each of shape (situations,)."""
        once = np.ones(TEMPERS)
        talkative = people.by_temper("talkative")
        tables = {
            "order": (people.by_temper("orders_a_year") / 365.25, people.ORDERS_BY_MOOD),
            "visit": (once, people.VISITS),
            "app": (once, people.APP_OPENINGS),
            "cart": (once, people.CARTS),
            "ticket": (once, people.TICKETS),
            "review": (talkative, people.REVIEWS),
            "refer": (talkative, people.REFERRALS),
            "share": (once, (people.SHARE_RATE,) * MOODS),
            "survey": (once, people.SURVEYS),
        }
        return {name: np.outer(temper, mood).ravel() for name, (temper, mood) in tables.items()}

    @cached_property
    def marks(self) -> dict[str, Floats]:
        """P(mark | situation, it happens), each of shape (situations, marks), marks >= 1."""
        plain = {name: np.ones((SITUATIONS, 1)) for name in DAILY}
        return plain | {
            "order": np.repeat(self._baskets, MOODS, axis=0),
            "ticket": np.tile(people.AFTER_TICKET, (TEMPERS, 1)),
            "review": np.tile(people.STARS, (TEMPERS, 1)),
            "survey": np.tile(people.ANSWERS, (TEMPERS, 1)),
            "newsletter": np.tile(people.NEWSLETTERS, (TEMPERS, 1)),
        }

    @property
    def _baskets(self) -> Floats:
        """P(basket | temper), shape (tempers, 6): a mark is 2 * size, plus 1 if discounted."""
        discounted = people.by_temper("discounted")
        priced = np.stack([1 - discounted, discounted], axis=1)
        sizes = people.by_temper("baskets")
        return (sizes[:, :, None] * priced[:, None, :]).reshape(TEMPERS, -1)

    def chances(self, happening: str, day: Day) -> Floats:
        """Return P(it happens on this day | flags, situation), shape (flags, situations)."""
        rates = np.tile(self.rates[happening], (FLAGS, 1))
        if happening in _BUSTLING:
            rates *= day.bustle
        if happening == "order" and day.campaign == "voucher":
            rates[FLAG & TREATED > 0] *= np.repeat(people.by_temper("voucher"), MOODS)
        if happening == day.ask:
            rates[FLAG & ASKED > 0] *= people.ASKING_HELPS
        return -np.expm1(-rates)

    def moves(self, day: Day, treated: bool, trouble: bool) -> Floats:
        """Return P(mood tomorrow | temper, mood today), shape (tempers, moods, moods).

        They are `treated` in the treated arm of the campaign under way, and in `trouble` where they
        opened a ticket today.
        """
        chances = np.tile(people.MOVES, (TEMPERS, 1, 1))
        chances[:, people.CONTENT, people.FAN] *= people.by_temper("warm")
        for mood in (people.CONTENT, people.FAN):
            chances[:, mood, people.DRIFTING] *= people.by_temper("fickle") * day.weariness
        if treated and day.campaign == "reminder":
            for mood in (people.ANNOYED, people.DRIFTING):
                chances[:, mood, people.GONE] *= people.REMINDER_DRIVES_OFF
        diagonal = np.arange(MOODS)
        chances[:, diagonal, diagonal] = 1 - chances.sum(axis=2)
        if trouble:
            annoyed = np.array(people.TROUBLE_ANNOYS)
            chances *= 1 - annoyed[:, None]
            chances[:, :, people.ANNOYED] += annoyed
        return chances

    def letters(self, day: Day, contactable: bool) -> Floats:
        """Return P(flags tomorrow | flags this evening, after surveys), shape (flags, flags)."""
        tomorrow = np.zeros((FLAGS, FLAGS))
        for flag in range(FLAGS):
            for treated, chance in self._treatment(day, flag, contactable).items():
                for asked, odds in self._asking(day, flag, contactable).items():
                    tomorrow[flag, treated | asked] += chance * odds
        return tomorrow

    def _treatment(self, day: Day, flag: int, contactable: bool) -> dict[int, float]:
        """Return P(the campaign's bit tomorrow | flags this evening)."""
        if CAMPAIGNS.starting(day.number):
            treated = people.CONTACTED * people.TREATED * contactable
            return {TREATED: treated, 0: 1 - treated}
        return {0 if CAMPAIGNS.ends(day.number) else flag & TREATED: 1.0}

    def _asking(self, day: Day, flag: int, contactable: bool) -> dict[int, float]:
        """Return P(the ask's two bits tomorrow | flags this evening): only the happy are asked."""
        if ASKS.starting(day.number):
            asked = people.ASKED * contactable * bool(flag & HAPPY)
            return {ASKED: asked, 0: 1 - asked}
        return {flag & HAPPY if ASKS.ends(day.number) else flag & (HAPPY | ASKED): 1.0}


def after_survey(flags: Ints, answers: Ints) -> Ints:
    """Return the flags after survey answers: happy after a promoter's, not after any other."""
    return np.where(answers == PROMOTER, flags | HAPPY, flags & ~HAPPY)
