"""What each outcome asks, in words, as card and report put it."""

from __future__ import annotations

from collections.abc import Mapping

from features.units import count_of

QUESTIONS: Mapping[str, str] = {
    "churn": "will be inactive for",
    "return": "lapsed, will be active again within",
    "refer": "will refer a friend within",
    "share": "will share the brand within",
    "review": "will leave a positive review within",
    "advocate": "will do any of the three within",
    "spend": "the money that whoever stays spends within",
}


def question(outcome: str, days: int, event: str | None = None) -> str:
    """Return what is asked of a customer.

    Parameters
    ----------
    outcome : str
        One of `training.snapshots.outcomes.NAMES`.
    days : int
        The horizon.
    event : str, optional
        What churn is called where it is an event.

    Examples
    --------
    >>> question("refer", 90), question("churn", 30, "cancelled")
    ('will refer a friend within 90 days', 'will have the event cancelled within 30 days')
    """
    by_event = outcome == "churn" and event
    said = f"will have the event {event} within" if by_event else QUESTIONS[outcome]
    return f"{said} {count_of(days, 'day')}"
