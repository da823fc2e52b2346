"""The arithmetic of every aggregate, for every cutoff and customer at once.

All functions return float64 arrays of shape (n_cutoffs, n_customers), null as NaN. Whatever is
added up is an integer, so results do not depend on the order of rows nor on which customers share a
block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np

from features.arithmetic.extremes import extreme
from features.arithmetic.fields import Codes, Flags, Integers
from features.arithmetic.popularity import popularity
from features.arithmetic.selection import Selection
from features.arithmetic.sums import (
    LIMB,
    Numbers,
    count,
    float_sum,
    limbs,
    ratio,
    running_sums,
    sum_by_cutoff,
    sum_of,
    whole_sum,
)
from features.arithmetic.variety import distinct, entropy, top_share
from features.clock import DAY, Window
from features.expressions import expression as x
from features.expressions.popularity import Popularity

Arithmetic = Callable[[x.Aggregate, Selection, Window], Numbers]

_HALF = 22
"""Bits of either part of a number whose square is looked at: half a million fit 64 bits."""
_FADE_DAYS = 20_000
_FADE_UNIT = 1 << 20
"""Weights of fading rows are integers in units of 2**-20, one per whole day of age."""


def aggregate(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    """Return one aggregate for every cutoff and customer."""
    return _AGGREGATES[type(node)](node, selection, window)


def _field(node: x.Aggregate) -> str:
    if node.field is None:
        raise TypeError(f"{type(node).__name__} must be taken of a field; got rows of {node.table}")
    return node.field


def _of_rows(function: Callable[[Selection, Window], Numbers]) -> Arithmetic:
    return lambda _, selection, window: function(selection, window)


def _of_field(function: Callable[[Selection, str, Window], Numbers]) -> Arithmetic:
    return lambda node, selection, window: function(selection, _field(node), window)


def _sum(selection: Selection, field: str, window: Window) -> Numbers:
    return float_sum(selection, field, window) / selection.scale(field)


def _mean(selection: Selection, field: str, window: Window) -> Numbers:
    return ratio(_sum(selection, field, window), count(selection, window))


def _spread(selection: Selection, field: str, window: Window) -> Numbers:
    """Return the standard deviation from exact squares of distances to the mean in whole units.

    64 bits hold the sum of the squares but for a multiple of 2**64, which a sum in floating point
    tells.
    """
    values = selection.values(field)
    n = selection.ends(window) - selection.starts(window)
    total = whole_sum(selection, field, window)
    mean = total // np.maximum(n, 1)
    remainder = sum_of(values * values, selection, window) - mean * (2 * total - n * mean)
    squares = remainder.view(np.uint64).astype(np.float64)
    rough = _squares(values, selection, window) - ratio(total.astype(np.float64) ** 2, n)
    squares += 2.0**64 * np.rint((rough - squares) / 2.0**64)
    variance = ratio(squares - ratio((total - n * mean) ** 2, n), n - 1)
    for k, customer in selection.cached(_with_large_rows, field, window):
        rows = slice(selection.starts(window)[k, customer], selection.ends(window)[k, customer])
        variance[k, customer] = _variance(values[rows].tolist())
    deviation = np.sqrt(np.maximum(variance, 0)) / selection.scale(field)
    return np.where(n >= 2, deviation, np.nan)


def _with_large_rows(selection: Selection, field: str, window: Window) -> list[list[int]]:
    """Return cutoff and customer of windows with rows whose squares floating point cannot tell."""
    large = np.abs(selection.values(field)) >= 1 << 2 * _HALF
    if not large.any():
        return []
    found: list[list[int]] = np.argwhere(sum_of(large, selection, window) > 0).tolist()
    return found


def _variance(values: list[int]) -> float:
    """Return the variance of whole numbers, exact but for one rounding; 0 of a single one."""
    n, summed = len(values), sum(values)
    return (n * sum(value * value for value in values) - summed**2) / (n * max(1, n - 1))


def _squares(values: Integers, selection: Selection, window: Window) -> Numbers:
    """Return sums of squares: ``(high + low)**2``, each of the three products summed exactly."""
    high, low = limbs(values, _HALF)
    first = sum_of(high * high, selection, window) * 2.0 ** (2 * _HALF)
    mixed = sum_of(high * low, selection, window) * 2.0 ** (_HALF + 1)
    return first + mixed + sum_of(low * low, selection, window)


def _latest(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    assert isinstance(node, x.Latest)
    row = selection.ends(window) - 1 - node.back
    values = selection.values(_field(node)) / selection.scale(_field(node))
    return _at(row, values, row >= selection.starts(window))


def _days_since_last(selection: Selection, window: Window) -> Numbers:
    row = selection.ends(window) - 1
    age = selection.cutoffs[:, None] - _at(row, selection.time, row >= selection.starts(window))
    return age / DAY


def _days_since_first(selection: Selection, window: Window) -> Numbers:
    row = selection.starts(window)
    age = selection.cutoffs[:, None] - _at(row, selection.time, row < selection.ends(window))
    return age / DAY


def _at(row: Codes, values: Integers | Numbers, known: Flags) -> Numbers:
    if not len(values):
        return np.full(row.shape, np.nan)
    return np.where(known, values.take(row, mode="clip"), np.nan)


def _faded(node: x.Aggregate, selection: Selection, window: Window) -> Numbers:
    assert isinstance(node, x.Faded)
    weights = _fading(int(node.half_life))
    parts: Sequence[Integers | int] = (1,)
    scale = float(_FADE_UNIT)
    if node.field is not None:
        parts, scale = limbs(selection.values(node.field)), scale * selection.scale(node.field)
    time, starts, ends = selection.time, selection.starts(window), selection.ends(window)
    result = np.zeros(starts.shape)
    for k, cutoff in enumerate(selection.cutoffs):
        weight = weights.take((cutoff - time) // DAY, mode="clip")
        for part in parts:
            running = running_sums(weight * part)
            result[k] = result[k] * 2.0**LIMB + (running[ends[k]] - running[starts[k]])
    return result / scale


@lru_cache(maxsize=64)
def _fading(half_life: int) -> Integers:
    """Return the weights of rows by their age in days."""
    weights = [round(_FADE_UNIT * 2.0 ** (-age / half_life)) for age in range(_FADE_DAYS + 1)]
    return np.array(weights, dtype=np.int64)


def _share_below_silence(selection: Selection, field: str, window: Window) -> Numbers:
    values, scale = selection.values(field), selection.scale(field)
    shorter = (
        running_sums(values < silence[selection.customer] * scale)
        for silence in _days_since_last(selection, window)
    )
    return ratio(sum_by_cutoff(shorter, selection, window), count(selection, window))


_AGGREGATES: dict[type[x.Aggregate], Arithmetic] = {
    x.Count: _of_rows(count),
    x.Sum: _of_field(_sum),
    x.Mean: _of_field(_mean),
    x.Spread: _of_field(_spread),
    x.Largest: _of_field(partial(extreme, np.maximum)),
    x.Smallest: _of_field(partial(extreme, np.minimum)),
    x.Latest: _latest,
    x.DaysSinceLast: _of_rows(_days_since_last),
    x.DaysSinceFirst: _of_rows(_days_since_first),
    x.Distinct: _of_field(distinct),
    x.Entropy: _of_field(entropy),
    x.TopShare: _of_field(top_share),
    x.Faded: _faded,
    x.ShareBelowSilence: _of_field(_share_below_silence),
    Popularity: popularity,
}
