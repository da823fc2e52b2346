"""Topics: which features say the same thing, so that a customer hears it once.

Days since the last order, silence over the usual gap and being overdue are one observation; three
sentences on it would hide the second reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from training.bundle.arrays import Floats, Integers

PREFIXES = {
    "silence": ("silence", "days_since_order", "overdue"),
    "frequency": ("active_days", "activity_rate", "activity_momentum", "orders"),
    "rhythm": ("gap_",),
    "spending": ("spend", "order_value", "line_largest", "lines_per", "items_per"),
    "assortment": ("categor", "product"),
    "discounts": ("discount",),
    "returns": ("return", "days_since_return"),
    "channel": ("channel",),
    "hours": ("weekend", "evening", "morning"),
    "e-mail": ("email", "days_since_email"),
    "visits": ("visits", "days_since_visit", "pages_per", "engagements", "days_since_engagement"),
    "cart": ("cart", "days_since_cart"),
    "coupons": ("coupon", "days_since_coupon"),
    "points": ("points",),
    "service": ("ticket", "days_since_ticket"),
    "satisfaction": ("nps", "csat"),
    "reviews": ("reviews", "stars", "days_since_review"),
    "advocacy": (
        *("referral", "share", "days_since_referral"),
        *("days_since_share", "days_since_advocacy"),
    ),
    "tenure": ("tenure", "active_since", "activity_span"),
    "origin": ("came_by",),
}
"""Beginnings of features' names, by topic."""

WITHOUT_ORDERS = {
    "days_since_engagement": "silence",
    "engagements": "frequency",
    "engagements_trend": "frequency",
}
"""Where engagement is the activity itself, its features measure the same as those of activity.

A model leaves out columns that repeat another one: there, `days_since_engagement` is the silence.
"""

OF_ACTIVITY = {
    "site_visited": ("visits", "days_since_visit"),
    "app_opened": ("visits", "days_since_visit"),
    "reviewed": ("reviews", "days_since_review"),
}
"""How features begin that count, and what dates, some kinds of engagement; others are named.

Where such a kind is the activity, they measure how often customers were active, and when last.
"""

QUOTED_FIRST = {
    "silence": ("days_since_order", "silence_days"),
    "frequency": ("orders", "orders_total"),
    "rhythm": ("gap_usual", "gap_last", "gap_longest"),
    "spending": ("spend", "spend_total", "order_value", "order_value_usual"),
    "assortment": ("categories", "categories_new", "products"),
    "e-mail": ("emails_opened", "email_open_rate", "days_since_email_opened"),
    "visits": ("visits", "days_since_visit"),
    "cart": ("carts", "cart_since_order", "days_since_cart"),
    "coupons": ("coupons", "days_since_coupon"),
    "points": ("points_earned", "points_redeemed", "points_balance"),
    "service": ("tickets", "tickets_pending", "days_since_ticket"),
    "reviews": ("reviews", "stars_last", "stars_mean"),
    "advocacy": ("referrals", "referrals_ever", "shares", "days_since_advocacy"),
    "tenure": ("tenure", "active_since_days"),
}
"""Features that say a topic best, in words a marketer uses; they are quoted before their siblings.

Without an entry, any plain number is.
"""

NOT_PLAIN = frozenset(
    {
        *("activity_rate", "spend_rate", "spend_faded", "spend_faded_slowly"),
        *("silence_over_tenure", "overdue"),
    }
)
"""Features in plain units that nobody reads easily.

Rates say too much of whoever is new: one order a week ago is four a month. Nobody has spent what
fades, and "0% of the time since the first order" needs thought where days need none.
"""

LATE_IS_WORSE = frozenset(
    {
        *("silence_days", "silence_over_horizon", "silence_over_tenure", "silence_over_gap_mean"),
        *("silence_over_gap_longest", "silence_beyond_gaps", "overdue", "days_since_order"),
        *("days_since_engagement", "days_since_visit", "days_since_cart", "days_since_coupon"),
        *("days_since_email_opened", "days_since_email_clicked"),
    }
)
MORE_IS_BETTER = frozenset(
    {
        *("active_days", "active_days_in", "active_days_faded_fast", "active_days_faded"),
        *("active_days_trend", "active_days_season", "activity_momentum", "orders", "orders_trend"),
        *("spend", "spend_faded", "spend_trend", "spend_season", "categories", "categories_trend"),
        *("categories_new", "products", "emails_opened", "emails_clicked", "email_open_rate"),
        *("email_click_rate", "email_clicks_of_opened", "email_open_trend", "visits"),
        *("visits_faded_fast", "visits_faded", "visits_trend", "carts", "coupons", "points_earned"),
        *("engagements", "engagements_trend"),
    }
)
"""Features of which everybody would say which way they point: late and less is worse.

An order of yesterday that is said to raise the risk, because of what the model takes it together
with, explains nothing to anybody. What lies long ago points either way: whoever ordered often and
has been silent since is gone.
"""

SINCE_THE_ONLY_DAY = frozenset({"active_since_days", "activity_span"})
"""Features that say nothing but how long it is ago, of whoever was active on one day only."""

