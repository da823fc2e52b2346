"""What each outcome asks and of whom, in words, as card and report put it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from features.sections import Churn
from features.units import count_of
from training.bundle.advocacy import ACTS

QUESTIONS: Mapping[str, str] = {
    "refer": "will refer a friend within",
    "share": "will share the brand within",
    "review": "will leave a positive review within",
    "spend": "the money that whoever stays spends within",
}


def question(outcome: str, days: int, churn: Churn, known: Collection[str] = ACTS) -> str:
    """Return what is asked of a customer.

    Parameters
    ----------
    outcome : str
        One of `training.snapshots.outcomes.NAMES`.
    days : int
        The horizon.
    churn : Churn
        What keeps customers alive, and what ends it.
    known : collection of str
        Outcomes that the history carries.

    Examples
    --------
    >>> question("refer", 90, Churn()), question("churn", 90, Churn())
    ('will refer a friend within 90 days', 'will not order for 90 days')
    >>> question("churn", 30, Churn(event="cancelled"))
    'will have the event cancelled within 30 days'
    >>> question("return", 28, Churn(activity="app_opened"))
    'lapsed, will have app_opened again within 28 days'
    >>> question("advocate", 90, Churn())
    'will do any of the three within 90 days'
    >>> question("advocate", 90, Churn(), ["refer"])
    'will refer (the others of the three are not known) within 90 days'
    """
    kind = churn.activity
    if outcome == "churn" and churn.event:
        said = f"will have the event {churn.event} within"
    elif outcome == "churn":
        said = f"will not have {kind} for" if kind else "will not order for"
    elif outcome == "return":
        said = f"lapsed, will {f'have {kind}' if kind else 'order'} again within"
    elif outcome == "advocate":
        acts = [act for act in ACTS if act in known]
        few = f"{' or '.join(acts)} (the others of the three are not known)"
        said = f"will {'do any of the three' if len(acts) == len(ACTS) else few} within"
    else:
        said = QUESTIONS[outcome]
    return f"{said} {count_of(days, 'day')}"


def asked(churn: Churn) -> str:
    """Return of whom outcomes are asked.

    >>> asked(Churn(activity="app_opened", active_days=28))
    'customers with app_opened in the 28 days before'
    >>> asked(Churn(event="cancelled"))
    'customers who ordered in the 365 days before (churn: of those still subscribed)'
    """
    did = f"with {churn.activity}" if churn.activity else "who ordered"
    still = " (churn: of those still subscribed)" if churn.event else ""
    return f"customers {did} in the {count_of(churn.active_days, 'day')} before{still}"
