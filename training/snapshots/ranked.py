"""Ranked features: a customer's place among all who are asked at the same cutoff.

In a shop that is young, or that grows, everything drifts from cutoff to cutoff: how long customers
have been there, how often they bought, what they spent. A rank among those who are asked at the
same cutoff does not (`docs/decisions/0024-ranks.md`).
"""

from __future__ import annotations

from collections.abc import Sequence

RANKED = (
    "orders_total",
    "spend_total",
    "spend_365d",
    "spend_faded_slowly",
    "spend_rate",
    "active_days_365d",
    "active_days_ever",
    "active_days_faded_slowly",
    "silence_days",
    "active_since_days",
    "activity_span",
    "silence_over_tenure",
    "gap_usual",
    "gap_longest",
    "silence_over_gap_mean",
    "overdue",
    "activity_rate",
    "tenure",
)
"""How long, how often, how much and how recently: features with a rank, where a shop has them."""

MOST_ROWS = 20_000
"""Customers who tell the ranks of a cutoff, at most: to a third of a hundredth."""


def ranked(features: Sequence[str]) -> tuple[str, ...]:
    """Return which of some features have a rank.

    >>> ranked(["email_opens_90d", "tenure", "silence_days"])
    ('silence_days', 'tenure')
    """
    return tuple(name for name in RANKED if name in features)