NOT_FOR_PEOPLE = frozenset({"silence_beyond_gaps", "silence_over_horizon", "gap_usual_log"})
"""Features that no sentence makes plain: standard deviations, horizons, logarithms."""

SILENT, FREQUENCY = "silence", "frequency"
IMPLIED_BY_SILENCE = frozenset({"frequency", "spending"})
"""Topics in which nothing for some days goes without saying after a silence that is longer."""

BACKGROUND = frozenset({"tenure", "origin", "hours", "channel"})
"""Topics that nobody can act on: said when they matter much more than what can be."""

BACKGROUND_WEIGHT = 0.5
"""What the effect of a topic that nobody can act on counts for, when three are chosen."""


@cache  # a bundle has a few hundred, and every customer scored live asks for all of them
def topic(feature: str) -> str:
    """Return what a feature is about: a topic, or its own name where none fits.

    Parameters
    ----------
    feature : str
        A feature's name without its window, as in `Column.group`.

    Examples
    --------
    >>> topic("silence_over_gap_mean"), topic("kind:wished_count"), topic("my_own")
    ('silence', 'kind:wished', 'my_own')
    """
    if feature.startswith("kind:"):
        return re.sub("_(count|days_since|value|total)$", "", feature)
    for name, beginnings in PREFIXES.items():
        if feature.startswith(beginnings):
            return name
    return feature


@dataclass(frozen=True)
class Topics:
    """What a model's features are about.

    Parameters
    ----------
    codes : tuple of n_topics str
    belongs : float64 array of shape (n_features, n_topics)
        1 where a feature is about a topic.
    about : int64 array of shape (n_features,)
        Each feature's topic.
    members : tuple of n_topics int64 arrays
        Positions of each topic's features.
    weights : float64 array of shape (n_topics,)
        What a topic's effect counts for when few are chosen.
    plainness : int64 array of shape (n_features,)
        3 for days of silence, which all else on it is made of, 2 for a feature that speaks for its
        topic, 1 for a plain number, 0 for what needs thought, -1 for what is not for people.
    better : int64 array of shape (n_features,)
        1 where everybody expects more to be better, -1 where less, 0 where nobody can tell.
    """

    codes: tuple[str, ...]
    belongs: Floats
    about: Integers
    members: tuple[Integers, ...]
    weights: Floats
    plainness: Integers
    better: Integers

    def strongest(self, push: Floats) -> Floats:
        """Return the largest push of each topic's features, shape (n, n_topics).

        Parameters
        ----------
        push : float64 array of shape (n, n_features)
        """
        return np.column_stack([push[:, members].max(axis=1) for members in self.members])


# A bundle's models share their features: sorting them costs more than scoring one customer.
@lru_cache(maxsize=16)
def topics_of(
    features: tuple[tuple[str, str], ...], *, once: bool = False, activity: str | None = None
) -> Topics:
    """Return the topics of some features.

    Parameters
    ----------
    features : tuple of (str, str)
        Each feature's name without its window, and its unit.
    once : bool
        Whether the customers were active on one day only: how often they were active lately
        follows from how long they have been silent.
    activity : str or None
        The kind of engagement that keeps customers active; None for orders.
    """
    ordered = any(group == "days_since_order" for group, _ in features)
    instead = {} if ordered else dict(WITHOUT_ORDERS)
    if activity is not None:
        named = f"kind:{activity}_count", f"kind:{activity}_days_since"
        counted, dated = OF_ACTIVITY.get(activity, named)
        own = {group for group, _ in features if group.startswith(counted)}
        instead |= {**dict.fromkeys(own, FREQUENCY), dated: SILENT}
    about = [instead.get(group) or topic(group) for group, _ in features]
    plain = [_plainness(group, unit, instead.get(group)) for group, unit in features]
    for at, (group, _) in enumerate(features):
        if once and (about[at] == FREQUENCY or group in SINCE_THE_ONLY_DAY):
            about[at], plain[at] = SILENT, min(1, plain[at])
    codes = tuple(dict.fromkeys(about))
    belongs = np.array([[own == code for code in codes] for own in about], float)
    return Topics(
        codes,
        belongs,
        np.argmax(belongs, axis=1),
        tuple(np.flatnonzero(belongs[:, g]) for g in range(len(codes))),
        np.array([BACKGROUND_WEIGHT if code in BACKGROUND else 1.0 for code in codes]),
        np.array(plain),
        np.array([better(g, unit, code) for (g, unit), code in zip(features, about, strict=True)]),
    )


def better(feature: str, unit: str, code: str) -> int:
    """Return 1 where everybody expects more of a feature to be better, -1 where less, else 0.

    Parameters
    ----------
    feature, unit : str
        Without its window, as in `Column.group`; what it counts.
    code : str
        The topic that it speaks for.
    """
    late = feature in LATE_IS_WORSE or (code == SILENT and unit == "days")
    return (feature in MORE_IS_BETTER) - late


def _plainness(group: str, unit: str, instead: str | None) -> int:
    if group in NOT_FOR_PEOPLE:
        return -1
    spokesman = group in QUOTED_FIRST.get(topic(group), ()) or instead == SILENT
    if spokesman:
        return 3 if SILENT in (instead, topic(group)) else 2
    return int(unit != "ratio" and group not in NOT_PLAIN)
