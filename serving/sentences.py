"""Sentences: what a person reads of reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from features.catalogue import Column
from features.expression import Aggregate
from features.trees import walk
from features.units import count_of
from serving.claims import MOST
from serving.quantities import beside, quantity
from serving.reasons import PRIOR, Reason
from serving.topics import IMPLIED_BY_SILENCE, SILENT

TOWARDS = {
    "churn": "the risk",
    "return": "the chance of a return",
    "refer": "the chance of a referral",
    "share": "the chance of sharing",
    "review": "the chance of a good review",
    "advocate": "the chance of advocacy",
}
"""What a reason raises or lowers, by outcome."""

SAID_OF_FACTS = {
    "days_since_activity": ("days", "{value} since the last activity"),
    "days_since_first_activity": ("days", "first active {value} ago"),
    "activity_days": ("active days", "{value} so far"),
    "activity_periods": ("months", "{value} with activity in the last year"),
    "spend_ever": ("money", "{value} spent so far"),
    "referred_ever": ("friends", "{value} referred so far"),
    "shared_ever": ("times", "shared the brand {value} so far"),
    "reviewed_positive_ever": ("count", "good reviews so far: {value}"),
}
"""Unit and template of the facts that a rule may rest on, and of those that tell a stratum."""

_RAISES = re.compile(f"(:|, which) raises ({'|'.join(TOWARDS.values())})$")

NEVER: tuple[float, Column | None] = (0.0, None)
"""How long the silence is that nobody was told of, and what tells of it."""

SAID_OF_PRIOR = "Too little history to learn from yet: this is the rate among similar customers"


def sentences(
    reasons: Iterable[Reason], columns: Mapping[str, Column], currency: str | None
) -> list[str]:
    """Return at most `MOST` reasons as sentences.

    Parameters
    ----------
    reasons : iterable of Reason
    columns : mapping of str to Column
        The bundle's columns by name; a reason about a column it lacks, or about a fact that is
        not for people, such as the mean logarithm of gaps, is left out.
    currency : str or None
        The shop's, for money.
    """
    said = (_sentence(reason, columns, currency) for reason in _telling([*reasons], columns))
    return [sentence for sentence in said if sentence][:MOST]


def observed(sentence: str) -> str:
    """Return a sentence without the direction, where it raises: what is on record.

    Examples
    --------
    >>> observed("2 tickets opened: raises the risk")
    '2 tickets opened'
    >>> observed("Longest pause so far: 40 days, which raises the risk")
    'Longest pause so far: 40 days'
    """
    return _RAISES.sub("", sentence)


def _telling(reasons: Sequence[Reason], columns: Mapping[str, Column]) -> list[Reason]:
    """Return the reasons without those that another said before them implies.

    Whoever ordered last 46 days ago had no orders and spent nothing in the last 30, nor did a share
    of the year's orders fall there; where the last visit was the last sign of life, one of the two
    is said.
    """
    days = [_days(reason, columns) for reason in reasons]
    told = [(d, r) for d, r in zip(days[:MOST], reasons, strict=False) if d and r.code == SILENT]
    silence, of = max(((d, columns[r.column]) for d, r in told), key=itemgetter(0), default=NEVER)
    quiet = {table for table, _ in looks_back(of)} if of else set()

    def implied(reason: Reason) -> bool:
        column = columns.get(reason.column)
        if column is None or reason.value:
            return False
        looked = [span for table, span in looks_back(column) if table in quiet]
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


def _sentence(reason: Reason, columns: Mapping[str, Column], currency: str | None) -> str:
    if reason.code == PRIOR:
        return SAID_OF_PRIOR
    if reason.column in SAID_OF_FACTS:
        said, aside = _of_fact(reason, currency)
    elif reason.column in columns and columns[reason.column].reason:
        said, aside = _of_feature(reason, columns[reason.column], currency)
    else:
        return ""
    text = f"{said[0].upper()}{said[1:]}{f' ({aside})' if aside else ''}"
    if reason.effect == 0:
        return text
    moves = "raises" if reason.effect > 0 else "lowers"
    return f"{text}{', which' if ':' in said else ':'} {moves} {TOWARDS[reason.outcome]}"


def _of_fact(reason: Reason, currency: str | None) -> tuple[str, str]:
    """Return what is said of a fact, and what is usual."""
    unit, template = SAID_OF_FACTS[reason.column]
    value = quantity(reason.value or 0.0, unit, currency)
    return template.format(value=value), _usual(reason, unit, value, currency)


def _of_feature(reason: Reason, column: Column, currency: str | None) -> tuple[str, str]:
    """Return what is said of a feature, and what is usual."""
    days = column.window.days
    window = "all time" if days is None else count_of(days, "day")
    if reason.value is None:
        return _missing(column, window), "like most similar customers" if reason.lacking else ""
    value = quantity(reason.value, column.unit, currency)
    said = column.reason.format(value=value, window=window)
    if column.unit in ("flag", "state"):
        return said, ""
    if reason.lacking:
        return said, f"most similar customers: {_missing(column, window)}"
    return said, _usual(reason, column.unit, value, currency)


def _missing(column: Column, window: str) -> str:
    """Return what is said where there is no number."""
    if column.missing:
        return column.missing.format(window=window)
    when = "" if column.window.days is None else f" (last {window})"
    return f"{column.description.rstrip('.')}{when}: nothing on record"


def _usual(reason: Reason, unit: str, value: str, currency: str | None) -> str:
    return "" if reason.usual is None else beside(value, reason.usual, unit, currency)
