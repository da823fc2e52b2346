"""One table's rows for a block of customers: sorted, coded, as integers.

Rows are sorted by customer, then time, then (where two rows share both) by their own contents, so
that the order of a file never shows. Numbers are fixed-point integers: money in minor units,
anything else in millionths. Sums are therefore exact, and a window's sum is the difference of a
running sum at two instants (docs/decisions/0003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.clock import LocalCalendar

MILLIONTHS = 1_000_000.0
"""Scale of every number that is not money: six decimals."""

_FIRST = np.iinfo(np.int64).min
"""Where null stands among the contents of rows that share an instant."""

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Field:
    """One column of a table's rows.

    Parameters
    ----------
    values : int64 array of shape (n_rows,)
        Fixed-point numbers, or codes into `words`.
    valid : bool array of shape (n_rows,) or None
        Where a value is known; None when it always is.
    scale : float
        ``values / scale`` is the number.
    words : Arrow array of strings or None
        What the codes of a text column stand for.
    """

    values: Integers
    valid: Flags | None = None
    scale: float = 1.0
    words: pa.Array | None = None

    def code(self, word: str) -> int:
        """Return the code of `word`, -1 where no row holds it."""
        return self._codes.get(word, -1)

    @cached_property
    def _codes(self) -> dict[str, int]:
        words = [] if self.words is None else self.words.to_pylist()
        return {word: code for code, word in enumerate(words)}


class Events:
    """Rows of whole customers in canonical order, with fields made when first asked for.

    Parameters
    ----------
    customer : int64 array of shape (n_rows,)
        Codes of the customers, ascending.
    time : int64 array of shape (n_rows,)
        Instants, ascending within a customer.
    n_customers : int
        Customers in the block, with or without rows here.
    makers : mapping of field name to function of the events
        How each field is made when first asked for.
    """

    def __init__(
        self,
        customer: Integers,
        time: Integers,
        n_customers: int,
        makers: Mapping[str, Maker],
    ) -> None:
        self.customer, self.time, self.n_customers = customer, time, n_customers
        self.first = np.searchsorted(customer, np.arange(n_customers + 1))
        self._makers = makers
        self._fields: dict[str, Field] = {}

    def field(self, name: str) -> Field:
        """Return a field by name."""
        if name not in self._fields:
            self._fields[name] = self._makers[name](self)
        return self._fields[name]

    def flag(self, name: str) -> Flags:
        """Return a boolean field as a mask of the rows."""
        return self.field(name).values.astype(bool)

    def only(self, rows: Integers, makers: Mapping[str, Maker]) -> Events:
        """Return the rows at these positions as events of their own, with fields made from them."""
        return Events(self.customer[rows], self.time[rows], self.n_customers, makers)


Maker = Callable[[Events], Field]


def order_events(table: pa.Table, ids: pa.Array, calendar: LocalCalendar, digits: int) -> Events:
    """Return order lines; `digits` is the number of decimals of the shop's currency."""
    money = 10.0**digits
    amount = _fixed(table, "amount", money)
    returned = _boolean(table, "is_return") | (amount.values < 0)
    columns = {
        "amount": Field(np.where(returned, -np.abs(amount.values), amount.values), None, money),
        "quantity": _fixed(table, "quantity", MILLIONTHS),
        "discount": _fixed(table, "discount", money),
        "category": _text(table, "category"),
        "channel": _text(table, "channel"),
        "product_id": _text(table, "product_id"),
        "order_id": _text(table, "order_id"),
        "is_return": Field(returned.astype(np.int64)),
    }
    derived: dict[str, Maker] = {
        "is_purchase": _purchases,
        "is_first_of_order": lambda events: _firsts(events, "order_id"),
        "is_first_of_category": lambda events: _firsts(events, "category"),
    }
    return _sorted(table, "ordered_at", ids, columns, calendar, derived)


