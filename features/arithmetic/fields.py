"""Columns of a table's rows as integers: fixed-point numbers, codes of texts, flags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MILLIONTHS = 1_000_000.0
"""Scale of every number that is not money: six decimals."""

_NEARLY_HALF = 0.48
"""Beyond the nearest whole number: so far from a half no float of money or millionths strays."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)


class Words:
    """What the codes of a text column stand for; parts of the column share it."""

    def __init__(self, words: pa.Array) -> None:
        self._words = words

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        """Yield the words in the order of their codes."""
        return iter(self._words.to_pylist())

    def code(self, word: str) -> int:
        """Return the code of `word`, -1 where no row holds it."""
        return self._codes.get(word, -1)

    def decoded(self, codes: pa.Array) -> pa.Array:
        """Return the words that codes stand for, null for null."""
        return self._words.take(codes)

    @cached_property
    def ranks(self) -> Integers:
        """For each code, the place of its word in the order of their bytes."""
        ranks = np.empty(len(self), dtype=np.int64)
        ranks[numpy(pc.sort_indices(self._words), np.int64)] = np.arange(len(self))
        return ranks

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {word: code for code, word in enumerate(self._words.to_pylist())}


@dataclass(frozen=True)
class Field:
    """One column of a table's rows.

    Parameters
    ----------
    values : array of shape (n_rows,)
        Fixed-point numbers (int64), codes into `words` (int32) or flags (uint8).
    valid : bool array of shape (n_rows,) or None
        Where a value is known; None when it always is.
    scale : float
        ``values / scale`` is the number.
    words : Words or None
        Of a text column.
    """

    values: NDArray[np.integer[Any]]
    valid: Flags | None = None
    scale: float = 1.0
    words: Words | None = None

    def among(self, rows: Integers | slice) -> Field:
        """Return the field of some of the rows."""
        valid = None if self.valid is None else picked(self.valid, rows)
        return Field(picked(self.values, rows), valid, self.scale, self.words)


def picked(values: NDArray[T], rows: Integers | slice) -> NDArray[T]:
    """Return the values of some rows; a slice of them is not copied.

    Rows are known to exist: not asking again (``clip``) takes a third of the time.
    """
    return values[rows] if isinstance(rows, slice) else values.take(rows, mode="clip")


def flags(where: Flags) -> Field:
    """Return a field of flags."""
    return Field(where.view(np.uint8))


def fixed(table: pa.Table, name: str, scale: float) -> Field:
    """Return a column of doubles as fixed-point integers, rounded half to even."""
    if name not in table.column_names:
        return Field(np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=bool), scale)
    column = table[name]
    known = None
    if column.null_count:
        known, column = numpy(column.is_valid(), np.bool_), column.fill_null(0.0)
    return Field(_units(numpy(column, np.float64), scale).astype(np.int64), known, scale)


def _units(numbers: Floats, scale: float) -> Floats:
    """Return numbers as whole units, rounded half to even as they are written.

    1.015 is a little less than that in binary, and times 100 falls short of the half that it is. A
    number is the half it is near if it is the one that this half is written as.
    """
    units = numbers * scale
    whole = np.rint(units)
    beyond = np.abs(np.subtract(units, whole, out=units), out=units)
    near = np.flatnonzero(beyond > _NEARLY_HALF)
    halves = np.floor(numbers[near] * scale) + 0.5
    written = halves / scale == numbers[near]
    whole[near[written]] = np.rint(halves[written])
    return whole


def text(table: pa.Table, name: str) -> Field:
    """Return a column of texts as codes."""
    if name not in table.column_names or table[name].null_count == len(table):
        nothing = np.zeros(len(table), dtype=np.int32)
        return Field(nothing, nothing.astype(bool), 1.0, Words(pa.array([], pa.string())))
    coded = encoded(table[name])
    known, codes = None, coded.indices
    if coded.null_count:
        known, codes = numpy(coded.is_valid(), np.bool_), codes.fill_null(0)
    return Field(numpy(codes, np.int32), known, 1.0, Words(coded.dictionary))


def boolean(table: pa.Table, name: str) -> Flags:
    """Return a column of flags, null as false."""
    if name not in table.column_names:
        return np.zeros(len(table), dtype=bool)
    column = table[name]
    return numpy(column.fill_null(False) if column.null_count else column, np.bool_)


def encoded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as codes into a dictionary, as which Parquet may hold it already."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    elif isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def numpy(column: pa.Array | pa.ChunkedArray, kind: type[T]) -> NDArray[T]:
    """Return a column without nulls as an array."""
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=kind)
