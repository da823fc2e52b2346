"""Which of a model's reasons are stored: at most three, and none that another implies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from features.catalogue import Column
from features.expression import Aggregate
from features.trees import walk
from serving.explanations.claims import MOST
from serving.explanations.reasons import Reason
from serving.explanations.sentences import Words
from serving.explanations.stored import PRIOR, StoredReason
from serving.explanations.topics import IMPLIED_BY_SILENCE, SILENT
from serving.languages.language import ENGLISH

UNITS_OF_FACTS = {
    "days_since_activity": "days",
    "days_since_first_activity": "days",
    "activity_days": "active days",
    "activity_periods": "months",
    "spend_ever": "money",
    "referred_ever": "friends",
    "shared_ever": "times",
    "reviewed_positive_ever": "count",
}
"""Units of the facts that a rule may rest on, and of those that define a stratum."""

NO_SILENCE: tuple[float, Column | None] = (0.0, None)


def select(reasons: Iterable[Reason], columns: Mapping[str, Column]) -> list[StoredReason]:
    """Return at most `MOST` reasons, ready to be stored.

    Parameters
    ----------
    reasons : iterable of Reason
        The most telling first.
    columns : mapping of str to Column
        The bundle's columns by name; a reason about a column it lacks, or about a fact that is
        not for people, such as the mean logarithm of gaps, is left out.
    """
    stored = (_stored(reason, columns) for reason in _without_implied([*reasons], columns))
    return [reason for reason in stored if reason][:MOST]


def phrases(columns: Iterable[Column]) -> dict[str, tuple[str, str]]:
    """Return by code what is said of a feature's number, and what where it has none."""
    return {_code(column): (column.reason, _missing(column)) for column in columns if column.reason}


def sentences(
    reasons: Iterable[Reason],
    columns: Mapping[str, Column],
    currency: str | None,
    tag: str = ENGLISH,
) -> list[str]:
    """Select reasons and put them in words at once.

    Parameters
    ----------
    reasons, columns
        As in `select`.
    currency : str or None
        The shop's, for money.
    tag : str
        The reader's language.
    """
    words = Words(phrases(columns.values()), currency)
    return words.sentences(select(reasons, columns), tag)


def _stored(reason: Reason, columns: Mapping[str, Column]) -> StoredReason | None:
    """Return a reason with all that its sentence needs, None where there is none."""
    direction = (reason.effect > 0) - (reason.effect < 0)
    if reason.code == PRIOR:
        return StoredReason(PRIOR, reason.outcome, direction)
    if unit := UNITS_OF_FACTS.get(reason.column):
        value = reason.value or 0.0
        return StoredReason(reason.column, reason.outcome, direction, unit, value, reason.usual)
    column = columns.get(reason.column)
    if column is None or not column.reason:
        return None
    return StoredReason(
        code=_code(column),
        outcome=reason.outcome,
        direction=direction,
        unit=column.unit,
        value=reason.value,
        usual=reason.usual,
        window=column.window.days,
        lacking=reason.lacking,
    )


def _code(column: Column) -> str:
    """Return a feature's name without its window; without a window, its name as it is."""
    return column.name if column.window.days is None else column.group or column.name


def _missing(column: Column) -> str:
    """Return what is said where there is no number."""
    if column.missing:
        return column.missing
    when = "" if column.window.days is None else " (last {window})"
    about = column.description.rstrip(".").replace("{", "{{").replace("}", "}}")
    return f"{about}{when}: nothing on record"


def _without_implied(reasons: Sequence[Reason], columns: Mapping[str, Column]) -> list[Reason]:
    """Return the reasons without those that follow from one before them.

    A customer whose last order was 46 days ago had no orders and spent nothing in the last 30, and
    none of the year's orders fell there; where the last visit was the last sign of life, only one
    of the two is kept.
    """
    days = [_days(reason, columns) for reason in reasons]
    silences = [
        (length, columns[reason.column])
        for length, reason in zip(days[:MOST], reasons, strict=False)
        if length and reason.code == SILENT
    ]
    silence, measured_by = max(silences, key=itemgetter(0), default=NO_SILENCE)
    silent_tables = {table for table, _ in looks_back(measured_by)} if measured_by else set()

    def implied(reason: Reason) -> bool:
        column = columns.get(reason.column)
        if column is None or reason.value:
            return False
        looked = [span for table, span in looks_back(column) if table in silent_tables]
        if reason.code in IMPLIED_BY_SILENCE:
            looked.append(column.window.days)
        return any(span is not None and span <= silence for span in looked)

    return [
        reason
        for at, reason in enumerate(reasons)
        if not implied(reason) and (days[at] is None or days[at] not in days[:at])
    ]


@lru_cache(maxsize=4096)
def looks_back(column: Column) -> tuple[tuple[str, int | None], ...]:
    """Return which tables a column looks at, and how many days back; None for all time."""
    looked = [node for node in walk(column.expression) if isinstance(node, Aggregate)]
    starts = [node.span.start if node.span else None for node in looked]
    return tuple(
        (node.table, -start if isinstance(start, int) else column.window.days)
        for node, start in zip(looked, starts, strict=True)
    )


def _days(reason: Reason, columns: Mapping[str, Column]) -> float | None:
    """Return a reason's number of days, None where it counts something else."""
    column = columns.get(reason.column)
    return reason.value if column and column.unit == "days" else None