def engagement_events(table: pa.Table, ids: pa.Array, calendar: LocalCalendar) -> Events:
    """Return engagement rows."""
    columns = {
        "value": _fixed(table, "value", MILLIONTHS),
        "kind": _text(table, "kind"),
        "detail": _text(table, "detail"),
    }
    return _sorted(table, "occurred_at", ids, columns, calendar, {})


def activity_events(parent: Events, rows: Integers, calendar: LocalCalendar) -> Events:
    """Return the rows that keep a customer alive, with the gaps between their days."""
    return parent.only(
        rows,
        {
            "is_first_of_day": lambda events: _mask(_new_days(events, calendar)),
            "gap": lambda events: _gaps(events, calendar),
            "log_gap": lambda events: _logarithm(_gaps(events, calendar)),
        },
    )


def _sorted(
    table: pa.Table,
    when: str,
    ids: pa.Array,
    columns: dict[str, Field],
    calendar: LocalCalendar,
    derived: Mapping[str, Maker],
) -> Events:
    who = encoded(table["customer_id"])
    codes = _numpy(pc.index_in(who.dictionary.cast(pa.string()), ids).fill_null(-1), np.int64)
    customer = codes[_numpy(who.indices, np.int64)]
    time = _numpy(table[when].cast(pa.timestamp("us", "UTC")).cast(pa.int64()), np.int64)
    order = _canonical_order(customer, time, columns)
    makers: dict[str, Maker] = {name: _reordered(field, order) for name, field in columns.items()}
    makers["weekday"] = lambda events: Field(calendar.weekdays(events.time))
    makers["hour"] = lambda events: Field(calendar.hours(events.time))
    makers |= derived
    return Events(_in_order(customer, order), _in_order(time, order), len(ids), makers)


def _canonical_order(
    customer: Integers, time: Integers, columns: dict[str, Field]
) -> Integers | None:
    """Return the order of the rows, None where they stand in it already."""
    same = customer[1:] == customer[:-1]
    ascending = (customer[1:] > customer[:-1]) | (same & (time[1:] >= time[:-1]))
    order = None if ascending.all() else _by_customer_and_time(customer, time)
    if order is not None:
        customer, time = customer[order], time[order]
    tied = (customer[1:] == customer[:-1]) & (time[1:] == time[:-1])
    if not tied.any():
        return order
    order = np.arange(len(customer)) if order is None else order
    rows = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    tied_rows = order[rows]
    keys = [_content(field, tied_rows) for field in columns.values()]
    order[rows] = tied_rows[np.lexsort((*keys, time[rows], customer[rows]))]
    return order


def _by_customer_and_time(customer: Integers, time: Integers) -> Integers:
    """Return the order by customer, then time, in linear time where instants ascend already.

    NumPy sorts 16 bits at a time by counting; whole rows it has to compare.
    """
    order = np.arange(len(time))
    if (time[1:] < time[:-1]).any():
        order = np.argsort(time, kind="stable")
    for shift in range(0, int(customer.max(initial=0)).bit_length(), 16):
        digit = (customer >> shift).astype(np.uint16)  # what does not fit is cut off
        order = order[np.argsort(digit[order], kind="stable")]
    return order


def _content(field: Field, rows: Integers) -> Integers:
    """Return what a field holds in `rows` as integers whose order depends on the contents alone."""
    values = field.values[rows]
    if field.words is not None and len(field.words):
        ranks = np.empty(len(field.words), dtype=np.int64)
        ranks[_numpy(pc.sort_indices(field.words), np.int64)] = np.arange(len(ranks))
        values = ranks[values]
    return values if field.valid is None else np.where(field.valid[rows], values, _FIRST)


def _firsts(events: Events, name: str) -> Field:
    """Mark the first purchase line of each (customer, value), where there is a value."""
    field = events.field(name)
    known = events.flag("is_purchase")
    if field.valid is not None:
        known = known & field.valid
    rows = np.flatnonzero(known)
    key = events.customer[rows] * (len(field.words or ()) + 1) + field.values[rows]
    # neighbouring lines mostly belong to one order: drop repeats before sorting
    changed = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
    _, first = np.unique(key[changed], return_index=True)
    marked = np.zeros(len(events.time), dtype=np.int64)
    marked[rows[changed[first]]] = 1
    return Field(marked)


