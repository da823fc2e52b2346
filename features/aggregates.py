"""The arithmetic of every aggregate: running sums, read at the borders of windows.

All functions return float64 arrays of shape (n_cutoffs, n_customers), null as NaN. Whatever is
added up is an integer, so results do not depend on the order of rows nor on which customers share a
block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features import expression as x
from features.clock import DAY, Window
from features.fields import Codes, Flags, Integers
from features.ordering import stable_order
from features.selection import Selection

Numbers = NDArray[np.float64]

_FADE_DAYS = 20_000
_FADE_UNIT = 1 << 20
"""Weights of fading rows are integers in units of 2**-20, one per whole day of age."""
_LIMB = 25
"""Bits of the lower part of a number whose products would not fit 64 bits whole."""


def aggregate(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Return one aggregate for every cutoff and customer."""
    return _AGGREGATES[type(node)](node, selection, window)


def _count(_: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    return (selection.ends(window) - selection.starts(window)).astype(np.float64)


def _sum(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    return _total(selection, _field(node), window) / selection.scale(_field(node))


def _mean(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    return ratio(_sum(node, selection, window), _count(node, selection, window))


def _spread(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Return the standard deviation from exact squares of distances to the whole-unit mean.

    64 bits hold their sum but for multiples of 2**64; which multiple it is, floating point tells.
    """
    values = selection.values(_field(node))
    n = selection.ends(window) - selection.starts(window)
    total = _total(selection, _field(node), window)
    mean = total // np.maximum(n, 1)
    squares = _between(values * values, selection, window) - mean * (2 * total - n * mean)
    exact = squares.view(np.uint64).astype(np.float64)
    rough = _squares(values, selection, window) - ratio(total.astype(np.float64) ** 2, n)
    exact += 2.0**64 * np.rint((rough - exact) / 2.0**64)
    variance = ratio(exact - ratio((total - n * mean) ** 2, n), n - 1)
    deviation = np.sqrt(np.maximum(variance, 0)) / selection.scale(_field(node))
    return np.where(n >= 2, deviation, np.nan)


def _squares(values: Integers, selection: Selection, window: Window) -> Numbers:
    """Return sums of squares: ``(high + low)**2``, each of the three products summed exactly."""
    high, low = _limbs(values)
    first = _between(high * high, selection, window) * 2.0 ** (2 * _LIMB)
    mixed = _between(high * low, selection, window) * 2.0 ** (_LIMB + 1)
    return first + mixed + _between(low * low, selection, window)


def _largest(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    return _extreme(np.maximum, node, selection, window)


def _smallest(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    return _extreme(np.minimum, node, selection, window)


def _latest(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    back = node.back if isinstance(node, x.Latest) else 0
    row = selection.ends(window) - 1 - back
    values = selection.values(_field(node)) / selection.scale(_field(node))
    return _at(row, values, row >= selection.starts(window))


def _days_since_last(_: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    row = selection.ends(window) - 1
    age = selection.cutoffs[:, None] - _at(row, selection.time, row >= selection.starts(window))
    return age / DAY


def _days_since_first(_: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    row = selection.starts(window)
    age = selection.cutoffs[:, None] - _at(row, selection.time, row < selection.ends(window))
    return age / DAY


def _distinct(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Count rows in the window that hold their value for the last time before its end."""
    starts, ends = selection.starts(window), selection.ends(window)
    result = np.empty(starts.shape)
    for k, running in enumerate(selection.once(_running_lasts, _field(node), window.end)):
        result[k] = running[ends[k]] - running[starts[k]]
    return result


def _entropy(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Return ``ln n - sum(m ln m) / n`` over the values' counts m."""
    counts, customer = selection.once(_value_counts, _field(node), window)
    n = selection.ends(window) - selection.starts(window)
    weight = n.astype(np.float64) * _FADE_UNIT
    logs = _m_log_m(int(n.max(initial=0)).bit_length())
    total = _per_customer(np.add, logs[counts], customer, selection.events.n_customers)
    return ratio((logs[n] - total).astype(np.float64), weight)


def _top_share(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    counts, customer = selection.once(_value_counts, _field(node), window)
    top = _per_customer(np.maximum, counts, customer, selection.events.n_customers)
    return ratio(top.astype(np.float64), _count(node, selection, window))


def _faded(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    weights = _fading(int(node.half_life) if isinstance(node, x.Faded) else 1)
    parts: Sequence[Integers | int] = (1,)
    scale = float(_FADE_UNIT)
    if node.field is not None:
        parts, scale = _limbs(selection.values(node.field)), scale * selection.scale(node.field)
    time, starts, ends = selection.time, selection.starts(window), selection.ends(window)
    result = np.zeros(starts.shape)
    for k, cutoff in enumerate(selection.cutoffs):
        weight = weights.take((cutoff - time) // DAY, mode="clip")
        for part in parts:
            running = _running(weight * part)
            result[k] = result[k] * 2.0**_LIMB + (running[ends[k]] - running[starts[k]])
    return result / scale


def _share_below_silence(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    values, scale = selection.values(_field(node)), selection.scale(_field(node))
    silence = _days_since_last(node, selection, window)
    starts, ends = selection.starts(window), selection.ends(window)
    result = np.empty(starts.shape)
    for k, end in enumerate(ends):
        shorter = values < silence[k][selection.customer] * scale
        running = _running(shorter.astype(np.int64))
        result[k] = running[end] - running[starts[k]]
    return ratio(result, _count(node, selection, window))


_AGGREGATES: dict[type[x.Aggregate], Callable[[x.Aggregate, Selection, Window], Numbers]] = {
    x.Count: _count,
    x.Sum: _sum,
    x.Mean: _mean,
    x.Spread: _spread,
    x.Largest: _largest,
    x.Smallest: _smallest,
    x.Latest: _latest,
    x.DaysSinceLast: _days_since_last,
    x.DaysSinceFirst: _days_since_first,
    x.Distinct: _distinct,
    x.Entropy: _entropy,
    x.TopShare: _top_share,
    x.Faded: _faded,
    x.ShareBelowSilence: _share_below_silence,
}


def _field(node: x.Aggregate) -> str:
    if node.field is None:
        raise TypeError(f"{type(node).__name__} must be taken of a field; got rows of {node.table}")
    return node.field


def _running(values: Integers | Flags) -> Integers:
    """Return running sums with a leading 0, so that a slice's sum is a difference of two."""
    running = np.zeros(len(values) + 1, dtype=np.int64)
    values.cumsum(out=running[1:])
    return running


def _running_of(selection: Selection, field: str) -> Integers:
    return _running(selection.values(field))


def _sum_before(selection: Selection, field: str, border: int | None) -> Integers:
    """Return the sum of all rows before a border, counted over all customers."""
    return selection.once(_running_of, field).take(selection.position(border), mode="clip")


def _total(selection: Selection, field: str, window: Window) -> Integers:
    """Return sums of a field, exact, of shape (n_cutoffs, n_customers)."""
    ends = selection.once(_sum_before, field, window.end)
    return ends - selection.once(_sum_before, field, window.start)


def _limbs(values: Integers) -> tuple[Integers, Integers]:
    """Return two parts, ``high * 2**25 + low``, small enough to be multiplied and summed."""
    return values >> _LIMB, values & ((1 << _LIMB) - 1)


def _between(values: Integers, selection: Selection, window: Window) -> Integers:
    running = _running(values)
    total: Integers = running[selection.ends(window)] - running[selection.starts(window)]
    return total


def ratio(above: Numbers | Integers, below: Numbers | Integers) -> Numbers:
    """Return the ratio, null where the divisor is 0."""
    result = np.full(above.shape, np.nan)
    np.divide(above, below, out=result, where=below != 0)
    return result


def _at(row: Codes, values: Integers | Numbers, known: Flags) -> Numbers:
    if not len(values):
        return np.full(row.shape, np.nan)
    return np.where(known, values.take(row, mode="clip"), np.nan)


def _extreme(
    function: np.ufunc, node: x.Aggregate, selection: Selection, window: Window
) -> Numbers:
    if window.start is not None and window.start >= window.end:
        return np.full((len(selection.cutoffs), selection.events.n_customers), np.nan)
    found = selection.once(_extremes, function, _field(node), window.end)
    return found[window.start] / selection.scale(_field(node))


def _extremes(
    selection: Selection, function: np.ufunc, field: str, end: int
) -> dict[int | None, Numbers]:
    """Return the extreme of each window that ends here, from one pass over the rows.

    The windows' starts cut a customer's rows into pieces; a window's extreme is that of all pieces
    from its start on.
    """
    starts = [s for s in selection.layout.starts[end] if s is None or s < end]
    found = {start: np.full(selection.position(end).shape, np.nan) for start in starts}
    # reduceat wants every border to be a row
    values = np.append(selection.values(field), 0)
    for k in range(len(selection.cutoffs)):
        borders = np.stack([selection.position(b)[k] for b in (*starts, end)], axis=1)
        filled = np.flatnonzero(borders[:, -1] > borders[:, 0])
        borders = borders[filled]
        # the piece behind each end is thrown away; a piece without rows gives a row of the next
        pieces = function.reduceat(values, borders.reshape(-1)).reshape(borders.shape)
        best = np.full(len(filled), np.nan)
        for i in range(len(starts) - 1, -1, -1):
            some = borders[:, i] < borders[:, i + 1]
            best[some] = _better(function, best[some], pieces[some, i])
            found[starts[i]][k][filled] = best
    return found


def _better(function: np.ufunc, best: Numbers, piece: Integers) -> Numbers:
    """Return the better of two, whichever is known."""
    better: Numbers = function(np.where(np.isnan(best), piece, best), piece)
    return better


def _slots_of_followers(selection: Selection, field: str) -> Codes:
    """Return the slot in which each row's (customer, value) comes next, `width` if never."""
    order, new = selection.once(_by_pair, field)
    later = np.full(len(order), selection.layout.width, dtype=np.int32)
    later[order[:-1]] = np.where(new[1:], selection.layout.width, selection.slots[order[1:]])
    return later


def _running_lasts(selection: Selection, field: str, end: int) -> list[Integers]:
    """Return for each cutoff running counts of the rows that hold their value for the last time."""
    later = selection.once(_slots_of_followers, field)
    return [_running(later >= slot) for slot in selection.layout.begins[end]]


def _by_pair(selection: Selection, field: str) -> tuple[Integers, Flags]:
    """Return the order of rows by (customer, value, time), and where a new pair begins in it."""
    values = selection.values(field)
    pair = selection.customer * np.int64(int(values.max(initial=0)) + 1) + values
    order = stable_order(pair)
    pair = pair[order]
    return order, np.append(True, pair[1:] != pair[:-1])[: len(pair)]


def _value_counts(selection: Selection, field: str, window: Window) -> tuple[Integers, Codes]:
    """Return rows per (customer, value), shape (n_cutoffs, n_pairs), and the pairs' customers."""
    order, new = selection.once(_by_pair, field)
    begins, slots = np.flatnonzero(new), selection.slots[order]
    starts, ends = (selection.layout.begins[border] for border in (window.start, window.end))
    counts = np.zeros((len(starts), len(begins)), dtype=np.int64)
    for k in range(len(counts) if len(begins) else 0):
        inside = (slots >= starts[k]) & (slots < ends[k])
        counts[k] = np.add.reduceat(inside, begins, dtype=np.int64)
    return counts, selection.customer[order[begins]]


def _per_customer(
    function: np.ufunc, values: Integers, customer: Codes, n_customers: int
) -> Integers:
    """Reduce (n_cutoffs, n_pairs) to (n_cutoffs, n_customers); pairs are sorted by customer."""
    result = np.zeros((len(values), n_customers), dtype=np.int64)
    if len(customer):
        begins = np.flatnonzero(np.append(True, customer[1:] != customer[:-1]))
        result[:, customer[begins]] = function.reduceat(values, begins, axis=1)
    return result


@lru_cache(maxsize=64)
def _fading(half_life: int) -> Integers:
    weights = [round(_FADE_UNIT * 2.0 ** (-age / half_life)) for age in range(_FADE_DAYS + 1)]
    return np.array(weights, dtype=np.int64)


@lru_cache
def _m_log_m(bits: int) -> Integers:
    """Return ``m ln m`` for all m of so many bits."""
    logs = [0, *(round(_FADE_UNIT * m * math.log(m)) for m in range(1, 1 << bits))]
    return np.array(logs, dtype=np.int64)
