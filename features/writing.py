"""The arrays that the engine writes its results to, a stretch of customers at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arithmetic.fields import Integers, picked
from features.arithmetic.sums import Numbers
from features.plan import Plan

T = TypeVar("T")


class ColumnArrays:
    """The values of all columns: one array of features and one of facts, each given to Arrow whole.

    Attributes
    ----------
    arrays : list of float32 or float64 arrays of shape (n_rows,)
        For each column, where its values are to be written.
    """

    def __init__(self, steps: Plan, rows: int) -> None:
        self._is_feature = [column.is_feature for column in steps.columns]
        features = sum(self._is_feature)
        self._features = np.empty((features, rows), np.float32)
        self._facts = np.empty((len(self._is_feature) - features, rows), np.float64)
        self.arrays: list[NDArray[np.floating]] = self._in_order(self._features, self._facts)

    def leave_out_infinite(self) -> None:
        """Make features null that are too large for their type."""
        self._features[np.isinf(self._features)] = np.nan

    def columns(self) -> list[pa.Array]:
        """Return what was written."""
        return self._in_order(_arrow(self._features), _arrow(self._facts))

    def _in_order(self, features: Iterable[T], facts: Iterable[T]) -> list[T]:
        kinds = iter(facts), iter(features)
        return [next(kinds[is_feature]) for is_feature in self._is_feature]


def _arrow(numbers: NDArray[np.floating]) -> Iterator[pa.Array]:
    columns, rows = numbers.shape
    whole = pa.array(numbers.reshape(-1))
    return (whole.slice(column * rows, rows) for column in range(columns))


class RowPlaces:
    """The rows of a column that belong to a stretch of customers.

    Parameters
    ----------
    known : bool array of shape (n_cutoffs, n_customers)
        Customers who have a row.
    places : int array of shape (n_cutoffs,)
        Where the first of each cutoff stands.
    """

    def __init__(self, known: NDArray[np.bool_], places: Integers) -> None:
        self.ends = places + known.sum(axis=1)
        self._places = [
            (slice(first, last), slice(None) if some.all() else np.flatnonzero(some))
            for first, last, some in zip(places.tolist(), self.ends.tolist(), known, strict=True)
        ]

    def write(self, values: Numbers, column: NDArray[np.floating]) -> None:
        """Write values of shape (n_cutoffs, n_customers)."""
        for k, (place, rows) in enumerate(self._places):
            column[place] = picked(values[k], rows)
