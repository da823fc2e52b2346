"""Implied: which reasons follow from others, and are one reason with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from features.catalogue import Column
from features.expressions.expression import Aggregate
from features.expressions.trees import walk
from serving.explanations.claims import WORTH_SAYING
from serving.explanations.reasons import IN_COMMON, Reason
from serving.explanations.topics import FREQUENCY, IMPLIED_BY_SILENCE, SILENT

FACTS_IN_DAYS = ("days_since_activity", "days_since_first_activity")
LIFE = frozenset({*FACTS_IN_DAYS, SILENT, "visits", "tenure"})
"""What reasons are about whose days count from one sign of life, where they are as many."""

YEAR = 360
"""Days of the twelve months whose activity tells similar customers apart."""


def merged(reasons: Sequence[Reason], columns: Mapping[str, Column]) -> list[Reason]:
    """Return reasons of which none follows from another; one that does adds to its effect.

    A customer whose last order was 46 days ago had no orders and spent nothing in the last 30, and
    none of the year's orders fell there; where the last visit was the last sign of life, only one
    of the two is kept. Told apart, the halves of one fact may even contradict each other.
    """
    counted = {reason.value for reason in reasons if reason.code == FREQUENCY}
    reasons = [r for r in reasons if r.code != IN_COMMON or r.value not in counted]
    quiet = [_quiet(reason, columns) for reason in reasons]
    days = [_days_ago(reason, columns) for reason in reasons]
    kept: dict[int, int] = {}
    added: dict[int, float] = {}
    for at in sorted(range(len(reasons)), key=lambda at: -quiet[at].days):
        told = (
            other
            for other in kept
            if quiet[other].implies(reasons[at], columns)
            or (days[at] is not None and days[at] == days[other])
        )
        stands_for = next(told, at)
        kept[stands_for] = min(at, kept.get(stands_for, at))
        if stands_for != at and reasons[at].code != IN_COMMON:  # which compares with everybody
            added[stands_for] = added.get(stands_for, 0.0) + reasons[at].effect
    for at, more in added.items():
        effect = reasons[at].effect + more
        if reasons[at].effect and abs(effect) < WORTH_SAYING:
            kept.pop(at)
        reasons[at] = replace(reasons[at], effect=effect)
    return [reasons[at] for at in sorted(kept, key=kept.__getitem__)]


@dataclass(frozen=True)
class _Quiet:
    """For how many days a reason says that nothing happened, and in which tables."""

    days: float = 0.0
    tables: frozenset[str] = frozenset()

    def implies(self, reason: Reason, columns: Mapping[str, Column]) -> bool:
        """Whether the reason says of a shorter time that there was nothing."""
        column = columns.get(reason.column)
        if column is None or reason.value or not self.days:
            return False
        looked = [span for table, span in looks_back(column) if table in self.tables]
        if reason.code in (SILENT, *IMPLIED_BY_SILENCE):
            looked.append(column.window.days)
        if reason.code == IN_COMMON:
            looked.append(YEAR)
        return any(span is not None and span <= self.days for span in looked)


def _quiet(reason: Reason, columns: Mapping[str, Column]) -> _Quiet:
    column = columns.get(reason.column)
    if column is None or reason.code not in (SILENT, *IMPLIED_BY_SILENCE):
        return _Quiet()
    if reason.code == SILENT and column.unit == "days":
        days = reason.value
    else:
        days = None if reason.value else column.window.days
    return _Quiet(days or 0.0, frozenset(table for table, _ in looks_back(column)))


@lru_cache(maxsize=4096)
def looks_back(column: Column) -> tuple[tuple[str, int | None], ...]:
    """Return which tables a column looks at, and how many days back; None for all time."""
    looked = [node for node in walk(column.expression) if isinstance(node, Aggregate)]
    starts = [node.span.start if node.span else None for node in looked]
    return tuple(
        (node.table, -start if isinstance(start, int) else column.window.days)
        for node, start in zip(looked, starts, strict=True)
    )


def _days_ago(reason: Reason, columns: Mapping[str, Column]) -> str | None:
    """Return how many days ago somebody was active, as it is told; None of what says no such."""
    column = columns.get(reason.column)
    plain = reason.code in FACTS_IN_DAYS or (column is not None and column.unit == "days")
    if reason.code not in LIFE or not plain or reason.value is None:
        return None
    return f"{reason.value:.0f}"
