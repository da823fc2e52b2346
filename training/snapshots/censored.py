"""Censored slices: what the newest weeks teach before their horizon has passed.

The newest slice whose horizon has passed lies a horizon back. Of newer ones a part of the label is
known: who came back within the first weeks. Whoever is likely to leave for a quarter is likely to
leave for a month; what differs is the level, and a little how far apart customers are. Both are
told by older slices, where the partial label and the whole one are known: there a simple rule's
log-odds, lowered or raised and stretched, fit the partial label. By as much the score of newer rows
is moved before they teach it. Their labels end where those of the other slices do
(`docs/decisions/0016-censored-slices.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.rule import Rule
from training.snapshots.examples import Examples
from training.statistics import regression

# Prior belief about a partial label's log-odds beside the whole one's, as penalties (one over the
# variance): they are stretched by 1 +- 0.3 and moved by 0 +- 2.
PENALTIES = np.array([11.0, 0.25])
THE_SAME = np.array([1.0, 0.0])


@dataclass(frozen=True)
class Slice:
    """A censored slice.

    Parameters
    ----------
    examples : Examples
        Of one cutoff, with the label of the part of the horizon that has passed.
    before : float64 array of shape (n,)
        The same label of the rows of older slices, whose horizon has passed.
    """

    examples: Examples
    before: Floats


@dataclass(frozen=True)
class Beside:
    """Rows of censored slices.

    Parameters
    ----------
    examples : Examples
    offset : float64 array of shape (n,)
        Log-odds of each row's label, less the log-odds that the whole horizon's would have.
    """

    examples: Examples
    offset: Floats


def beside(newer: Sequence[Slice], older: Examples, rule: Rule) -> Beside | None:
    """Return the rows of censored slices with their offsets; None where there are none.

    Parameters
    ----------
    newer : sequence of Slice
    older : Examples
        Of the slices whose horizon has passed.
    rule : Rule
        Fitted on them.
    """
    asked = [each for each in newer if len(each.examples)]
    if not asked:
        return None
    offsets = [_offset(each, older, rule) for each in asked]
    return Beside(_joined([each.examples for each in asked]), np.concatenate(offsets))


def _offset(newer: Slice, older: Examples, rule: Rule) -> Floats:
    """Return how far a partial label's log-odds lie from the whole one's, shape (n,)."""
    whole = rule.log_odds(older.facts, older.stratum)
    design = np.column_stack([whole, np.ones(len(whole))])
    weight = older.weights / older.weights.mean()
    stretched, moved = regression.fit("logit", design, newer.before, weight, PENALTIES, THE_SAME)
    now = rule.log_odds(newer.examples.facts, newer.examples.stratum)
    return np.asarray((stretched - 1.0) * now + moved)


def _joined(slices: Sequence[Examples]) -> Examples:
    first = slices[0]

    def rows(name: str) -> Any:
        return np.concatenate([getattr(each, name) for each in slices])

    return replace(
        first,
        features=rows("features"),
        labels=rows("labels"),
        customer=rows("customer"),
        cutoff=rows("cutoff"),
        stratum=rows("stratum"),
        facts={name: np.concatenate([e.facts[name] for e in slices]) for name in first.facts},
        weight=None if first.weight is None else rows("weight"),
    )
