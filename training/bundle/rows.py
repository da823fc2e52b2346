"""Rows to score, read once for all models: from an Arrow table, or from one array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.rung import STRATUM_FACTS, stratum
from training.bundle.arrays import Codes, Flags, Floats, Floats32, Integers, facts, matrix, require


class Rows(ABC):
    """Rows as several models look at them: what one has read, the next has at hand."""

    def __init__(self) -> None:
        self._matrices: dict[tuple[str, ...], Floats32] = {}
        self._parts: dict[bytes, Rows] = {}

    @classmethod
    def of(cls, table: pa.Table | Rows) -> Rows:
        """Return a table as rows; rows as they are."""
        return table if isinstance(table, Rows) else Tabular(table)

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def facts(self, names: Sequence[str]) -> dict[str, Floats]:
        """Return the named columns as float64 arrays of shape (n_rows,), null as NaN.

        Raises
        ------
        LadderError
            If a column is missing.
        """

    @abstractmethod
    def _read(self, names: tuple[str, ...]) -> Floats32:
        """Return the named columns as a matrix."""

    @abstractmethod
    def _chosen(self, chosen: Flags) -> Rows:
        """Return the chosen rows."""

    def matrix(self, names: tuple[str, ...]) -> Floats32:
        """Return the named columns as one float32 array of shape (n_rows, n_names), null as NaN.

        It is read once, and not to be written to.

        Raises
        ------
        LadderError
            If a column is missing.
        """
        if names not in self._matrices:
            self._matrices[names] = self._read(names)
        return self._matrices[names]

    @cached_property
    def strata(self) -> Codes:
        """Return each row's stratum, shape (n_rows,)."""
        return stratum(self.facts(STRATUM_FACTS))

    def among(self, chosen: Flags) -> Rows:
        """Return the chosen rows, the same object for the same choice.

        Most outcomes are asked of the same customers.
        """
        if chosen.all():
            return self
        key = chosen.tobytes()
        if key not in self._parts:
            self._parts[key] = self._chosen(chosen)
        return self._parts[key]


class Tabular(Rows):
    """Rows of an Arrow table that holds the bundle's columns.

    Parameters
    ----------
    table : Arrow table
    rows : int64 array of shape (n_rows,), optional
        Positions of those that are meant; all by default.
    """

    def __init__(self, table: pa.Table, rows: Integers | None = None) -> None:
        super().__init__()
        self._table, self._rows = table, rows

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._table) if self._rows is None else len(self._rows)

    def facts(self, names: Sequence[str]) -> dict[str, Floats]:
        """Return the named columns."""
        return facts(self._table, names, self._rows)

    def _read(self, names: tuple[str, ...]) -> Floats32:
        return matrix(self._table, names, self._rows)

    def _chosen(self, chosen: Flags) -> Rows:
        rows = np.flatnonzero(chosen) if self._rows is None else self._rows[chosen]
        return Tabular(self._table, rows)


class Dense(Rows):
    """Rows that are one array already: a customer scored live, or what a run keeps packed.

    Parameters
    ----------
    values : float array of shape (n_rows, n_names)
    names : sequence of str
        The array's columns.
    """

    def __init__(self, values: Floats | Floats32, names: Sequence[str]) -> None:
        super().__init__()
        self._values, self._names = values, names
        self._at = {name: position for position, name in enumerate(names)}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._values)

    def facts(self, names: Sequence[str]) -> dict[str, Floats]:
        """Return the named columns."""
        require(self._at, names)
        return {name: self._values[:, self._at[name]].astype(float) for name in names}

    def _read(self, names: tuple[str, ...]) -> Floats32:
        require(self._at, names)
        return self._values[:, [self._at[name] for name in names]].astype("f4", order="C")

    def _chosen(self, chosen: Flags) -> Rows:
        return Dense(self._values[chosen], self._names)


def read(table: pa.Table, names: Sequence[str]) -> Rows:
    """Return some columns of a table as rows.

    A single row becomes one array at once: a call per column takes a hundred times as long.

    Raises
    ------
    LadderError
        If a column is missing.
    """
    if len(table) != 1:
        return Tabular(table)
    require(frozenset(table.schema.names), names)
    (row,) = table.select(names).combine_chunks().to_batches()
    return Dense(row.to_tensor(null_to_nan=True).to_numpy(), names)
