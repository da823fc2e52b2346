"""Reasons: what moved a customer's prediction, kept as data until it is read.

A model's contributions are log-odds that add up to the prediction. Reasons are their differences
from the usual contributions of similar customers (`training.bundle.similar`), so that "raises" is
true beside the numbers that a sentence quotes; what similar customers have in common is a reason of
its own. Columns that measure one thing, over several windows or in several ways, are one reason,
which quotes the column that says most: the customer's own number, what is usual, and which way all
of these columns together moved the prediction. A rule or a prior has no contributions: its inputs
are quoted instead, without a direction. `serving.explanations.sentences` puts reasons in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.catalogue import Column
from features.rung import STRATUM_FACTS
from serving.explanations import claims
from serving.explanations.stored import PRIOR
from serving.explanations.topics import Topics, topics_of
from training.bundle import OutcomeModel
from training.bundle.arrays import Codes, Facts, Floats, Floats32
from training.bundle.rows import Rows
from training.bundle.similar import Similar

IN_COMMON = "similar customers"
"""The code of what similar customers have in common: their stratum."""

LEAVING = "churn"
"""The outcome that nobody wants."""

ONCE = 0
"""The stratum of customers who were active on one day only."""

STRATUM_TOLD_BY = {
    "good": ("activity_days", "activity_days", "activity_periods"),
    "bad": ("activity_days", "activity_periods", "activity_periods"),
}
"""What tells each of `STRATA` from others, where they do better or worse than these.

Customers in the middle one came back, unlike those before it, and in fewer months than those after.
"""

SPENT = "spend_ever"
"""The fact that is 0 for everybody in a service without orders, where it goes without saying."""


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
        Log-odds that all columns of that code add beyond what they add for the usual customer of
        the same stratum; 0 where there are no contributions.
    usual : float or None
        The median of that column among customers of the same stratum, where it is known.
    lacking : bool
        Whether most of those customers have no value there.
    """

    outcome: str
    code: str
    column: str
    value: float | None
    effect: float
    usual: float | None = None
    lacking: bool = False


def of(
    model: OutcomeModel,
    table: pa.Table | Rows,
    columns: Mapping[str, Column],
    similar: Similar,
    activity: str | None = None,
) -> list[list[Reason]]:
    """Return each row's reasons, whatever the outcome's basis.

    The table has the bundle's columns, `columns` describes them by name, `similar` is what is
    usual among the customers of this outcome (`Bundle.similar`), and `activity` is the kind of
    engagement that keeps them active, None for orders.
    """
    rows = Rows.of(table)
    if model.basis == "model":
        seen = [columns[name] for name in model.names]
        return contributed(model.name, rows, seen, model.contributions(rows), similar, activity)
    if model.basis == "prior":
        return prior(model.name, len(rows))
    return inputs(model.name, rows, model.inputs(rows), similar)


def contributed(
    outcome: str,
    table: pa.Table | Rows,
    columns: Sequence[Column],
    contributions: Floats,
    similar: Similar,
    activity: str | None = None,
) -> list[list[Reason]]:
    """Return each row's reasons from a model's contributions, the most telling first.

    That is the largest effect first, with less weight for what nobody can act on and for what no
    unusual number explains. All effects together, those not worth saying too, are the log-odds less
    those of the base rate, where similar customers are known.

    Parameters
    ----------
    outcome : str
    table : Arrow table of n rows with the columns and `STRATUM_FACTS`, or Rows
    columns : sequence of n_features
    contributions : float64 array of shape (n, n_features + 1)
        Log-odds, the base last.
    similar : Similar
    activity : str or None
        The kind of engagement that keeps customers active; None for orders.
    """
    rows, found = Rows.of(table), dict[int, list[Reason]]()
    once = rows.strata == ONCE
    for mine in (once, ~once):
        if mine.any():
            parts = contributions[mine]
            effects = _Effects.of(outcome, rows.among(mine), columns, parts, similar, activity)
            found.update(zip(np.flatnonzero(mine).tolist(), effects.reasons(), strict=True))
    return [found[row] for row in range(len(rows))]


