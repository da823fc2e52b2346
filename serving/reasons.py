"""Reasons: what moved a customer's prediction, kept as data and said in plain words when read.

A model's contributions are log-odds that add up to the prediction. Columns that measure one thing,
over several windows or in several ways, are one reason; its sentence quotes the column that says
most, with the customer's own number, what is usual among similar customers, and which way all of
them moved the prediction. A rule or a prior has no contributions: its inputs are quoted instead,
without a direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.catalogue import Column
from features.money import minor_digits
from features.rung import STRATA, stratum
from serving.records import Flags, Floats, floats
from serving.topics import topic
from training.bundle import OutcomeModel

MOST = 3
"""Sentences per customer."""

WORTH_SAYING = 0.01
"""The smallest effect, in log-odds, that a sentence is spent on."""

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
    "activity_days": ("days", "{value} with activity so far"),
    "spend_ever": ("money", "{value} spent so far"),
    "referred_ever": ("count", "friends referred so far: {value}"),
    "shared_ever": ("count", "times shared so far: {value}"),
    "reviewed_positive_ever": ("count", "good reviews so far: {value}"),
}
"""Unit and template of the facts that a rule may rest on."""

Medians = Mapping[str, Sequence[float | None]]
Usual = Mapping[str, Medians]

PRIOR = "prior"
SAID_OF_PRIOR = "Too little history to learn from yet: this is the rate among similar customers"


@dataclass(frozen=True)
class Reason:
    """One thing that moved one prediction of one customer.

    Parameters
    ----------
    outcome : str
        What was predicted.
    code : str
        What was measured, whatever the window: a topic.
    column : str
        The column that says most about it.
    value : float or None
        The customer's number in that column.
    effect : float
        Log-odds added by all columns of that code; 0 where there are no contributions.
    usual : float or None
        The median of that column among customers of the same stratum, where it is known.
    """

    outcome: str
    code: str
    column: str
    value: float | None
    effect: float
    usual: float | None = None


def of(
    model: OutcomeModel, table: pa.Table, columns: Mapping[str, Column], usual: Usual | None = None
) -> list[list[Reason]]:
    """Return each row's reasons, whatever the outcome's basis.

    Parameters
    ----------
    model : OutcomeModel
    table : Arrow table
        The bundle's columns.
    columns : mapping of str to Column
        The bundle's columns by name.
    usual : mapping, optional
        ``usual`` of the bundle's thresholds: per kind of customers asked, each feature's median
        in every stratum.
    """
    if model.basis == "model":
        seen = [columns[name] for name in model.names]
        middle = _middle((usual or {}).get(model.asked, {}), model.names, table)
        return contributed(model.name, table, seen, model.contributions(table), middle)
    if model.basis == "prior":
        return prior(model.name, len(table))
    return inputs(model.name, model.inputs(table))


def _middle(medians: Medians, names: Sequence[str], table: pa.Table) -> Floats:
    """Return for each row what is usual in its stratum, NaN where unknown."""
    unknown = [None] * len(STRATA)
    by_stratum = np.array([medians.get(name, unknown) for name in names], dtype=float).T
    middle: Floats = by_stratum[stratum(table)]
    return middle


def contributed(
    outcome: str,
    table: pa.Table,
    columns: Sequence[Column],
    contributions: Floats,
    usual: Floats | None = None,
) -> list[list[Reason]]:
    """Return each row's reasons from a model's contributions, largest effect first.

    Kept are the `MOST` largest and the `MOST` largest that raise the prediction.

    Parameters
    ----------
    outcome : str
    table : Arrow table of n rows with the columns
    columns : sequence of n_features
    contributions : float64 array of shape (n, n_features + 1)
        Log-odds, the base last.
    usual : float64 array of shape (n, n_features), optional
        What is usual for customers like each row's, NaN where unknown.
    """
    topics = [topic(column.group) for column in columns]
    codes = list(dict.fromkeys(topics))
    belongs = np.array([[about == code for code in codes] for about in topics], float)
    members = [np.flatnonzero(belongs[:, g]) for g in range(len(codes))]
    plain = np.array([column.unit != "ratio" for column in columns])
    effects = contributions[:, :-1] @ belongs
    values = np.column_stack([floats(table, column.name) for column in columns])
    rows: list[list[Reason]] = []
    for row, total in enumerate(effects):
        rows.append([])
        for g in _worth_saying(total):
            push = contributions[row, members[g]] * np.sign(total[g])
            at = int(members[g][_strongest(push, plain[members[g]])])
            known = _known(values[row, at])
            middle = None if usual is None else _known(usual[row, at])
            effect = float(total[g])
            rows[-1].append(Reason(outcome, codes[g], columns[at].name, known, effect, middle))
    return rows


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _worth_saying(effects: Floats) -> list[int]:
    """Return the positions of the largest effects and of the largest that raise."""
    order = [int(g) for g in np.argsort(-np.abs(effects), kind="stable")]
    order = [g for g in order if abs(effects[g]) >= WORTH_SAYING]
    raising = [g for g in order if effects[g] > 0][:MOST]
    return [g for at, g in enumerate(order) if at < MOST or g in raising]


def _strongest(push: Floats, plain: Flags) -> int:
    """Return the position of the column to quote: the one that pushes most the reason's way.

    A plain count or number of days is quoted before a ratio, which needs thought.
    """
    preferred = np.where(plain & (push > 0), push, -np.inf)
    return int(np.argmax(preferred if (preferred > 0).any() else push))


def inputs(outcome: str, facts: Mapping[str, Floats]) -> list[list[Reason]]:
    """Return each row's facts that a rule rests on, those with words for them."""
    said = {name: values for name, values in facts.items() if name in SAID_OF_FACTS}
    rows = zip(*said.values(), strict=True)
    return [
        [Reason(outcome, n, n, float(v), 0.0) for n, v in zip(said, row, strict=True) if v == v]
        for row in rows
    ]


