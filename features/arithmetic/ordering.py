"""The canonical order of rows: by customer, then time, then what they hold.

Where two rows share customer and time their own contents decide, so that the order of a file never
shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.arithmetic.fields import Codes, Field, Flags, Integers, picked

_FIRST = np.iinfo(np.int64).min
"""Where null stands among the contents of rows that share an instant."""

_BITS = 63
"""What a signed number holds."""


def canonical_order(customer: Codes, time: Integers, fields: Iterable[Field]) -> Integers | None:
    """Return the order of the rows, None where they stand in it already; `fields` decide ties."""
    same = customer[1:] == customer[:-1]
    ascending = (customer[1:] > customer[:-1]) | (same & (time[1:] >= time[:-1]))
    order = None if ascending.all() else _by_customer_and_time(customer, time)
    if order is not None:
        customer, time = picked(customer, order), picked(time, order)
        same = customer[1:] == customer[:-1]
    tied = same & (time[1:] == time[:-1])
    if tied.any():
        order = np.arange(len(customer)) if order is None else order
        _settle(order, tied, customer, time, fields)
    return order


def stable_order(values: NDArray[np.integer[Any]]) -> Integers:
    """Return the order that sorts numbers from 0 on, equal ones as they stand.

    NumPy sorts 16 bits by counting. Beyond, a number and its place fit one word nearly always:
    words all differ and are sorted in place, several times faster than places can be sorted by the
    numbers they point at.
    """
    highest = int(values.max(initial=0))
    if highest < 1 << 16:
        return np.argsort(values.astype(np.uint16), kind="stable")
    place = (len(values) - 1).bit_length()
    if highest.bit_length() + place > _BITS:
        return np.argsort(values, kind="stable")
    words = values.astype(np.int64) << place
    words |= np.arange(len(values))
    words.sort()
    words &= (1 << place) - 1
    return words


def _by_customer_and_time(customer: Codes, time: Integers) -> Integers:
    """Return the order by customer, then time; rows that share both may stand in any order."""
    if (time[1:] >= time[:-1]).all():
        return stable_order(customer)
    since = time - time.min()
    bits = int(since.max()).bit_length()
    if int(customer.max()).bit_length() + bits <= _BITS:
        return np.argsort((customer.astype(np.int64) << bits) | since)
    order = np.argsort(time, kind="stable")
    return picked(order, stable_order(picked(customer, order)))


def _settle(
    order: Integers, tied: Flags, customer: Codes, time: Integers, fields: Iterable[Field]
) -> None:
    """Sort rows that share customer and time by their contents, in place."""
    rows = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    tied_rows = order[rows]
    keys: list[NDArray[np.integer[Any]]] = [_content(field, tied_rows) for field in fields]
    order[rows] = tied_rows[np.lexsort([*keys, time[rows], customer[rows]])]


def _content(field: Field, rows: Integers) -> Integers:
    """Return what a field holds in `rows` as integers whose order depends on the contents alone."""
    values = field.values[rows].astype(np.int64)
    if field.words is not None and len(field.words):
        values = field.words.ranks[values]
    return values if field.valid is None else np.where(field.valid[rows], values, _FIRST)
