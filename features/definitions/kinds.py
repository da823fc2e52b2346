"""Columns of engagement kinds that the catalogue does not name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from features.catalogue import Column
from features.clock import Window
from features.contract import Engagement

PREFIX = "kind:"
"""What the names of their columns begin with."""


def value_of(kind: str) -> str:
    """Return what a kind's values are called among the fields that hold something."""
    return f"engagement.value:{kind}"


def columns(kinds: Iterable[str], fields: Iterable[str] | None = None) -> tuple[Column, ...]:
    """Return counts and a recency of each kind, and of its values where `fields` say it has any."""
    filled = None if fields is None else frozenset(fields)
    made: list[Column] = []
    for kind in kinds:
        made.extend(_of_rows(kind))
        if filled is None or value_of(kind) in filled:
            made.extend(_of_values(kind))
    return tuple(made)


def _of_rows(kind: str) -> Iterator[Column]:
    rows, name, words = Engagement().kind(kind), f"{PREFIX}{kind}", _words(kind)
    for days in (30, 90, 365):
        yield Column(
            name=f"{name}_count_{days}d",
            expression=rows.count(),
            window=Window.before(days),
            unit="times",
            description=f"Rows of the kind {kind}.",
            reason=f"{words} {{value}} in the last {{window}}",
            group=f"{name}_count",
        )
    yield Column(
        name=f"{name}_days_since",
        expression=rows.days_since_last(),
        unit="days",
        description=f"Days since the last row of the kind {kind}.",
        reason=f"last {words} {{value}} ago",
        group=f"{name}_days_since",
        missing=f"{words} not once so far",
    )


def _of_values(kind: str) -> Iterator[Column]:
    values, name, words = Engagement().kind(kind).value, f"{PREFIX}{kind}", _words(kind)
    yield Column(
        name=f"{name}_value_365d",
        expression=values.mean(),
        window=Window.before(365),
        unit="count",
        description=f"Mean value of the kind {kind}.",
        reason=f"{words} comes to {{value}} on average in the last {{window}}",
        group=f"{name}_value",
        missing=f"no value of {words} in the last {{window}}",
    )
    yield Column(
        name=f"{name}_total_365d",
        expression=values.sum(),
        window=Window.before(365),
        unit="count",
        description=f"Values of the kind {kind}, added up.",
        reason=f"{words} adds up to {{value}} in the last {{window}}",
        group=f"{name}_total",
    )


def _words(kind: str) -> str:
    """Return a kind in words, with braces escaped for a template."""
    return kind.replace("_", " ").replace("{", "{{").replace("}", "}}")