def prior(outcome: str, rows: int) -> list[list[Reason]]:
    """Return the one reason of a prediction that is nobody's own."""
    return [[Reason(outcome, PRIOR, PRIOR, None, 0.0)] for _ in range(rows)]


def raising(reasons: Iterable[Reason]) -> list[Reason]:
    """Return the reasons that raise the prediction, else all: what a list should say."""
    reasons = list(reasons)
    return [reason for reason in reasons if reason.effect > 0] or reasons


def sentences(
    reasons: Iterable[Reason], columns: Mapping[str, Column], currency: str | None
) -> list[str]:
    """Return at most `MOST` reasons as sentences.

    Parameters
    ----------
    reasons : iterable of Reason
    columns : mapping of str to Column
        The bundle's columns by name; a reason about a column it lacks is left out.
    currency : str or None
        The shop's, for money.
    """
    said = (_sentence(reason, columns, currency) for reason in reasons)
    return [sentence for sentence in said if sentence][:MOST]


def _sentence(reason: Reason, columns: Mapping[str, Column], currency: str | None) -> str:
    if reason.code == PRIOR:
        return SAID_OF_PRIOR
    fact = reason.column in SAID_OF_FACTS and reason.effect == 0
    if not fact and reason.column not in columns:
        return ""
    text = (
        _of_fact(reason, currency)
        if fact
        else _of_feature(reason, columns[reason.column], currency)
    )
    text = text[0].upper() + text[1:]
    if reason.effect == 0:
        return text
    return f"{text}: {'raises' if reason.effect > 0 else 'lowers'} {TOWARDS[reason.outcome]}"


def _of_fact(reason: Reason, currency: str | None) -> str:
    unit, template = SAID_OF_FACTS[reason.column]
    return template.format(value=quantity(reason.value or 0.0, unit, currency))


def _of_feature(reason: Reason, column: Column, currency: str | None) -> str:
    days = column.window.days
    window = "all time" if days is None else f"{days} days"
    if reason.value is None:
        when = "" if days is None else f" (last {window})"
        return f"{column.description.rstrip('.')}{when}: nothing on record"
    value = quantity(reason.value, column.unit, currency)
    said = column.reason.format(value=value, window=window)
    if reason.usual is None or column.unit == "flag":
        return said
    usual = quantity(reason.usual, column.unit, currency)
    others = "like similar customers" if usual == value else f"similar customers: {usual}"
    return f"{said} ({others})"


def quantity(value: float, unit: str, currency: str | None) -> str:
    """Return a number with its unit as a person writes it.

    Examples
    --------
    >>> quantity(78.2, "days", None), quantity(1240, "money", "EUR"), quantity(1, "orders", None)
    ('78 days', '1,240.00 EUR', '1 order')
    >>> quantity(0.415, "share", None), quantity(2.25, "ratio", None), quantity(7, "count", None)
    ('42 %', '2.2', '7')
    """
    if unit == "money":
        return f"{value:,.{minor_digits(currency)}f} {currency or ''}".rstrip()
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "flag":
        return "yes" if value else "no"
    if unit == "days" and 0 < value < 1:
        return "less than a day"
    number = f"{value:,.0f}" if unit == "days" else _number(value)
    if unit in ("count", "ratio"):  # the template names what is counted
        return number
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def _number(value: float) -> str:
    """Return a number without false precision: about two digits, more only before the point."""
    decimals = 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
