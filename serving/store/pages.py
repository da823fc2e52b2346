"""Lists from a run: who belongs, in which order, a page at a time.

A page continues after the last row of the one before (its value and position), so that the last
page of a million costs what the first does, and a run never changes under it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select

from serving.records.conditions import Condition
from serving.store.tables import attributes, facets, records

SORTS: Mapping[str, tuple[str, ...]] = {
    "at-risk": (
        "value_at_risk",
        "extended_value_at_risk",
        "churn_probability",
        "expected_spend",
    ),
    "win-back": ("return_probability",),
    # Never by review_probability: platforms forbid asking only those who would praise.
    "advocates": ("advocate_probability", "refer_probability", "share_probability"),
}
"""Each list's sort columns, all descending; the first is the usual one."""

ASKED = {
    "at-risk": "churn_probability",
    "win-back": "return_probability",
    "advocates": "advocate_probability",
}
"""A list's members were asked this outcome: its column is not null for them."""


@dataclass(frozen=True)
class Query:
    """Which list, of whom, in which order.

    Parameters
    ----------
    kind : str
        A key of ``SORTS``.
    sort : str
        One of the list's sort columns; who has none is left out.
    one_of : mapping of str to sequence of str
        Facet to the values that fit, for instance ``{"risk_tier": ["high"]}``.
    at_least : mapping of str to float
        Facet to its lowest value, inclusive.
    where : tuple of Condition
        What attributes must be.
    """

    kind: str
    sort: str
    one_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()

    @property
    def outcome(self) -> str:
        """The outcome that the list is about."""
        return ASKED[self.kind].removesuffix("_probability")

    def members(self) -> ColumnElement[bool]:
        """Return the condition of belonging: asked, may be contacted, fits the filters."""
        parts = [
            facets.c[ASKED[self.kind]].is_not(None),
            facets.c[self.sort].is_not(None),
            facets.c.contact == "yes",
        ]
        parts += [facets.c[name].in_(fits) for name, fits in self.one_of.items() if fits]
        parts += [facets.c[name] >= lowest for name, lowest in self.at_least.items()]
        parts += map(_holds, self.where)
        return and_(*parts)

    def page(self, limit: int, after: tuple[float, int] | None) -> Select[Any]:
        """Return the statement of a page: position, sort value, record and its reasons.

        `after` are the sort value and the position of the last row before.
        """
        key = facets.c[self.sort]
        statement = (
            select(facets.c.position, key.label("key"), records.c.record, records.c.told)
            .join_from(facets, records, facets.c.position == records.c.position)
            .where(self.members())
            .order_by(key.desc(), facets.c.position)
            .limit(limit)
        )
        if after is None:
            return statement
        value, position = after
        # The first condition alone lets the index be used.
        rest = or_(key < value, facets.c.position > position)
        return statement.where(key <= value, rest)

    def count(self) -> Select[int]:
        """Return the statement that counts the members."""
        return select(func.count()).select_from(facets).where(self.members())


_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _holds(condition: Condition) -> ColumnElement[bool]:
    """Return the condition of those who have an attribute like that; nobody, if no run knows it."""
    compared = _COMPARED.get(condition.op)
    if compared:
        fits = compared(attributes.c.number, condition.number)
    else:
        fits = attributes.c.value == condition.value
        if condition.number is not None:  # 3 is 3.0
            fits = or_(fits, func.coalesce(attributes.c.number == condition.number, false()))
        fits = not_(fits) if condition.op == "!=" else fits
    named = attributes.c.name == condition.name
    return facets.c.position.in_(select(attributes.c.position).where(named, fits))
