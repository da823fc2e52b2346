"""Auxiliary slices: newer and earlier ones that a fit also learns from, each with an offset.

The newest slice with a complete label lies a horizon back. *Censored* slices are newer: of their
label only the first weeks are known. Whoever is likely to leave for a quarter is likely to leave
for a month; what differs is the level, and a little the spread. *Earlier* slices have the complete
label, but of other times, so that their level differs, too.

An offset takes up that difference. The log-odds of a simple rule, scaled and shifted, are fitted to
the auxiliary label: for a censored slice to the partial label of the fit's own slices, for an
earlier one to its own label. What the scaled rule says more than the rule itself is the offset of
each row. Money works the same way on a logarithmic scale
(`docs/decisions/0016-censored-slices.md`, `docs/decisions/0018-earlier-slices.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Flags, Floats
from training.bundle.rule import Rule
from training.snapshots.examples import Examples
from training.statistics import regression
from training.statistics.regression import Link

# Prior belief about how an auxiliary label's scores differ from the rule's, as penalties (one over
# the variance): they are scaled by 1 +- 0.3 and shifted by 0 +- 2.
PENALTIES = np.array([11.0, 0.25])
UNCHANGED = np.array([1.0, 0.0])

LARGEST_SHIFT = 2.0
"""Log-odds between a censored slice's rate and the one its offset expects, above which the slice is
not learnt from: a level is not believed to move further."""


@dataclass(frozen=True)
class AuxiliarySlice:
    """One auxiliary slice, before it has offsets.

    Parameters
    ----------
    examples : Examples
        Of one cutoff; labelled by as much of the horizon as has passed.
    reference : Examples, optional
        For a censored slice: rows of the fit's own slices with the same partial label, without
        features.
    """

    examples: Examples
    reference: Examples | None = None

    @property
    def fitted_on(self) -> Examples:
        """Return the rows that the offset is fitted on."""
        return self.examples if self.reference is None else self.reference

    def over(self, unit: float) -> AuxiliarySlice:
        """Return the slice with amounts in another unit of money."""
        reference = None if self.reference is None else self.reference.over(unit)
        return AuxiliarySlice(self.examples.over(unit), reference)

    def offset(self, rule: Rule, link: Link) -> Floats:
        """Return by how much the score of each row's label exceeds the rule's, shape (n,)."""
        rows = self.fitted_on
        score = rule.log_odds(rows.facts, rows.stratum)
        design = np.column_stack([score, np.ones(len(score))])
        weight = rows.weights / rows.weights.mean()
        scale, shift = regression.fit(link, design, rows.labels, weight, PENALTIES, UNCHANGED)
        own = rule.log_odds(self.examples.facts, self.examples.stratum)
        return np.asarray((scale - 1.0) * own + shift)

    def is_comparable(self, offset: Floats, rule: Rule, link: Link) -> bool:
        """Return whether the rate of its label is near the one that its offset expects.

        It is not where these weeks are unlike those of the fit's own slices: they hold the one day
        of the year on which everybody buys, or the shop was shut. The fit would then take what
        separates the slices for what separates customers.
        """
        rows = self.examples
        score = rule.log_odds(rows.facts, rows.stratum) + offset
        observed, expected = (
            _level(np.average(labels, weights=rows.weights), len(rows), link)
            for labels in (rows.labels, regression.means(link, score))
        )
        return bool(abs(observed - expected) <= LARGEST_SHIFT)


@dataclass(frozen=True)
class AuxiliaryExamples:
    """Rows of all auxiliary slices, with their offsets.

    Parameters
    ----------
    examples : Examples
    offset : float64 array of shape (n,)
        Log-odds (for money: logarithm) of each row's label, less that of the label which the fit
        predicts.
    newer : bool array of shape (n,)
        Which rows are of censored slices; the rest are of earlier ones.
    """

    examples: Examples
    offset: Floats
    newer: Flags

    @property
    def earlier(self) -> AuxiliaryExamples | None:
        """Return the rows of earlier slices; None where there are none."""
        rows = ~self.newer
        if rows.all():
            return self
        if not rows.any():
            return None
        return AuxiliaryExamples(self.examples.take(rows), self.offset[rows], self.newer[rows])


def aligned(
    slices: Sequence[AuxiliarySlice], rule: Rule, link: Link = "logit"
) -> AuxiliaryExamples | None:
    """Return the rows of the slices that can be learnt from, with offsets; None without any.

    The rule is one that was fitted on the fit's own slices.
    """
    rows, offsets, newer = [], [], []
    for each in slices:
        if len(each.examples) and len(each.fitted_on):
            offset, censored = each.offset(rule, link), each.reference is not None
            if not censored or each.is_comparable(offset, rule, link):
                rows.append(each.examples)
                offsets.append(offset)
                newer.append(np.full(len(offset), censored))
    if not rows:
        return None
    return AuxiliaryExamples(Examples.joined(rows), np.concatenate(offsets), np.concatenate(newer))


def _level(mean: float, rows: int, link: Link) -> float:
    """Return a mean label on the link's scale, as if half a row more were of either kind."""
    share = (mean * rows + 0.5) / (rows + 1)
    return float(regression.scores(link, share))
