"""What a tool is told of a customer, and what of it is new since the last time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

Fields = Mapping[str, Any]

TOLD: Mapping[str, Mapping[str, str]] = {
    "at-risk": {
        "churn_probability": "probability",
        "risk_tier": "tier",
        "value_at_risk": "value",
    },
    "win-back": {"return_probability": "probability"},
    "advocates": {
        "advocate_probability": "probability",
        "refer_probability": "refer",
        "share_probability": "share",
    },
}
"""List to the columns that a tool is told, and their names there. Each list has its own, so that
leaving one clears nothing of another."""

LONGEST_TEXT = 255
"""Characters of a text: what the strictest tool takes."""


@dataclass(frozen=True)
class Change:
    """What is new of one customer.

    Parameters
    ----------
    key : str
        By which the tool knows them.
    fields : mapping of str to value
        To be set; None clears a field.
    listed : bool
        Whether they are on the list now.
    """

    key: str
    fields: Fields
    listed: bool

    @property
    def to_set(self) -> Fields:
        """Return the fields with a value."""
        return {name: value for name, value in self.fields.items() if value is not None}

    @property
    def to_clear(self) -> Fields:
        """Return the fields without one."""
        return {name: value for name, value in self.fields.items() if value is None}


def told(kind: str, members: pa.Table, members_only: bool = False) -> dict[str, dict[str, Any]]:
    """Return what a tool is to know of the members to contact, by customer id.

    Probabilities in hundredths, so that a change too small to act on is none. Who is held out is
    not named.

    Parameters
    ----------
    kind : {"at-risk", "win-back", "advocates"}
    members : Arrow table
        Of the list that was drawn, its reasons as sentences.
    members_only : bool
        Whether to say only that they are on the list.
    """
    return {
        row["customer_id"]: {"listed": True} if members_only else dict(_fields(kind, row))
        for row in members.to_pylist()
        if row["contact"] == "yes"
    }


def _fields(kind: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "listed", True
    for column, name in TOLD[kind].items():
        value = row[column]
        if value is not None:
            yield name, round(value, 2) if isinstance(value, float) else value
    if row["reasons"]:
        yield "reason", row["reasons"][0][:LONGEST_TEXT]


def one_each(known: Mapping[str, tuple[str, Fields]]) -> dict[str, tuple[str, Fields]]:
    """Return of several customers whom a tool knows as one person, with one address, the first.

    Parameters
    ----------
    known : mapping of str to (key, fields)
        By customer id, best first.

    Examples
    --------
    >>> one_each({"a": ("A", {"tier": "high"}), "b": ("A", {"tier": "low"})})
    {'a': ('A', {'tier': 'high'})}
    """
    first: dict[str, str] = {}
    for customer, (key, _) in known.items():
        first.setdefault(key, customer)
    return {customer: known[customer] for customer in first.values()}


def changes(
    before: Mapping[str, tuple[str, Fields]],
    now: Mapping[str, tuple[str, Fields]],
    full: bool = False,
) -> Iterator[Change]:
    """Yield what is new, in the list's order; then those who left, their fields cleared.

    Who left is told by key: an address that another customer is listed by now has not left.

    Parameters
    ----------
    before, now : mapping of str to (key, fields)
        Customer id to what the tool was told before, and is to know now; a key is one customer's
        (`one_each`).
    full : bool
        Whether to repeat what the tool knows already.

    Examples
    --------
    >>> before = {"a": ("A", {"listed": True, "tier": "high"}), "b": ("B", {"listed": True})}
    >>> now = {"a": ("A", {"listed": True, "tier": "medium"})}
    >>> for change in changes(before, now):
    ...     change.key, change.fields
    ('A', {'tier': 'medium'})
    ('B', {'listed': None})
    """
    told, wanted = dict(before.values()), dict(now.values())
    for key, fields in wanted.items():
        known = told.get(key, {})
        gone = dict.fromkeys(name for name in known if name not in fields)
        new = {name: value for name, value in fields.items() if full or known.get(name) != value}
        if new or gone:
            yield Change(key, {**new, **gone}, True)
    for key, known in told.items():
        if key not in wanted:
            yield Change(key, dict.fromkeys(known), False)