def _activity_days(events: Events, calendar: LocalCalendar) -> Integers:
    """Return local days that never step back within a customer, though clocks may."""
    days = calendar.days(events.time)
    apart = events.customer * 10_000_000
    return np.maximum.accumulate(days + apart) - apart if len(days) else days


def _new_days(events: Events, calendar: LocalCalendar) -> Flags:
    days, customer = _activity_days(events, calendar), events.customer
    changed = (days[1:] != days[:-1]) | (customer[1:] != customer[:-1])
    return np.append(True, changed)[: len(days)]


def _gaps(events: Events, calendar: LocalCalendar) -> Field:
    days, new = _activity_days(events, calendar), _new_days(events, calendar)
    known = new.copy()
    known[events.first[:-1][events.first[:-1] < len(days)]] = False
    return Field(np.where(known, np.diff(days, prepend=0), 0), known)


def _logarithm(gaps: Field) -> Field:
    bits = int(gaps.values.max(initial=0)).bit_length()
    return Field(_logarithms(bits)[gaps.values], gaps.valid, MILLIONTHS)


@lru_cache
def _logarithms(bits: int) -> Integers:
    """Return natural logarithms of all numbers of so many bits, the same wherever a row stands."""
    logs = [0, *(round(MILLIONTHS * math.log(n)) for n in range(1, 1 << bits))]
    return np.array(logs, dtype=np.int64)


def _reordered(field: Field, order: Integers | None) -> Maker:
    def make(_: Events) -> Field:
        valid = None if field.valid is None else _in_order(field.valid, order)
        return Field(_in_order(field.values, order), valid, field.scale, field.words)

    return make


def _in_order(values: NDArray[T], order: Integers | None) -> NDArray[T]:
    return values if order is None else values[order]


def _purchases(events: Events) -> Field:
    return _mask(~events.flag("is_return") & (events.field("amount").values > 0))


def _mask(flags: Flags) -> Field:
    return Field(flags.astype(np.int64))


def _fixed(table: pa.Table, name: str, scale: float) -> Field:
    """Return a column of doubles as fixed-point integers, rounded half to even."""
    if name not in table.column_names:
        return Field(np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=bool), scale)
    column = table[name]
    known = None if column.null_count == 0 else _numpy(column.is_valid(), np.bool_)
    numbers = _numpy(column.fill_null(0.0), np.float64)
    return Field(np.rint(numbers * scale).astype(np.int64), known, scale)


def _text(table: pa.Table, name: str) -> Field:
    if name not in table.column_names or table[name].null_count == len(table):
        nothing = np.zeros(len(table), dtype=np.int64)
        return Field(nothing, nothing.astype(bool), 1.0, pa.array([], pa.string()))
    coded = encoded(table[name])
    known = None if coded.null_count == 0 else _numpy(coded.is_valid(), np.bool_)
    return Field(_numpy(coded.indices.fill_null(0), np.int64), known, 1.0, coded.dictionary)


def encoded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as codes into a dictionary, as which Parquet may hold it already."""
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _boolean(table: pa.Table, name: str) -> Flags:
    if name not in table.column_names:
        return np.zeros(len(table), dtype=bool)
    return _numpy(table[name].fill_null(False), np.bool_)


def _numpy(column: pa.Array | pa.ChunkedArray, kind: type[T]) -> NDArray[T]:
    array = column.to_numpy() if isinstance(column, pa.ChunkedArray) else _from_array(column)
    return np.asarray(array, dtype=kind)


def _from_array(column: pa.Array) -> NDArray[np.generic]:
    array: NDArray[np.generic] = column.to_numpy(zero_copy_only=False)
    return array
