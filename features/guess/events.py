"""What the events of a shop's log are in our words, and which of them keeps a customer alive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from features.guess.matching import letters, words
from features.guess.names import EVENTS, PURCHASE_EVENTS
from features.resources.workspace import literal
from features.tables import KINDS

ANSWERS = ("nps", "csat", "reviewed")
"""Kinds whose rows must hold what customers answered."""


def match_kinds(events: Iterable[str], *, rated: bool) -> dict[str, str]:
    """Return the kinds with a meaning that events are, one event for each.

    An event log tells one visit by several events: only the likeliest stands for a kind, so that
    nothing is counted twice.

    A log is `rated` where it has stars: a review without them would be a bad row.

    Examples
    --------
    >>> match_kinds(["page_view", "Session Start", "add_to_cart", "zoom"], rated=False)
    {'Session Start': 'site_visited', 'add_to_cart': 'cart_added'}
    """
    listed = list(events)
    named = {letters(event): event for event in reversed(listed)}
    found = {}
    for kind in KINDS:
        known = kind in listed or (kind == "reviewed" and not rated)
        event = None if known else next((named[h] for h in _hints(kind) if h in named), None)
        if event is not None:
            found[event] = kind
    return found


def _hints(kind: str) -> list[str]:
    """Return what a kind with a meaning is called, as it is named here first."""
    return [letters(kind), *EVENTS.get(kind, "").split()]


def kinds_sql(column: str, meaning: Mapping[str, str]) -> str:
    """Return the SQL that reads a column of events in our words.

    Examples
    --------
    >>> kinds_sql("event", {"add_to_cart": "cart_added"})
    "case event when 'add_to_cart' then 'cart_added' else event end"
    """
    cases = " ".join(f"when {literal(a)} then {literal(b)}" for a, b in meaning.items())
    return f"case {column} {cases} else {column} end" if meaning else column


def kind_of_file(name: str) -> str | None:
    """Return the kind with a meaning that a file's name says its rows are.

    The longest of the name's words that says one counts. Answers and reviews are told by the
    values that they hold instead.

    Examples
    --------
    >>> [kind_of_file(name) for name in ("coupon_redemptions", "Support-Tickets 2024", "AppLogins")]
    ['coupon_redeemed', 'ticket_opened', 'app_opened']
    >>> [kind_of_file(name) for name in ("email_opens", "user_engagement", "product_reviews")]
    ['email_opened', None, None]
    """
    spoken = words(name)
    runs = {
        "".join(part)
        for begin, end in combinations(range(len(spoken) + 1), 2)
        for part in (spoken[begin:end], [word.removesuffix("s") for word in spoken[begin:end]])
    }
    matches = {
        hint: kind for kind in KINDS if kind not in ANSWERS for hint in _hints(kind) if hint in runs
    }
    return matches[max(matches, key=len)] if matches else None


def purchases(events: Iterable[str]) -> list[str]:
    """Return the events that are purchases."""
    names = PURCHASE_EVENTS.split()
    return [event for event in events if letters(event) in names]


def activity(kinds: tuple[str, ...]) -> str | None:
    """Return the kind that keeps customers alive in a service without orders."""
    preferred = [kind for kind in ("app_opened", "site_visited") if kind in kinds]
    living = [kind for kind in kinds if kind != "cancelled"]  # which ends what it is to keep
    known = [kind for kind in living if kind in KINDS and not kind.startswith("email")]
    return next(iter([*purchases(kinds), *preferred, *known, *living]), None)
