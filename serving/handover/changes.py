"""The fields that a tool has of a customer, and which of them changed since the last hand-over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

Fields = Mapping[str, Any]

TOOL_FIELDS: Mapping[str, Mapping[str, str]] = {
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


def fields_of(kind: str, members: pa.Table, members_only: bool) -> dict[str, dict[str, Any]]:
    """Return what a tool is to know of the members to contact, by customer id.

    Reasons of `members` are sentences. Probabilities are rounded to two decimals, so that a change
    too small to act on is none. Whoever is held out is left out. With `members_only`, a tool is
    told no more than that they are on the list.
    """
    return {
        row["customer_id"]: {"listed": True} if members_only else dict(_fields(kind, row))
        for row in members.to_pylist()
        if row["contact"] == "yes"
    }


def _fields(kind: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "listed", True
    for column, name in TOOL_FIELDS[kind].items():
        value = row[column]
        if value is not None:
            yield name, round(value, 2) if isinstance(value, float) else value
    if row["reasons"]:
        yield "reason", row["reasons"][0][:LONGEST_TEXT]


def one_per_key(known: Mapping[str, tuple[str, Fields]]) -> dict[str, tuple[str, Fields]]:
    """Return the first of those customers who share an address, and so are one person to a tool.

    Parameters
    ----------
    known : mapping of str to (key, fields)
        By customer id, best first.

    Examples
    --------
    >>> one_per_key({"a": ("A", {"tier": "high"}), "b": ("A", {"tier": "low"})})
    {'a': ('A', {'tier': 'high'})}
    """
    first: dict[str, str] = {}
    for customer, (key, _) in known.items():
        first.setdefault(key, customer)
    return {customer: known[customer] for customer in first.values()}


def changes(
    before: Mapping[str, tuple[str, Fields]],
    now: Mapping[str, tuple[str, Fields]],
    full: bool,
) -> Iterator[Change]:
    """Yield what is new, in the list's order; then those who left, their fields cleared.

    Customers are matched by key: an address has not left where another customer has it now.

    Parameters
    ----------
    before, now : mapping of str to (key, fields)
        By customer id, what the tool was told before and is to know now; keys are distinct
        (`one_per_key`).
    full : bool
        Whether to repeat what the tool knows already.

    Examples
    --------
    >>> before = {"a": ("A", {"listed": True, "tier": "high"}), "b": ("B", {"listed": True})}
    >>> now = {"a": ("A", {"listed": True, "tier": "medium"})}
    >>> for change in changes(before, now, full=False):
    ...     change.key, change.fields
    ('A', {'tier': 'medium'})
    ('B', {'listed': None})
    """
    old, wanted = dict(before.values()), dict(now.values())
    for key, fields in wanted.items():
        known = old.get(key, {})
        gone = dict.fromkeys(name for name in known if name not in fields)
        new = {name: value for name, value in fields.items() if full or known.get(name) != value}
        if new or gone:
            yield Change(key, {**new, **gone}, True)
    for key, known in old.items():
        if key not in wanted:
            yield Change(key, dict.fromkeys(known), False)
