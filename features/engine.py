"""The engine: columns for every customer of a block at every cutoff.

The same function computes training data, batch scores, live scores of one customer and, under
Spark, a partition. It is the only code that evaluates expressions, so it is the only place where
rows meet a cutoff.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import expression as x
from features.aggregates import Numbers, aggregate, ratio
from features.block import Block
from features.borders import Borders
from features.catalogue import Column
from features.clock import DAY
from features.events import Integers
from features.plan import Plan, plan
from features.selection import Selection

INSTANT = pa.timestamp("us", "UTC")


def compute(block: Block, cutoffs: Sequence[int], columns: Sequence[Column] | Plan) -> pa.Table:
    """Return the columns for every customer known before each cutoff.

    Parameters
    ----------
    block : Block
        Whole customers.
    cutoffs : sequence of int
        Instants, ascending.
    columns : sequence of Column, or Plan
        Features (float32 in the result), facts and labels (float64).

    Returns
    -------
    Arrow table
        ``customer_id``, ``cutoff``, then the columns; sorted by cutoff, then customer. Null is NaN.

    Raises
    ------
    ValueError
        If the cutoffs do not ascend, or two columns share a name.
    """
    steps = columns if isinstance(columns, Plan) else plan(columns)
    names = [column.name for column in steps.columns]
    if len(set(names)) < len(names):
        raise ValueError(f"columns need names of their own; got {sorted(names)}")
    instants = np.array(cutoffs, dtype=np.int64)
    if (np.diff(instants) <= 0).any():
        raise ValueError(f"cutoffs must ascend; got {list(cutoffs)}")
    known = block.started[None, :] < instants[:, None]
    rows = None if known.all() else np.flatnonzero(known)
    arrays = [
        pa.array(_typed(values, column, rows))
        for column, values in zip(steps.columns, _evaluate(block, instants, steps), strict=True)
    ]
    cutoff_of_row, customer_of_row = np.nonzero(known)
    keys = [
        block.ids.take(pa.array(customer_of_row)),
        pa.array(instants[cutoff_of_row]).cast(INSTANT),
    ]
    return pa.table([*keys, *arrays], ["customer_id", "cutoff", *names])


def matrix(table: pa.Table, columns: Sequence[Column]) -> NDArray[np.float32]:
    """Return feature columns as a float32 array of shape (n_rows, n_columns)."""
    values = np.empty((len(table), len(columns)), dtype=np.float32)
    for position, column in enumerate(columns):
        values[:, position] = table[column.name].to_numpy()
    return values


def concatenate(tables: Sequence[pa.Table]) -> pa.Table:
    """Return computed tables of several blocks as one, sorted by cutoff, then block.

    Blocks in customer order therefore give rows in (cutoff, customer) order; nothing is copied.
    """
    together = pa.concat_tables(tables)
    cutoffs = pc.unique(together["cutoff"]).sort()
    parts = [_at_cutoff(table, cutoff) for cutoff in cutoffs for table in tables]
    return pa.concat_tables(parts) if parts else together


def _at_cutoff(table: pa.Table, cutoff: pa.Scalar) -> pa.Table:
    column = table["cutoff"].cast(pa.int64()).to_numpy()
    first, last = np.searchsorted(column, cutoff.cast(pa.int64()).as_py() + np.array([0, 1]))
    return table.slice(first, last - first)


def _typed(values: Numbers, column: Column, rows: Integers | None) -> NDArray[np.floating]:
    """Return a column's values in these rows, all for None."""
    flat = values.reshape(-1) if rows is None else values.reshape(-1)[rows]
    return flat.astype(np.float32) if column.is_feature else flat


def _evaluate(block: Block, cutoffs: Integers, steps: Plan) -> list[Numbers]:
    """Run a plan; each result is an array of shape (n_cutoffs, n_customers)."""
    selections = _Selections(block, cutoffs, steps)
    kept = frozenset(steps.outputs)
    results: dict[int, Numbers] = {}
    for number, step in enumerate(steps.steps):
        if step.source is not None and isinstance(step.node, x.Aggregate):
            results[number] = aggregate(step.node, selections[step.source], step.window)
        else:
            results[number] = _combine(step.node, [results[i] for i in step.inputs], block, cutoffs)
        for needed in step.inputs:
            if steps.last_use[needed] == number and needed not in kept:
                results.pop(needed, None)
        selections.release(number)
    return [results[output] for output in steps.outputs]


class _Selections:
    """The rows of each source, picked when first needed, let go after their last use."""

    def __init__(self, block: Block, cutoffs: Integers, steps: Plan) -> None:
        self._block, self._plan = block, steps
        self._borders = Borders(cutoffs, frozenset().union(*steps.windows))
        self._made: dict[int, Selection] = {}
        self._last_use = {
            step.source: number
            for number, step in enumerate(steps.steps)
            if step.source is not None
        }

    def __getitem__(self, source: int) -> Selection:
        if source not in self._made:
            rows = self._plan.sources[source]
            self._made[source] = Selection(
                self._block.events(rows.table),
                rows.where,
                rows.field,
                self._borders,
                self._plan.windows[source],
            )
        return self._made[source]

    def release(self, step: int) -> None:
        """Forget the rows that no later step needs."""
        source = self._plan.steps[step].source
        if source is not None and self._last_use[source] == step:
            self._made.pop(source, None)


def _combine(node: x.Measure, inputs: list[Numbers], block: Block, cutoffs: Integers) -> Numbers:
    """Return a measure that is not an aggregate."""
    match node:
        case x.Constant(value):
            return np.full((len(cutoffs), len(block)), value)
        case x.Fill(_, value):
            return np.where(np.isnan(inputs[0]), value, inputs[0])
        case x.Arithmetic("+"):
            return inputs[0] + inputs[1]
        case x.Arithmetic("-"):
            return inputs[0] - inputs[1]
        case x.Arithmetic("*"):
            return inputs[0] * inputs[1]
        case x.Arithmetic("/"):
            return ratio(inputs[0], inputs[1])
        case x.Arithmetic("<"):
            unknown = np.isnan(inputs[0]) | np.isnan(inputs[1])
            return np.where(unknown, np.nan, (inputs[0] < inputs[1]).astype(np.float64))
        case x.Trait(field, value):
            return _trait(field, value, block, cutoffs)
    raise TypeError(f"a measure must be a known node; got {node!r}")


def _trait(field: str, value: str | None, block: Block, cutoffs: Integers) -> Numbers:
    if field == "tenure_days":
        return (cutoffs[:, None] - np.minimum(block.started, cutoffs[:, None])) / DAY
    if field not in block.customers.column_names:
        return np.full((len(cutoffs), len(block)), np.nan)
    column = block.customers[field]
    holds = column.is_valid() if value is None else pc.equal(column, value).fill_null(False)
    flags = holds.to_numpy().astype(np.float64)
    return np.broadcast_to(flags, (len(cutoffs), len(block)))
