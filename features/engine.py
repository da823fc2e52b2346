"""The engine: columns for every customer of a block at every cutoff.

The same function computes training data, batch scores, live scores of one customer and, under
Spark, a partition. It is the only code that evaluates expressions, so it is the only place where
rows meet a cutoff.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arithmetic.aggregates import aggregate
from features.arithmetic.borders import borders
from features.arithmetic.fields import Codes, Flags, Integers
from features.arithmetic.selection import Selection
from features.arithmetic.sums import Numbers, ratio
from features.block import Block, Stretch
from features.catalogue import Column
from features.clock import DAY
from features.expressions import expression as x
from features.plan import Plan, plan
from features.writing import ColumnArrays, RowPlaces

INSTANT = pa.timestamp("us", "UTC")
_CELLS = 1 << 17
"""Customers times cutoffs that are computed at a time."""


def compute(
    block: Block,
    cutoffs: Sequence[int],
    columns: Sequence[Column] | Plan,
    wanted: Flags | None = None,
) -> pa.Table:
    """Return the columns for every customer known before each cutoff.

    Parameters
    ----------
    block : Block
        Whole customers.
    cutoffs : sequence of int
        Instants, ascending.
    columns : sequence of Column, or Plan
        Features (float32 in the result), facts and labels (float64).
    wanted : bool array of shape (n_cutoffs, n_customers), optional
        Of whom a row is wanted, among those who are known; of all by default.

    Returns
    -------
    Arrow table
        ``customer_id``, ``cutoff``, then the columns; sorted by cutoff, then customer. Null is NaN,
        and so is a feature beyond what float32 holds, as a product of sums may be.

    Raises
    ------
    ValueError
        If the cutoffs do not ascend, or two columns share a name.
    """
    steps = columns if isinstance(columns, Plan) else plan(columns)
    names = steps.names
    if len(set(names)) < len(names):
        raise ValueError(f"columns need names of their own; got {sorted(names)}")
    instants = np.array(cutoffs, dtype=np.int64)
    if (np.diff(instants) <= 0).any():
        raise ValueError(f"cutoffs must ascend; got {list(cutoffs)}")
    known = known_before(block, cutoffs)
    if wanted is not None:
        known &= wanted
    keys = [
        pa.chunked_array([_where(block.ids, some) for some in known], pa.string()),
        pa.array(np.repeat(instants, known.sum(axis=1))).cast(INSTANT),
    ]
    columns = _columns(block, instants, steps, known)
    return pa.table([*keys, *columns], ["customer_id", "cutoff", *names])


def known_before(block: Block, cutoffs: Sequence[int]) -> Flags:
    """Return whether each customer is known before each cutoff, shape (n_cutoffs, n_customers)."""
    instants = np.array(cutoffs, dtype=np.int64)
    known: Flags = block.started[None, :] < instants[:, None]
    return known


def concatenate(tables: Sequence[pa.Table]) -> pa.Table:
    """Return computed tables of several blocks as one, sorted by cutoff, then block.

    Blocks in customer order therefore give rows in (cutoff, customer) order; nothing is copied.
    """
    together = pa.concat_tables(tables)
    cutoffs = pc.unique(together["cutoff"]).sort()
    parts = [_at_cutoff(table, cutoff) for cutoff in cutoffs for table in tables]
    return pa.concat_tables(parts) if parts else together


def cutoffs_of(table: pa.Table) -> Integers:
    """Return the cutoff of each row of a computed table, an instant, shape (n_rows,)."""
    cutoffs: Integers = table["cutoff"].cast(pa.int64()).to_numpy()
    return cutoffs


def _at_cutoff(table: pa.Table, cutoff: pa.Scalar) -> pa.Table:
    instant = cutoff.cast(pa.int64()).as_py()
    first, last = np.searchsorted(cutoffs_of(table), [instant, instant + 1])
    return table.slice(first, last - first)


def _where(ids: pa.Array, known: Flags) -> pa.Array:
    return ids if known.all() else ids.filter(pa.array(known))


def _columns(
    block: Block, cutoffs: Integers, steps: Plan, known: NDArray[np.bool_]
) -> list[pa.Array]:
    """Return the columns' values where `known`, by cutoff, then customer.

    Customers are computed a stretch at a time, so few that what their columns share stays in the
    processor's cache.
    """
    counts = known.sum(axis=1)
    total, places = int(counts.sum()), counts.cumsum() - counts
    made, overflows = ColumnArrays(steps, total), list[str]()
    for first, last in _stretches(len(block), len(cutoffs)):
        stretch, rows = Stretch(block, first, last), RowPlaces(known[:, first:last], places)
        with np.errstate(
            over="call", invalid="ignore", call=lambda what, _: overflows.append(what)
        ):
            for columns, values in _evaluate(stretch, cutoffs, steps):
                for column in columns:
                    rows.write(values, made.arrays[column])
        places = rows.ends
    if overflows:  # to look for infinite numbers wherever there are none takes a while
        made.leave_out_infinite()
    return made.columns()


def _stretches(customers: int, cutoffs: int) -> Iterator[tuple[int, int]]:
    if cutoffs:
        size = max(1, _CELLS // cutoffs)
        # nobody is a stretch, too: what cannot be computed fails on any block
        for first in range(0, max(1, customers), size):
            yield first, min(first + size, customers)


def _evaluate(
    stretch: Stretch, cutoffs: Integers, steps: Plan
) -> Iterator[tuple[list[int], Numbers]]:
    """Run a plan; yield columns and their array of shape (n_cutoffs, n_customers)."""
    selections = _Selections(stretch, cutoffs, steps)
    results: dict[int, Numbers] = {}
    for number, step in enumerate(steps.steps):
        if step.source is not None and isinstance(step.node, x.Aggregate):
            result = aggregate(step.node, selections[step.source], step.window)
            if number in steps.last_steps:
                selections.release(steps.groups[step.source])
        else:
            result = _combine(step.node, [results[i] for i in step.inputs], stretch, cutoffs)
        if number in steps.columns_of:
            yield steps.columns_of[number], result
        if steps.last_use[number] > number:
            results[number] = result
        for needed in step.inputs:
            if steps.last_use[needed] == number:
                results.pop(needed, None)


class _Selections:
    """The rows of each source, selected when first needed and released after their last use.

    Sources with a table and a condition in common share their rows, unless a field lacks values.
    """

    def __init__(self, stretch: Stretch, cutoffs: Integers, steps: Plan) -> None:
        self._stretch, self._cutoffs, self._plan = stretch, cutoffs, steps
        distances = tuple((cutoffs - cutoffs[:1]).tolist())
        self._borders = borders(distances, steps.all_windows)
        self._slots: dict[str, Codes] = {}
        self._of_source: dict[int, Selection] = {}
        self._made: dict[int, dict[str | None, Selection]] = {}

    def __getitem__(self, source: int) -> Selection:
        found = self._of_source.get(source)
        if found is None:
            found = self._of_source[source] = self._selection(source)
        return found

    def _selection(self, source: int) -> Selection:
        rows, group = self._plan.sources[source], self._plan.groups[source]
        events = self._stretch.events(rows.table)
        sparse = rows.field is not None and events.field(rows.field).valid is not None
        field = rows.field if sparse else None
        made = self._made.setdefault(group, {})
        if field not in made:
            if rows.table not in self._slots:
                first = int(self._cutoffs[0])
                self._slots[rows.table] = self._borders.slots(events.time, first)
            made[field] = Selection(
                events,
                rows.where,
                field,
                self._slots[rows.table],
                self._borders.layout(self._plan.windows[group]),
                self._cutoffs,
            )
        return made[field]

    def release(self, group: int) -> None:
        """Forget the rows of a group, which no later step needs."""
        del self._made[group]
        for source in self._plan.sources_of[group]:
            self._of_source.pop(source, None)


def _combine(
    node: x.Measure, inputs: list[Numbers], stretch: Stretch, cutoffs: Integers
) -> Numbers:
    """Return a measure that is not an aggregate."""
    match node:
        case x.Arithmetic(op):
            return _ARITHMETIC[op](*inputs)
        case x.Fill(_, value):
            return np.where(np.isnan(inputs[0]), value, inputs[0])
        case x.Constant(value):
            return np.full((len(cutoffs), len(stretch)), value)
        case x.Trait(field, value):
            return _trait(field, value, stretch, cutoffs)
    raise TypeError(f"a measure must be a known node; got {node!r}")


def _is_less(left: Numbers, right: Numbers) -> Numbers:
    unknown = np.isnan(left) | np.isnan(right)
    return np.where(unknown, np.nan, (left < right).astype(np.float64))


_ARITHMETIC: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ratio,
    "<": _is_less,
}


def _trait(field: str, value: str | None, stretch: Stretch, cutoffs: Integers) -> Numbers:
    if field == "tenure_days":
        return (cutoffs[:, None] - np.minimum(stretch.started, cutoffs[:, None])) / DAY
    if field not in stretch.customers.column_names:
        return np.full((len(cutoffs), len(stretch)), np.nan)
    column = stretch.customers[field]
    holds = column.is_valid() if value is None else pc.equal(column, value).fill_null(False)
    flags = holds.to_numpy().astype(np.float64)
    return np.broadcast_to(flags, (len(cutoffs), len(stretch)))
