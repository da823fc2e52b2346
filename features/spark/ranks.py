"""Everybody's exact rank among all, computed in parts, as a sort of the whole would give it.

Several numbers are ranked at once: :func:`keys` makes a row of each number that a customer has, and
Spark sorts these rows into consecutive parts. Each part counts its rows and says where equal
numbers reach its borders (:func:`pieces`). From that follows where each part begins
(:class:`Layout`), and with it every row's rank.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.spark.cells import ROWS_AT_ONCE, answer

Batches = Iterable[pa.RecordBatch]
Floats = NDArray[np.float64]

KEYS = pa.schema([("question", pa.int32()), ("value", pa.float64()), ("customer_id", pa.string())])
"""A number of a customer; the question is the position of its column among those asked for."""

PLACES = pa.schema(
    [("customer_id", pa.string()), ("question", pa.int32()), ("percentile", pa.float64())]
)
"""100 x mid-rank of each number among all that there are."""


class Head(NamedTuple):
    """The first row of a part for one question; no other row is the same."""

    question: int
    value: float
    customer_id: str

    @property
    def order(self) -> tuple[int, float, bytes]:
        """By question, the largest number first, then by the bytes of the id."""
        return self.question, -self.value, self.customer_id.encode()


@dataclass(frozen=True)
class Piece:
    """The rows of one question in one part.

    Parameters
    ----------
    head : Head
    rows : int
    edges : tuple of (float, int, int)
        The first and the last number: where it begins among the rows, and how many have it.
    """

    head: Head
    rows: int
    edges: tuple[tuple[float, int, int], ...]


@dataclass(frozen=True)
class Layout:
    """How the parts lie in the whole.

    Parameters
    ----------
    counts : tuple of int
        Rows per question.
    begins : mapping of Head to int
        How many rows of the same question come before a piece.
    runs : mapping of (int, float) to (int, int)
        Of numbers at a border: how many rows come before the first that has it, how many have it.
    """

    counts: tuple[int, ...]
    begins: Mapping[Head, int]
    runs: Mapping[tuple[int, float], tuple[int, int]]

    @classmethod
    def of(cls, pieces: Iterable[Piece], questions: int) -> Layout:
        """Return how pieces that follow each other lie, in whatever order they come."""
        counts = [0] * questions
        begins: dict[Head, int] = {}
        runs: dict[tuple[int, float], tuple[int, int]] = {}
        for piece in sorted(pieces, key=lambda piece: piece.head.order):
            question = piece.head.question
            begins[piece.head] = counts[question]
            for value, start, rows in piece.edges:
                first, before = runs.get((question, value), (counts[question] + start, 0))
                runs[question, value] = first, before + rows
            counts[question] += piece.rows
        return cls(tuple(counts), begins, runs)


def keys(columns: Sequence[str], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield a row for every number that a customer has in one of some columns."""
    for batch in batches:
        for question, name in enumerate(columns):
            some = batch.select(["customer_id", name])
            some = some.filter(some[name].is_valid())
            numbers = pa.array(np.full(len(some), question, np.int32))
            yield pa.RecordBatch.from_arrays(
                [numbers, some[name], some["customer_id"]], schema=KEYS
            )


def pieces(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield what a part says of itself: a list of :class:`Piece`."""
    yield answer([_piece(head, values) for head, values, _ in _sorted(batches)])


def rows_at(
    layout: Layout, wanted: Sequence[Collection[int]], batches: Batches
) -> Iterator[pa.RecordBatch]:
    """Yield the heads of rows at some places of each question, as (place, Head)."""
    found = []
    for head, values, ids in _sorted(batches):
        begin = layout.begins[head]
        for place in wanted[head.question]:
            if begin <= place < begin + len(values):
                here = place - begin
                row = Head(head.question, float(values[here]), ids[here].as_py())
                found.append((place, row))
    yield answer(found)


def places(layout: Layout, question: int, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield the percentile of each number of a part, of as many first questions as are asked."""
    for head, values, ids in _sorted(batches):
        if head.question < question:
            percentiles = _percentiles(layout, head, values)
            which = pa.array(np.full(len(values), head.question, np.int32))
            yield pa.RecordBatch.from_arrays([ids, which, pa.array(percentiles)], schema=PLACES)


def finish(
    names: Sequence[str],
    work: Callable[[pa.Table], pa.Table],
    schema: pa.Schema,
    batches: Batches,
) -> Iterator[pa.RecordBatch]:
    """Yield what some work makes of rows and their percentiles, all of a customer together.

    Parameters
    ----------
    names : sequence of str
        The columns that the percentiles of each question go to.
    work : callable
        From rows sorted by customer to rows of `schema`.
    schema : Arrow schema
    batches : iterable of RecordBatch
        Rows as they were kept, and :data:`PLACES` among them.
    """
    some = list(batches)
    if not some:
        return
    mixed = pa.Table.from_batches(some)
    is_place = mixed["question"].is_valid()
    found = mixed.filter(is_place).select(PLACES.names)
    rows = mixed.filter(pc.invert(is_place)).drop_columns(["question", "percentile"])
    rows = rows.sort_by("customer_id")
    for question, name in enumerate(names):
        of = found.filter(pc.equal(found["question"], question)).combine_chunks()
        at = pc.index_in(rows["customer_id"], of["customer_id"])
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.field(place), of["percentile"].take(at))
    yield from work(rows).cast(schema).to_batches(max_chunksize=ROWS_AT_ONCE)


def _percentiles(layout: Layout, head: Head, values: Floats) -> Floats:
    """Return 100 x mid-rank of numbers that descend, as `numpy.searchsorted` finds it ascending."""
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    rows = np.diff(np.append(starts, len(values)))
    before, equal = starts + layout.begins[head], rows.copy()
    for at in (0, -1):  # equal numbers at a border may reach beyond it
        before[at], equal[at] = layout.runs[head.question, float(values[starts[at]])]
    count = layout.counts[head.question]
    middles = ((count - before - equal) + (count - before)) / 2
    return np.repeat(100 * middles / count, rows)


def _piece(head: Head, values: Floats) -> Piece:
    first = int(np.searchsorted(-values, -values[0], "right"))
    last = int(np.searchsorted(-values, -values[-1], "left"))
    edges = ((float(values[0]), 0, first), (float(values[-1]), last, len(values) - last))
    return Piece(head, len(values), edges if last else edges[:1])


def _sorted(batches: Batches) -> Iterator[tuple[Head, Floats, pa.Array]]:
    """Yield the rows of each question in a part: its head, numbers and ids, the largest first."""
    order = [("question", "ascending"), ("value", "descending"), ("customer_id", "ascending")]
    rows = pa.Table.from_batches(batches, KEYS).sort_by(order).combine_chunks()
    questions = rows["question"].to_numpy()
    for question in np.unique(questions):
        first, end = np.searchsorted(questions, [question, question + 1])
        some = rows.slice(first, end - first)
        values = some["value"].to_numpy()
        ids = some["customer_id"].combine_chunks()
        yield Head(int(question), float(values[0]), ids[0].as_py()), values, ids
