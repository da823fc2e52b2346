"""Which of a model's reasons are stored: at most three, and none that another implies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from features.catalogue import Column
from features.rung import CLIENT_PERIODS
from serving.explanations.claims import MOST
from serving.explanations.implied import merged
from serving.explanations.quantities import quantity
from serving.explanations.reasons import IN_COMMON, LEAVING, Reason
from serving.explanations.sentences import Words
from serving.explanations.stored import PRIOR, StoredReason
from serving.explanations.topics import NOT_FOR_PEOPLE, better
from serving.languages.language import ENGLISH, language

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

STANDINGS = ("regular", "occasional", "returning")
"""Codes of what similar customers have in common, where there is more to say than a fact."""

OF_ORDERS = "orders:"
"""What codes begin with that speak of activity where it is an order."""

HARDLY = 0.02
"""By what share of the usual number another one hardly differs."""


def select(
    reasons: Iterable[Reason],
    columns: Mapping[str, Column],
    *,
    raising: bool = False,
    ordering: bool = False,
) -> list[StoredReason]:
    """Return at most `MOST` reasons, ready to be stored.

    Parameters
    ----------
    reasons : iterable of Reason
        The most telling first.
    columns : mapping of str to Column
        The bundle's columns by name; a reason about a column it lacks, or about a fact that is
        not for people, such as the mean logarithm of gaps, is left out.
    raising : bool
        Whether only what raises the prediction is said, as on a list, if anything does.
    ordering : bool
        Whether what keeps customers active are orders, and is to be called so.
    """
    told = [
        reason
        for reason in merged([*reasons], columns)
        if _stored(reason, columns) and not _absurd(reason, columns)
    ]
    if raising:
        told = [reason for reason in told if reason.effect > 0] or told
    distinct = [reason for reason in told if not _as_usual(reason, columns)] or told[:1]
    stored = [_stored(reason, columns) for reason in distinct[:MOST]]
    return [_of_orders(reason) if ordering else reason for reason in stored if reason]


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
        code = _standing(reason.column, value) if reason.code == IN_COMMON else reason.column
        return StoredReason(code, reason.outcome, direction, unit, value, reason.usual)
    column = columns.get(reason.column)
    if column is None or not column.reason or column.group in NOT_FOR_PEOPLE:
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


def _of_orders(reason: StoredReason) -> StoredReason:
    """Return a reason about activity as one about orders, which are plainer to read of."""
    code = f"{OF_ORDERS}{reason.code}"
    return reason._replace(code=code) if code in language(ENGLISH).phrases else reason


def _absurd(reason: Reason, columns: Mapping[str, Column]) -> bool:
    """Whether everybody would expect the number to move the prediction the other way."""
    column = columns.get(reason.column)
    expected = better(column.group, column.unit, reason.code) if column else 0
    value, usual = reason.value, reason.usual
    if expected < 0:  # never is later than any day
        value = inf if value is None else value
        usual = inf if reason.lacking else usual
    if not expected or value is None or usual is None:
        return False
    helps = reason.effect if reason.outcome != LEAVING else -reason.effect
    return expected * ((value > usual) - (value < usual)) * helps < 0


def _as_usual(reason: Reason, columns: Mapping[str, Column]) -> bool:
    """Whether a number that similar customers have, too, is said to move the prediction."""
    if not reason.effect or reason.code == IN_COMMON:
        return False
    if reason.value is None:
        return reason.lacking
    if reason.usual is None:
        return False
    unit, english = columns[reason.column].unit, language(ENGLISH)
    own, usual = (quantity(number, unit, None, english) for number in (reason.value, reason.usual))
    return own == usual or abs(reason.value - reason.usual) <= HARDLY * abs(reason.usual)


def _standing(fact: str, value: float) -> str:
    """Return the code of what similar customers have in common, told by the customer's own fact."""
    regular, occasional, returning = STANDINGS
    if fact == "activity_periods":
        return regular if value >= CLIENT_PERIODS else occasional if value else fact
    return returning if value > 1 else fact


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
