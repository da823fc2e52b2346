"""Counts and sums over windows: running sums of integers, read where windows begin and end.

Results are of shape (n_cutoffs, n_customers).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from features.arithmetic.fields import Flags, Integers
from features.arithmetic.selection import Selection
from features.clock import Window

Numbers = NDArray[np.float64]

LIMB = 25
"""Bits of the lower part of a number whose products would not fit 64 bits whole."""

_SURE = 2.0**61
"""Sums below it fit 64 bits, however a float that tells so is rounded."""


def count(selection: Selection, window: Window) -> Numbers:
    """Return how many rows each window holds."""
    return (selection.ends(window) - selection.starts(window)).astype(np.float64)


def whole_sum(selection: Selection, field: str, window: Window) -> Integers:
    """Return sums of a field in its own units, exact but for multiples of 2**64."""
    ends = selection.cached(_sum_before, field, window.end)
    return ends - selection.cached(_sum_before, field, window.start)


def float_sum(selection: Selection, field: str, window: Window) -> Numbers:
    """Return sums of a field in its own units as floats, which are right beyond 64 bits, too.

    Whether a sum is that large is told by the customer's rows alone, so that nobody's sum depends
    on who shares a block with them.
    """
    exact = whole_sum(selection, field, window)
    if selection.cached(_fits, field):
        return exact.astype(np.float64)
    high, low = limbs(selection.values(field))
    rough = sum_of(high, selection, window) * 2.0**LIMB + sum_of(low, selection, window)
    return np.where(np.abs(rough) < 2 * _SURE, exact, rough)


def _fits(selection: Selection, field: str) -> bool:
    """Return whether no rows that there are could add up to more than 64 bits hold."""
    values = selection.values(field)
    return float(np.abs(values).max(initial=0)) * len(values) < _SURE


def _sum_before(selection: Selection, field: str, border: int | None) -> Integers:
    """Return the sum of all rows before a border, counted over all customers."""
    return selection.cached(_running_sums, field).take(selection.position(border), mode="clip")


def _running_sums(selection: Selection, field: str) -> Integers:
    return running_sums(selection.values(field))


def sum_of(values: Integers | Flags, selection: Selection, window: Window) -> Integers:
    """Return sums of a number per row, exact but for multiples of 2**64."""
    running = running_sums(values)
    sums: Integers = running[selection.ends(window)] - running[selection.starts(window)]
    return sums


def sum_by_cutoff(runnings: Iterable[Integers], selection: Selection, window: Window) -> Numbers:
    """Return sums of a number per row and cutoff, from its running sums at each cutoff."""
    starts, ends = selection.starts(window), selection.ends(window)
    sums = np.empty(starts.shape)
    for k, running in enumerate(runnings):
        sums[k] = running[ends[k]] - running[starts[k]]
    return sums


def running_sums(values: Integers | Flags) -> Integers:
    """Return running sums with a leading 0, so that a slice's sum is a difference of two."""
    running = np.zeros(len(values) + 1, dtype=np.int64)
    values.cumsum(out=running[1:])
    return running


def limbs(values: Integers, bits: int = LIMB) -> tuple[Integers, Integers]:
    """Return two parts, ``high * 2**bits + low``, small enough to be multiplied and summed."""
    return values >> bits, values & ((1 << bits) - 1)


def ratio(above: Numbers | Integers, below: Numbers | Integers) -> Numbers:
    """Return the ratio, null where the divisor is 0."""
    result = np.full(above.shape, np.nan)
    np.divide(above, below, out=result, where=below != 0)
    return result
