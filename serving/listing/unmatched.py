"""Why conditions on attributes fit nobody: what the run knows in place of what they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from serving.records.conditions import Condition, number
from serving.store import RunReader

MOST_NAMED = 10
"""Values of an attribute that are named; one with more may tell who somebody is."""

UNKNOWN = "The published run knows no attribute {name} of customers; it knows {known}."
UNHELD = "No customer of the published run has {name} = {value}; {name} is one of {values}."


def unmatched(where: Sequence[Condition], reader: RunReader) -> Iterator[str]:
    """Yield which attributes, and which of their values, nobody in a run has."""
    known = reader.run.info.attributes
    for condition in dict.fromkeys(where):
        if condition.name not in known:
            yield UNKNOWN.format(name=condition.name, known=", ".join(known) or "none")
        elif condition.op == "=":
            values = reader.values(condition.name, MOST_NAMED + 1)
            if len(values) <= MOST_NAMED and not any(_is(value, condition) for value in values):
                one_of = ", ".join(values)
                yield UNHELD.format(name=condition.name, value=condition.value, values=one_of)


def _is(value: str, condition: Condition) -> bool:
    """Return whether a value is the condition's; 3 is 3.0."""
    as_number = condition.number
    return value == condition.value or (as_number is not None and number(value) == as_number)
