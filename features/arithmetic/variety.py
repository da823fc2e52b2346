"""How varied a window's rows are: the number of values, how evenly they come, the commonest one.

A customer's values are counted in the order of (customer, value, time). Results are of shape
(n_cutoffs, n_customers), null as NaN.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from features.arithmetic.fields import Codes, Flags, Integers
from features.arithmetic.ordering import stable_order
from features.arithmetic.selection import Selection
from features.arithmetic.sums import Numbers, count, ratio, running_sums, sum_by_cutoff
from features.clock import Window

_UNIT = 1 << 20
"""Logarithms are added up as integers in units of 2**-20."""


def distinct(selection: Selection, field: str, window: Window) -> Numbers:
    """Return the number of values: of rows that hold theirs for the last time before the end."""
    return sum_by_cutoff(selection.cached(_running_lasts, field, window.end), selection, window)


def entropy(selection: Selection, field: str, window: Window) -> Numbers:
    """Return ``ln n - sum(m ln m) / n`` over the values' counts m: the values' entropy in nats."""
    counts, customer = selection.cached(_value_counts, field, window)
    n = selection.ends(window) - selection.starts(window)
    weight = n.astype(np.float64) * _UNIT
    logs = _m_log_m(int(n.max(initial=0)).bit_length())
    total = _per_customer(np.add, logs[counts], customer, selection.events.n_customers)
    return ratio((logs[n] - total).astype(np.float64), weight)


def top_share(selection: Selection, field: str, window: Window) -> Numbers:
    """Return the share of rows that hold the commonest value, 0 to 1."""
    counts, customer = selection.cached(_value_counts, field, window)
    top = _per_customer(np.maximum, counts, customer, selection.events.n_customers)
    return ratio(top.astype(np.float64), count(selection, window))


def _running_lasts(selection: Selection, field: str, end: int) -> list[Integers]:
    """Return for each cutoff running counts of the rows that hold their value for the last time."""
    later = selection.cached(_slots_of_followers, field)
    return [running_sums(later >= slot) for slot in selection.layout.begins[end]]


def _slots_of_followers(selection: Selection, field: str) -> Codes:
    """Return the slot in which each row's (customer, value) comes next, `width` if never."""
    order, new = selection.cached(_by_pair, field)
    later = np.full(len(order), selection.layout.width, dtype=np.int32)
    later[order[:-1]] = np.where(new[1:], selection.layout.width, selection.slots[order[1:]])
    return later


def _value_counts(selection: Selection, field: str, window: Window) -> tuple[Integers, Codes]:
    """Return rows per (customer, value), shape (n_cutoffs, n_pairs), and the pairs' customers."""
    order, new = selection.cached(_by_pair, field)
    begins, slots = np.flatnonzero(new), selection.slots[order]
    starts, ends = (selection.layout.begins[border] for border in (window.start, window.end))
    counts = np.zeros((len(starts), len(begins)), dtype=np.int64)
    for k in range(len(counts) if len(begins) else 0):
        inside = (slots >= starts[k]) & (slots < ends[k])
        counts[k] = np.add.reduceat(inside, begins, dtype=np.int64)
    return counts, selection.customer[order[begins]]


def _by_pair(selection: Selection, field: str) -> tuple[Integers, Flags]:
    """Return the order of rows by (customer, value, time), and where a new pair begins in it."""
    values = selection.values(field)
    pair = selection.customer * np.int64(int(values.max(initial=0)) + 1) + values
    order = stable_order(pair)
    pair = pair[order]
    return order, np.append(True, pair[1:] != pair[:-1])[: len(pair)]


def _per_customer(
    function: np.ufunc, values: Integers, customer: Codes, n_customers: int
) -> Integers:
    """Reduce (n_cutoffs, n_pairs) to (n_cutoffs, n_customers); pairs are sorted by customer."""
    result = np.zeros((len(values), n_customers), dtype=np.int64)
    if len(customer):
        begins = np.flatnonzero(np.append(True, customer[1:] != customer[:-1]))
        result[:, customer[begins]] = function.reduceat(values, begins, axis=1)
    return result


@lru_cache
def _m_log_m(bits: int) -> Integers:
    """Return ``m ln m`` for all m of so many bits."""
    logs = [0, *(round(_UNIT * m * math.log(m)) for m in range(1, 1 << bits))]
    return np.array(logs, dtype=np.int64)
