"""Who shops here: tempers, which a customer is born with, and moods, which come and go.

All the numbers of the made-up shop that someone might want to turn are on this page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.sample.draws import Floats

MOODS = ("looking", "content", "fan", "annoyed", "drifting", "gone")
LOOKING, CONTENT, FAN, ANNOYED, DRIFTING, GONE = range(len(MOODS))
FIRST_MOODS = (0.55, 0.45, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Temper:
    """What stays the same about a customer.

    Parameters
    ----------
    name : str
    share : float
        Of all customers.
    orders_a_year : float
        While content.
    fickle, warm, talkative : float
        Multiply the rates of drifting away, of becoming a fan, and of referring and reviewing.
    baskets : tuple of float
        Shares of small, medium and large baskets.
    discounted : float
        Share of orders at a reduced price.
    voucher : float
        Multiplies the rate of orders while a voucher is valid; below 1 it does harm.
    """

    name: str
    share: float
    orders_a_year: float
    fickle: float
    warm: float
    talkative: float
    baskets: tuple[float, float, float]
    discounted: float
    voucher: float


TEMPERS = (
    Temper("steady", 0.28, 11, 0.7, 1.0, 1.0, (0.40, 0.45, 0.15), 0.15, 1.05),
    Temper("devoted", 0.12, 18, 0.4, 2.0, 1.8, (0.30, 0.45, 0.25), 0.05, 0.85),
    Temper("bargain hunter", 0.22, 9, 1.2, 0.5, 0.5, (0.65, 0.30, 0.05), 0.70, 2.00),
    Temper("restless", 0.20, 14, 2.2, 0.8, 1.3, (0.45, 0.40, 0.15), 0.30, 1.30),
    Temper("occasional", 0.18, 6, 0.7, 1.0, 0.7, (0.20, 0.40, 0.40), 0.10, 1.10),
)

# Chances a day of moving from the row's mood to the column's. Tempers and the calendar multiply
# some of them.
MOVES = np.array(
    [
        # looking content  fan     annoyed drifting gone
        [0.0000, 0.0150, 0.0000, 0.0000, 0.0000, 0.0080],
        [0.0000, 0.0000, 0.0024, 0.0000, 0.0038, 0.0000],
        [0.0000, 0.0040, 0.0000, 0.0000, 0.0010, 0.0000],
        [0.0000, 0.0200, 0.0000, 0.0000, 0.0000, 0.0160],
        [0.0000, 0.0100, 0.0000, 0.0000, 0.0000, 0.0120],
        [0.0000, 0.0010, 0.0000, 0.0000, 0.0000, 0.0000],
    ]
)
TROUBLE_ANNOYS = (0.3, 0.65, 0.35, 0.8, 0.5, 0.0)
"""Chance that the day of a ticket ends in annoyance, by mood."""
REMINDER_DRIVES_OFF = 2.5
"""A reminder multiplies the chance that the annoyed and the drifting leave: it does harm."""
ASKING_HELPS = 4.0
"""Being asked multiplies the rate of what was asked for."""

# Rates a day, by mood.   looking content  fan     annoyed drifting gone
ORDERS_BY_MOOD = (0.0, 1.0, 1.3, 0.35, 0.22, 0.0)  # times the temper's own rate
VISITS = (0.090, 0.0450, 0.0700, 0.0350, 0.0200, 0.0040)
APP_OPENINGS = (0.010, 0.0220, 0.0500, 0.0140, 0.0090, 0.0015)
CARTS = (0.015, 0.0150, 0.0180, 0.0080, 0.0040, 0.0002)
TICKETS = (0.0005, 0.0025, 0.0020, 0.0200, 0.0020, 0.0001)
REVIEWS = (0.0, 0.0010, 0.0034, 0.0020, 0.0004, 0.0)  # times talkative
REFERRALS = (0.0, 0.00025, 0.0017, 0.00002, 0.00005, 0.0)  # times talkative
SURVEYS = (0.0, 0.0060, 0.0090, 0.0070, 0.0020, 0.0)
SHARE_RATE = 0.00022
"""Rate a day of sharing the brand: everyone's on every day, so that nothing can predict it."""

# What a happening is like, by mood: a row per mood, shares that add up to 1.
STARS = np.array(
    [
        [0.20, 0.20, 0.20, 0.20, 0.20],
        [0.03, 0.07, 0.20, 0.40, 0.30],
        [0.01, 0.01, 0.03, 0.25, 0.70],
        [0.45, 0.30, 0.15, 0.07, 0.03],
        [0.10, 0.20, 0.35, 0.25, 0.10],
        [0.20, 0.20, 0.20, 0.20, 0.20],
    ]
)
ANSWERS = np.array(  # to "would you recommend us?": detractor, passive, promoter
    [
        [0.30, 0.40, 0.30],
        [0.15, 0.50, 0.35],
        [0.02, 0.13, 0.85],
        [0.75, 0.20, 0.05],
        [0.40, 0.45, 0.15],
        [0.30, 0.40, 0.30],
    ]
)
AFTER_TICKET = np.array(  # no answer, dissatisfied (1 or 2), satisfied (3 to 5)
    [
        [0.60, 0.15, 0.25],
        [0.55, 0.15, 0.30],
        [0.45, 0.10, 0.45],
        [0.50, 0.40, 0.10],
        [0.70, 0.15, 0.15],
        [0.80, 0.10, 0.10],
    ]
)
NEWSLETTERS = np.array(  # ignored, opened, clicked, unsubscribed
    [
        [0.600, 0.300, 0.095, 0.005],
        [0.620, 0.280, 0.098, 0.002],
        [0.380, 0.380, 0.239, 0.001],
        [0.760, 0.190, 0.020, 0.030],
        [0.820, 0.140, 0.030, 0.010],
        [0.920, 0.065, 0.007, 0.008],
    ]
)

CONTACTED, TREATED = 0.40, 0.70
"""Shares: of the contactable, drawn for a campaign; of those drawn, in its treated arm."""
ASKED = 0.85
"""Share of the happy who are asked; the others are the ask's control arm."""


def by_temper(attribute: str) -> Floats:
    """Return one attribute of all tempers, shape (tempers,) or (tempers, ...)."""
    return np.array([getattr(temper, attribute) for temper in TEMPERS], dtype=np.float64)