@dataclass(frozen=True)
class _Effects:
    """Contributions of n customers less those of similar customers, by topic.

    Parameters
    ----------
    outcome : str
    columns : sequence of n_features
    topics : Topics
    similar : Similar
    strata : int8 array of shape (n,)
    facts : mapping of str to float64 array of shape (n,)
        `STRATUM_FACTS`.
    values : float32 array of shape (n, n_features)
    totals : float64 array of shape (n, n_topics + 1)
        Contributions beyond the usual customer's, by topic, and last what all share.
    push : float64 array of shape (n, n_features)
        Each feature's, counted in the direction of its topic.
    claims : int8 array of shape (n, n_features)
        Who should be quoted: see `serving.explanations.claims.of`.
    """

    outcome: str
    columns: Sequence[Column]
    topics: Topics
    similar: Similar
    strata: Codes
    facts: Facts
    values: Floats32
    totals: Floats
    push: Floats
    claims: Codes

    @classmethod
    def of(
        cls,
        outcome: str,
        rows: Rows,
        columns: Sequence[Column],
        contributions: Floats,
        similar: Similar,
        activity: str | None,
    ) -> _Effects:
        about = tuple((column.group, column.unit) for column in columns)
        once = bool((rows.strata == ONCE).all())
        topics = topics_of(about, once=once, activity=activity)
        values = rows.matrix(tuple(column.name for column in columns))
        parts = contributions[:, :-1] - similar.effects[rows.strata]
        totals = parts @ topics.belongs
        push = parts * np.sign(totals)[:, topics.about]
        # "is gold" says more than "is not silver"
        denied = np.array([column.unit == "state" for column in columns]) & (values == 0)
        plainness = np.where(denied, 0, topics.plainness)
        unusual = similar.unusual(values, rows.strata)
        helps = np.sign(totals)[:, topics.about] * (-1 if outcome == LEAVING else 1)
        more = np.sign(values - similar.middle[rows.strata])
        return cls(
            outcome=outcome,
            columns=columns,
            topics=topics,
            similar=similar,
            strata=rows.strata,
            facts=rows.facts(STRATUM_FACTS),
            values=values,
            totals=np.column_stack([totals, similar.ahead[rows.strata]]),
            push=push,
            claims=claims.of(push, plainness, unusual, topics.better * more * helps < 0, topics),
        )

    def reasons(self) -> list[list[Reason]]:
        """Return each row's totals that are worth saying as reasons, the most telling first."""
        weights = claims.weights(self.totals, self.claims, self.topics)
        return [
            [self.reason(row, position) for position in claims.chosen(total, weights[row])]
            for row, total in enumerate(self.totals)
        ]

    def reason(self, row: int, position: int) -> Reason:
        """Return one of a row's totals as a reason."""
        effect, stratum = float(self.totals[row, position]), int(self.strata[row])
        if position == len(self.topics.codes):
            better = (effect < 0) == (self.outcome == LEAVING)
            fact = STRATUM_TOLD_BY["good" if better else "bad"][stratum]
            return Reason(self.outcome, IN_COMMON, fact, float(self.facts[fact][row]), effect)
        at = self._quoted(row, position)
        name, value = self.columns[at].name, float(self.values[row, at])
        return Reason(
            outcome=self.outcome,
            code=self.topics.codes[position],
            column=name,
            value=None if np.isnan(value) else value,
            effect=effect,
            usual=self.similar.median(name, stratum),
            lacking=bool(self.similar.lacking[stratum, at]),
        )

    def _quoted(self, row: int, topic: int) -> int:
        """Return the position of the column that a topic's reason quotes."""
        members = self.topics.members[topic]
        each = self.claims[row, members]
        best = np.where(each == each.max(), self.push[row, members], -np.inf)
        return int(members[np.argmax(best)])


def inputs(
    outcome: str, rows: Rows, facts: Mapping[str, Floats], similar: Similar
) -> list[list[Reason]]:
    """Return each row's facts that a rule rests on, beside what is usual."""
    return [
        [
            Reason(outcome, name, name, float(values[row]), 0.0, similar.median(name, stratum))
            for name, values in facts.items()
            if np.isfinite(values[row])
            and (name != SPENT or values[row] or similar.median(name, stratum))
        ]
        for row, stratum in enumerate(rows.strata.tolist())
    ]


def prior(outcome: str, rows: int) -> list[list[Reason]]:
    """Return the one reason of predictions that are the same for a whole stratum."""
    return [[Reason(outcome, PRIOR, PRIOR, None, 0.0)] for _ in range(rows)]
