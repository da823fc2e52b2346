"""What a model learns from: features, labels and facts, a row per customer and cutoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.bundle.arrays import Codes, Flags, Floats, Floats32, Integers
from training.statistics.folds import scramble
from training.statistics.weighted import total

APART = 1_000_003
"""Added to a seed, so that this draw has nothing in common with others of that seed."""


@dataclass(frozen=True)
class Examples:
    """Rows in (cutoff, customer) order, all asked the same question.

    Parameters
    ----------
    features : float32 array of shape (n, n_names)
        NaN where missing.
    names : tuple of str
        The feature columns.
    labels : float64 array of shape (n,)
        0 or 1; money for spend.
    customer : int64 array of shape (n,)
        Codes; the rows of one customer share a code.
    cutoff : int64 array of shape (n,)
        Microseconds since 1970, UTC.
    stratum : int8 array of shape (n,)
        Positions in `features.rung.STRATA`.
    facts : mapping of str to float64 array of shape (n,)
        Columns that are not features (see `features.facts`), NaN where missing.
    weight : float64 array of shape (n,), optional
        How many rows of the shop each row stands for, where customers were sampled.
    ranks : float32 array of shape (n, n_ranked), optional
        Of some features (`training.snapshots.ranked`), among all who were asked at the cutoff.
    """

    features: Floats32
    names: tuple[str, ...]
    labels: Floats
    customer: Integers
    cutoff: Integers
    stratum: Codes
    facts: Mapping[str, Floats]
    weight: Floats | None = None
    ranks: Floats32 | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.labels)

    @property
    def weights(self) -> Floats:
        """Return the weight of every row, 1 where none was given."""
        return np.ones(len(self)) if self.weight is None else self.weight

    @property
    def stands_for(self) -> int:
        """Return how many rows of the shop these are."""
        return total(self.weight, len(self))

    @property
    def positives(self) -> int:
        """Return how many rows of the shop have a label of 1, where labels are yes or no."""
        return round(float(self.weights @ self.labels))

    @property
    def customer_weights(self) -> Floats:
        """Return the weights scaled to sum to the number of customers.

        Overlapping slices ask much the same question of a customer several times; what is shrunk
        by the amount of evidence should count customers, not rows.
        """
        weights = self.weights
        scale: float = len(np.unique(self.customer)) / max(float(weights.sum()), 1e-12)
        return np.multiply(weights, scale)

    def thinning(self, most: int, seed: int) -> tuple[Integers, Floats | None]:
        """Choose about `most` rows that stand for all: whole customers, at random.

        Customers with a row of the rarer label fill up to half of the places, so that a rare
        outcome keeps every example there is; everybody left weighs as much as those they stand
        for (case-control sampling with known shares, Horvitz and Thompson 1952). The same seed
        draws the same customers again: a draw from a draw needs another.

        Returns
        -------
        rows : int64 array of shape (k,)
            Positions, ascending.
        weight : float64 array of shape (k,), or None
            What each stands for, as `weight`.
        """
        if len(self) <= most:
            return np.arange(len(self)), self.weight
        positive = self.labels > 0
        rarer = positive if 2 * np.count_nonzero(positive) <= len(self) else ~positive
        telling = np.isin(self.customer, self.customer[rarer])
        many = max(1, int(np.count_nonzero(telling)))
        few = max(1, len(self) - many)
        # Where more than half have one, no label is rare and everybody has the same chance.
        kept = min(1.0, most / min(2 * many, len(self)))
        share = np.where(telling, kept, min(1.0, (most - kept * many) / few))
        rows = np.flatnonzero(scramble(self.customer, seed + APART) < share * 2.0**64)
        return rows, (self.weights / share)[rows]

    def over(self, unit: float) -> Examples:
        """Return the rows with amounts in another unit of money."""
        return replace(self, labels=self.labels / unit)

    def take(self, rows: Flags | Integers) -> Examples:
        """Return the rows that are flagged, or those at some positions."""
        arrays = {name: values[rows] for name, values in self._arrays().items()}
        facts = {name: values[rows] for name, values in self.facts.items()}
        return replace(self, facts=facts, **arrays)

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """Return the rows of all parts, one part after the other; all hold the same columns."""
        first, held = parts[0], [part._arrays() for part in parts]
        arrays: dict[str, Any] = {
            name: np.concatenate([each[name] for each in held]) for name in held[0]
        }
        facts = {name: np.concatenate([part.facts[name] for part in parts]) for name in first.facts}
        return replace(first, facts=facts, **arrays)

    def _arrays(self) -> dict[str, Any]:
        """Return what is held of every row, but for the facts, by the name of the field."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def with_ranks(self) -> Examples:
        """Return the rows with ranks as further features, if there are any."""
        if self.ranks is None:
            return self
        return replace(self, features=np.hstack([self.features, self.ranks]), ranks=None)
