"""The blend's third voice: what past habit alone foretells, by a rule of a few numbers.

Trees and a regression on every column know a shop's last months by heart. A rule of a few numbers
(how often and how recently somebody bought; whether they did it before) knows less, and goes on
being right when the months change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.bundle.rule import Rule

COLUMNS: Mapping[str, str] = {
    "activity_days": "active_days_ever",
    "days_since_activity": "silence_days",
    "days_since_first_activity": "active_since_days",
    "referred_ever": "referrals_ever",
    "shared_ever": "shares_ever",
    "orders_ever": "orders_total",
    "spend_ever": "spend_total",
    "spend_365": "spend_365d",
}
"""The feature that says the same as a fact, where there is one."""


@dataclass(frozen=True)
class Habit:
    """A rule that reads its facts off the feature columns, and its share of the blend.

    Parameters
    ----------
    rule : Rule
    reads : mapping of str to str
        The column of every fact; a fact without one counts as 0.
    told_by : str
        The column that the rule's contribution goes to: its numbers say one thing together.
    usual : float
        The rule's mean score, which contributions are told against.
    share : float
        In [0, 1]; trees and regression have the rest.
    names : tuple of str
        The columns of the matrix.
    """

    rule: Rule
    reads: Mapping[str, str]
    told_by: str
    usual: float
    share: float
    names: tuple[str, ...]

    def joined(self, others: Floats, own: Floats) -> Floats:
        """Return the weighted average of what the others say and what the habit says."""
        return (1.0 - self.share) * others + self.share * own

    def score(self, features: Floats32) -> Floats:
        """Return the rule's score, shape (n_rows,)."""
        facts = {fact: np.zeros(len(features)) for fact in self.rule.facts}
        for fact, column in self.reads.items():
            facts[fact] = features[:, self.names.index(column)].astype(np.float64)
        return self.rule.score(facts)

    def contributions(self, features: Floats32) -> Floats:
        """Return what each feature adds, shape (n_rows, n_features + 1); the last is the base."""
        parts = np.zeros((len(features), len(self.names) + 1))
        parts[:, self.names.index(self.told_by)] = self.score(features) - self.usual
        parts[:, -1] = self.usual
        return parts

    def to_json(self) -> dict[str, Any]:
        """Return the habit as JSON data; the columns' names are the blend's."""
        return {
            "rule": self.rule.to_json(),
            "reads": dict(self.reads),
            "told_by": self.told_by,
            "usual": self.usual,
            "share": self.share,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], names: tuple[str, ...]) -> Habit:
        """Read what `to_json` wrote."""
        return cls(
            Rule.from_json(data["rule"]),
            dict(data["reads"]),
            str(data["told_by"]),
            float(data["usual"]),
            float(data["share"]),
            names,
        )
