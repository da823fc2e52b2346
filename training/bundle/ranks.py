"""Ranks: where a customer's numbers lie among those who are asked the same at the same time.

Days since an order mean one thing in a shop of a year and another in one of ten. What a model
learns from ranks among the customers of a cutoff holds at the next, where all of them are older.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from training.bundle.arrays import Floats, Floats32, Integers

PARTS = 64
"""Parts of the customers between whose ends a rank is interpolated; values that many customers have
are parts of their own."""

FEWEST = 5
"""Customers whose mean an outermost point is, at least; among fewer nobody has a rank."""


@dataclass(frozen=True)
class Ranks:
    """The ranks of some columns' values among the customers of one cutoff.

    Parameters
    ----------
    names : tuple of str
        The columns.
    values : tuple of float64 arrays
        Of each column ascending points; none where hardly any customer has a value.
    shares : tuple of float64 arrays
        Of each point the share of the customers below it, its equals counted half: 0 to 1.
    """

    names: tuple[str, ...]
    values: tuple[Floats, ...]
    shares: tuple[Floats, ...]

    @classmethod
    def among(cls, columns: Floats32, names: Sequence[str], weight: Floats | None = None) -> Self:
        """Return the ranks among some customers.

        Parameters
        ----------
        columns : float32 array of shape (n, n_names)
        names : sequence of str
        weight : float64 array of shape (n,), optional
            How many customers each row stands for.

        Examples
        --------
        >>> some = np.repeat(np.array([[1.0], [2.0], [9.0]], dtype=np.float32), [5, 10, 5], axis=0)
        >>> Ranks.among(some, ["orders"]).of(some[[0, 5, 19]]).ravel().tolist()
        [0.125, 0.5, 0.875]
        """
        weight = np.ones(len(columns)) if weight is None else weight
        points = [_points(column, weight) for column in columns.T]
        return cls(tuple(names), tuple(v for v, _ in points), tuple(s for _, s in points))

    def of(self, columns: Floats32) -> Floats32:
        """Return the rank of every value, NaN where there is none.

        Parameters
        ----------
        columns : float32 array of shape (n, n_names)

        Returns
        -------
        float32 array of shape (n, n_names)
        """
        out = np.full(columns.shape, np.nan, dtype=np.float32)
        for at, (values, shares) in enumerate(zip(self.values, self.shares, strict=True)):
            known = ~np.isnan(columns[:, at])
            if len(values):
                out[known, at] = np.interp(columns[known, at], values, shares)
        return out

    def to_json(self) -> dict[str, Any]:
        """Return the ranks as JSON data."""
        return {
            "names": list(self.names),
            "values": [each.tolist() for each in self.values],
            "shares": [each.tolist() for each in self.shares],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        values, shares = (
            tuple(np.asarray(each, dtype=np.float64) for each in data[key])
            for key in ("values", "shares")
        )
        return cls(tuple(data["names"]), values, shares)


def _points(column: Floats32, weight: Floats) -> tuple[Floats, Floats]:
    """Return a column's points and their shares, shape (k,) each."""
    known = np.isfinite(column)
    if np.count_nonzero(known) < FEWEST:
        return np.empty(0), np.empty(0)
    distinct, place, rows = np.unique(
        column[known].astype(np.float64), return_inverse=True, return_counts=True
    )
    many = np.bincount(place, weight[known])
    below = np.cumsum(many)
    share = (below - many / 2) / below[-1]
    parts = _parts(share, rows)
    _, first, part = np.unique(parts, return_index=True, return_inverse=True)
    last = np.r_[first[1:], len(distinct)] - 1
    # They do not tell what the biggest spender spent: both ends are means of their parts.
    held = np.bincount(part, many)
    for each in (distinct, share):
        means = np.bincount(part, many * each) / held
        each[0], each[-1] = means[0], means[-1]
    ends = np.union1d(first, last)
    return distinct[ends], share[ends]


def _parts(share: Floats, rows: Integers) -> Floats:
    """Return which part each of ascending values is of; both ends hold `FEWEST` customers."""
    parts, until = np.floor(share * PARTS), np.cumsum(rows)
    low = np.searchsorted(until, FEWEST)
    high = np.searchsorted(until, until[-1] - FEWEST, side="right")
    parts[:low], parts[high:] = parts[low], parts[high]
    if high <= low:
        parts[:] = parts[low]
    return parts
