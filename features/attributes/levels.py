"""What attributes hold, and the features made of it: numbers, flags, and the levels of texts.

A number is a feature as it is, a flag as 0 or 1. A text becomes a flag for each of its most
frequent values in the history that is learnt from; the bundle keeps them, and a value that first
comes up later sets none of the flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from features.attributes.naming import KIND
from features.catalogue import Column
from features.clock import ENDLESS_DAYS
from features.contract import Attributes
from features.expressions.expression import Measure, measure
from features.money import LARGEST_AMOUNT
from features.resources.workspace import Workspace, literal

MOST_LEVELS = 10
"""Flags of a text."""

FEWEST = 20
"""Customers who share a value that a bundle names: it must not tell of anybody alone."""

MOST_VALUES = 1_000
"""Different values of a text beyond which it sorts nobody: an address, a remark."""


@dataclass(frozen=True)
class Values:
    """What an attribute held in some customers' histories.

    Parameters
    ----------
    rows, numbers, flags : int
        How many values there are, read as a number, and are ``true`` or ``false``.
    customers : mapping of str to int
        By value, how many customers ever had it; of more than `MOST_VALUES`, some.
    """

    rows: int = 0
    numbers: int = 0
    flags: int = 0
    customers: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Values) -> Values:
        """Return the values of both parts; a customer is in one of them."""
        both = {
            value: self.customers.get(value, 0) + other.customers.get(value, 0)
            for value in {**self.customers, **other.customers}
        }
        return Values(
            self.rows + other.rows,
            self.numbers + other.numbers,
            self.flags + other.flags,
            dict(sorted(both.items())[: MOST_VALUES + 1]),
        )

    @property
    def type(self) -> str:
        """``number``, ``flag`` or ``text``: what all of its values are."""
        if self.numbers == self.rows:
            return "number"
        return "flag" if self.flags == self.rows else "text"

    @property
    def levels(self) -> tuple[str, ...]:
        """The values of a text that become flags, the most frequent first."""
        if self.type != "text" or len(self.customers) > MOST_VALUES:
            return ()
        shared = [value for value, customers in self.customers.items() if customers >= FEWEST]
        shared.sort(key=lambda value: (-self.customers[value], value))
        return tuple(shared[:MOST_LEVELS])

    def __str__(self) -> str:
        """Return what it is to a model, for a report."""
        if self.type != "text":
            return f"a {self.type}"
        if self.levels:
            return f"a text, by {', '.join(self.levels)}"
        if len(self.customers) > MOST_VALUES:
            return f"a text of more than {MOST_VALUES:,} values: it sorts nobody, and is left out"
        return f"a text without a value that {FEWEST} customers share: left out"


def uses(attributes: Mapping[str, bool], values: Mapping[str, Values]) -> dict[str, str]:
    """Return what each attribute serves for, by whether it has a history and what that holds."""
    found: dict[str, str] = {}
    for name, dated in attributes.items():
        if not dated:
            found[name] = "filters lists; without valid_from it feeds no model"
        elif name in values:
            found[name] = f"filters lists and feeds the model: {values[name]}"
        else:
            found[name] = "holds nothing before the end of the history"
    return found


def values_of(workspace: Workspace) -> dict[str, Values]:
    """Return what the attributes of a workspace hold (`features.cleaning.canonical`), by name."""
    padded = r"regexp_matches(detail, '^-?0\d')"
    flags = "lower(detail) IN ('true', 'false')"
    rows = workspace.rows(
        "SELECT kind, count(*) AS rows, "
        f"count(*) FILTER (value IS NOT NULL AND NOT ({flags}) AND NOT {padded}) AS numbers, "
        f"count(*) FILTER ({flags}) AS flags FROM attributes GROUP BY kind ORDER BY kind"
    )
    return {
        row["kind"].removeprefix(KIND): Values(
            row["rows"], row["numbers"], row["flags"], _customers(workspace, row["kind"])
        )
        for row in rows
    }


def _customers(workspace: Workspace, kind: str) -> dict[str, int]:
    # In the order of the values, so that parts of the customers add up to what all of them give.
    rows = workspace.rows(
        "SELECT detail, count(DISTINCT rank) AS n FROM attributes "
        f"WHERE kind = {literal(kind)} GROUP BY detail ORDER BY detail LIMIT {MOST_VALUES + 1}"
    )
    return {row["detail"]: row["n"] for row in rows}


def columns(values: Mapping[str, Values]) -> tuple[Column, ...]:
    """Return the features of some attributes, in the order of their names."""
    return tuple(column for name in sorted(values) for column in _columns(name, values[name]))


def _columns(name: str, values: Values) -> Iterator[Column]:
    rows, words = Attributes().named(name), name.replace("_", " ")
    if values.type == "number":
        meaning = f"What the shop knew of the {words}, as a number."
        yield _column(name, _number(rows), "count", f"{words} {{value}}", meaning)
    elif values.type == "flag":
        meaning = f"Whether the shop knew of the {words}, 0 or 1."
        yield _column(name, _number(rows), "flag", f"{words}: {{value}}", meaning)
    for level in values.levels:
        reason = f"{words} {{value}} {level.replace('{', '{{').replace('}', '}}')}"
        meaning = f"Whether the {words} was {level}, as far as the shop knew."
        yield _column(name, _is(rows, level), "state", reason, meaning, f"={level}")


def _column(
    name: str, expression: Measure, unit: str, reason: str, meaning: str, level: str = ""
) -> Column:
    words = name.replace("_", " ")
    return Column(
        name=f"{KIND}{name}{level}",
        expression=expression,
        unit=unit,
        description=meaning,
        reason=reason,
        group=f"{KIND}{name}",
        missing=f"nobody noted their {words}",
    )


def _number(rows: Attributes) -> Measure:
    """Return the latest value, null where it is none to count: an older one is not known now."""
    counted = rows.where(rows.value >= -LARGEST_AMOUNT)
    outdated = rows.days_since_last().below(counted.days_since_last())
    return rows.value.latest() / (measure(1) - outdated)


def _is(rows: Attributes, level: str) -> Measure:
    """Return 1 where the latest value is this one, 0 where it is another, null without any."""
    latest, this = rows.days_since_last(), rows.where(rows.text.equals(level)).days_since_last()
    return measure(1) - latest.below(this.fill(ENDLESS_DAYS))
