"""Reasons: what moved a customer's prediction, kept as data and said in plain words when read.

A model's contributions are log-odds that add up to the prediction. Columns that measure one thing,
over several windows or in several ways, are one reason; its sentence quotes the column that says
most, with the customer's own number, what is usual among similar customers, and which way all of
them moved the prediction. A rule or a prior has no contributions: its inputs are quoted instead,
without a direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.catalogue import Column
from features.units import count_of
from serving.quantities import beside, quantity
from serving.records import Floats
from serving.topics import IMPLIED_BY_SILENCE, SILENT, topics_of
from training.bundle import OutcomeModel
from training.bundle.rows import Rows

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
    "activity_days": ("active days", "{value} so far"),
    "spend_ever": ("money", "{value} spent so far"),
    "referred_ever": ("friends", "{value} referred so far"),
    "shared_ever": ("times", "shared the brand {value} so far"),
    "reviewed_positive_ever": ("count", "good reviews so far: {value}"),
}
"""Unit and template of the facts that a rule may rest on."""

Medians = Mapping[str, Sequence[float | None]]
Usual = Mapping[str, Medians]
Middle = Callable[[int, int], float | None]
"""From a row and the position of a feature to what is usual for customers like that row's."""

_TINY = float(np.finfo(np.float64).tiny)
"""The smallest push that is one."""

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
    model: OutcomeModel,
    table: pa.Table | Rows,
    columns: Mapping[str, Column],
    usual: Usual | None = None,
) -> list[list[Reason]]:
    """Return each row's reasons, whatever the outcome's basis.

    Parameters
    ----------
    model : OutcomeModel
    table : Arrow table or Rows
        The bundle's columns.
    columns : mapping of str to Column
        The bundle's columns by name.
    usual : mapping, optional
        ``usual`` of the bundle's thresholds: per kind of customers asked, each feature's median
        in every stratum.
    """
    rows = Rows.of(table)
    if model.basis == "model":
        seen = [columns[name] for name in model.names]
        middle = _middle((usual or {}).get(model.asked, {}), model.names, rows)
        return contributed(model.name, rows, seen, model.contributions(rows), middle)
    if model.basis == "prior":
        return prior(model.name, len(rows))
    return inputs(model.name, model.inputs(rows))


def _middle(medians: Medians, names: Sequence[str], rows: Rows) -> Middle:
    def middle(row: int, at: int) -> float | None:
        by_stratum = medians.get(names[at])
        return None if by_stratum is None else by_stratum[rows.strata[row]]

    return middle


def contributed(
    outcome: str,
    table: pa.Table | Rows,
    columns: Sequence[Column],
    contributions: Floats,
    usual: Middle = lambda _, __: None,
) -> list[list[Reason]]:
    """Return each row's reasons from a model's contributions, the most telling first.

    That is the largest effect first, topics in the background at `BACKGROUND_WEIGHT`. Kept are the
    `MOST` first and the `MOST` first that raise the prediction.

    Parameters
    ----------
    outcome : str
    table : Arrow table of n rows with the columns, or Rows
    columns : sequence of n_features
    contributions : float64 array of shape (n, n_features + 1)
        Log-odds, the base last.
    usual : callable, optional
    """
    topics = topics_of(tuple((column.group, column.unit) for column in columns))
    effects = contributions[:, :-1] @ topics.belongs
    # Of many columns only the few that are quoted are read.
    values = cache(lambda name: Rows.of(table).facts((name,))[name])
    rows: list[list[Reason]] = []
    for row, total in enumerate(effects):
        rows.append([])
        for g in _worth_saying(total, topics.weights):
            members = topics.members[g]
            push = contributions[row, members] * np.sign(total[g])
            plainness = topics.plainness[members]
            if columns[members[0]].unit == "state":  # "is gold" says more than "is not silver"
                plainness = plainness * [values(columns[m].name)[row] != 0 for m in members]
            at = int(members[_strongest(push, plainness)])
            name = columns[at].name
            known, effect = _known(values(name)[row]), float(total[g])
            rows[-1].append(Reason(outcome, topics.codes[g], name, known, effect, usual(row, at)))
    return rows


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _worth_saying(effects: Floats, weights: Floats) -> list[int]:
    """Return the positions of the weightiest effects and of the weightiest that raise."""
    order = [int(g) for g in np.argsort(-np.abs(effects) * weights, kind="stable")]
    order = [g for g in order if abs(effects[g]) >= WORTH_SAYING]
    raising = [g for g in order if effects[g] > 0][:MOST]
    return [g for at, g in enumerate(order) if at < MOST or g in raising]


def _strongest(push: Floats, plainness: NDArray[np.int64]) -> int:
    """Return the position of the column to quote: the one that pushes most the reason's way.

    The plainest that push at all come first; where only ratios do, a column that speaks for the
    topic and does not push the other way stands in for them.
    """
    for level, least in ((2, _TINY), (1, _TINY), (2, 0.0)):
        preferred = np.where((plainness >= level) & (push >= least), push, -np.inf)
        if np.isfinite(preferred).any():
            return int(np.argmax(preferred))
    return int(np.argmax(push))


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
    said = (_sentence(reason, columns, currency) for reason in _telling([*reasons], columns))
    return [sentence for sentence in said if sentence][:MOST]


def _telling(reasons: Sequence[Reason], columns: Mapping[str, Column]) -> list[Reason]:
    """Return the reasons without those that a silence said beside them implies.

    Whoever ordered last 46 days ago had no orders and spent nothing in the last 30.
    """

    def days_of(reason: Reason) -> float:
        column = columns.get(reason.column)
        return reason.value or 0.0 if column and column.unit == "days" else 0.0

    silence = max((days_of(r) for r in reasons[:MOST] if r.code == SILENT), default=0.0)

    def implied(reason: Reason) -> bool:
        column = columns.get(reason.column)
        if column is None or reason.value != 0 or reason.code not in IMPLIED_BY_SILENCE:
            return False
        return column.window.days is not None and column.window.days <= silence

    return [reason for reason in reasons if not implied(reason)]


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
    window = "all time" if days is None else count_of(days, "day")
    if reason.value is None and column.missing:
        return column.missing.format(window=window)
    if reason.value is None:
        when = "" if days is None else f" (last {window})"
        return f"{column.description.rstrip('.')}{when}: nothing on record"
    value = quantity(reason.value, column.unit, currency)
    said = column.reason.format(value=value, window=window)
    if reason.usual is None or column.unit in ("flag", "state"):
        return said
    return f"{said} ({beside(value, reason.usual, column.unit, currency)})"
