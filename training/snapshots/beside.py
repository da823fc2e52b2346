"""Slices that teach beside a fit's own: newer ones and earlier ones, whose labels lie apart.

The newest slice whose horizon has passed lies a horizon back. Of *censored* slices, which are
newer, a part of the label is known: who came back within the first weeks. Whoever is likely to
leave for a quarter is likely to leave for a month; what differs is the level, and a little how far
apart customers are. *Earlier* slices have the whole label, of other times: another level again, as
shops grow and seasons turn.

By how much, a simple rule tells. Its log-odds, lowered or raised and stretched, are fitted to the
partial label where that and the whole one are known, on the fit's own slices; or to the label of
the earlier slice itself. By as much the score of a row is moved before it teaches. Of money it is
the same: who has come back within a month has spent a part of what they spend in a quarter
(`docs/decisions/0016-censored-slices.md`, `docs/decisions/0018-earlier-slices.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.bundle.arrays import Flags, Floats
from training.bundle.rule import Rule
from training.snapshots.examples import Examples
from training.statistics import regression
from training.statistics.regression import Link

# Prior belief about the score of a slice's label beside those of a fit's own, as penalties (one
# over the variance): they are stretched by 1 +- 0.3 and moved by 0 +- 2.
PENALTIES = np.array([11.0, 0.25])
THE_SAME = np.array([1.0, 0.0])

FARTHEST = 2.0
"""By how much, in log-odds, a partial label may miss what older slices say of it: as far as a level
is believed to move at all."""


@dataclass(frozen=True)
class Slice:
    """A slice that is to teach beside a fit's own.

    Parameters
    ----------
    examples : Examples
        Of one cutoff; with the label of the part of the horizon that has passed, or of all of it.
    before : Examples, optional
        Of a censored slice, rows of the fit's own slices with the same partial label; features are
        not looked at.
    """

    examples: Examples
    before: Examples | None = None

    @property
    def told(self) -> Examples:
        """Return the rows that tell how far this label lies from those of the fit's own."""
        return self.examples if self.before is None else self.before

    def over(self, unit: float) -> Slice:
        """Return the slice with amounts in another unit of money."""
        before = None if self.before is None else self.before.over(unit)
        return Slice(self.examples.over(unit), before)

    def offset(self, rule: Rule, link: Link) -> Floats:
        """Return how far the score of this label lies from that of the fit's own, shape (k,)."""
        told = self.told
        rows = rule.log_odds(told.facts, told.stratum)
        design = np.column_stack([rows, np.ones(len(rows))])
        weight = told.weights / told.weights.mean()
        stretched, moved = regression.fit(link, design, told.labels, weight, PENALTIES, THE_SAME)
        here = rule.log_odds(self.examples.facts, self.examples.stratum)
        return np.asarray((stretched - 1.0) * here + moved)

    def is_comparable(self, offset: Floats, rule: Rule, link: Link) -> bool:
        """Return whether its label comes near what older slices say of so much of a horizon.

        Elsewhere these days are others: everybody comes on one day of the year, which they hold and
        those of the older slices do not, or the shop was shut. What tells the slices apart would
        then be learnt as what tells customers apart.

        Parameters
        ----------
        offset : float64 array of shape (k,)
            As `offset` returns it.
        rule, link
            As of `offset`.
        """
        rows = self.examples
        said = rule.log_odds(rows.facts, rows.stratum) + offset
        came, due = (
            _level(np.average(labels, weights=rows.weights), len(rows), link)
            for labels in (rows.labels, regression.means(link, said))
        )
        return bool(abs(came - due) <= FARTHEST)


@dataclass(frozen=True)
class Beside:
    """Rows of slices that teach beside a fit's own.

    Parameters
    ----------
    examples : Examples
    offset : float64 array of shape (n,)
        Log-odds of each row's label, less the log-odds that a label of the fit's own would have; of
        money, the same of logarithms.
    newer : bool array of shape (n,)
        Which rows are of censored slices; the others are of earlier ones.
    """

    examples: Examples
    offset: Floats
    newer: Flags

    @property
    def earlier(self) -> Beside | None:
        """Return the rows of earlier slices; None where there are none."""
        rows = ~self.newer
        if rows.all():
            return self
        if not rows.any():
            return None
        return Beside(self.examples.take(rows), self.offset[rows], self.newer[rows])


def beside(slices: Sequence[Slice], rule: Rule, link: Link = "logit") -> Beside | None:
    """Return the rows of slices with their offsets; None where there are none.

    Parameters
    ----------
    slices : sequence of Slice
    rule : Rule
        Fitted on the fit's own slices.
    link : {"logit", "log"}
    """
    taught, offsets = [], []
    for each in slices:
        if len(each.examples) and len(each.told):
            offset = each.offset(rule, link)
            if each.before is None or each.is_comparable(offset, rule, link):
                taught.append(each)
                offsets.append(offset)
    if not taught:
        return None
    return Beside(
        _joined([each.examples for each in taught]),
        np.concatenate(offsets),
        np.repeat([each.before is not None for each in taught], [len(e.examples) for e in taught]),
    )


def _level(mean: float, rows: int, link: Link) -> float:
    """Return a mean label on the link's scale, as if half a row more were of either kind."""
    share = (mean * rows + 0.5) / (rows + 1)
    return float(regression.scores(link, share))


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
        ranks=None if first.ranks is None else rows("ranks"),
    )
