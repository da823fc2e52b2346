"""One table's rows for a block of customers: sorted, coded, as integers.

Rows stand in their canonical order (`features.arithmetic.ordering`). Numbers are fixed-point
integers: money in minor units, anything else in millionths. Sums are therefore exact, and a
window's sum is the difference of a running sum at two instants
(`docs/decisions/0003-fixed-point-in-the-engine.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arithmetic.fields import (
    MILLIONTHS,
    Codes,
    Field,
    Flags,
    Integers,
    boolean,
    encoded,
    fixed,
    flags,
    numpy,
    picked,
    text,
)
from features.arithmetic.ordering import canonical_order, stable_order
from features.clock import LocalCalendar


class Events:
    """Rows of whole customers in canonical order, with fields made when first asked for.

    Parameters
    ----------
    customer : int32 array of shape (n_rows,)
        Codes of the customers, ascending.
    time : int64 array of shape (n_rows,)
        Instants, ascending within a customer.
    n_customers : int
        Customers in the block, with or without rows here.
    makers : mapping of field name to function of the events
        How each field is made when first asked for.
    order : int64 array of shape (n_rows,) or None
        Where each row stood in the table it comes from; None where they stand as they stood.
    """

    def __init__(
        self,
        customer: Codes,
        time: Integers,
        n_customers: int,
        makers: Mapping[str, Maker],
        order: Integers | None = None,
    ) -> None:
        self.customer, self.time, self.n_customers = customer, time, n_customers
        self.order = order
        self.first = np.searchsorted(customer, np.arange(n_customers + 1, dtype=np.int32))
        self._makers = makers
        self._fields: dict[str, Field] = {}
        self._groups: dict[str, tuple[Integers, Integers]] = {}

    def field(self, name: str) -> Field:
        """Return a field by name."""
        if name not in self._fields:
            self._fields[name] = self._makers[name](self)
        return self._fields[name]

    def flag(self, name: str) -> Flags:
        """Return a boolean field as a mask of the rows."""
        return self.field(name).values.view(np.bool_)

    def only(self, rows: Integers, makers: Mapping[str, Maker]) -> Events:
        """Return the rows at these positions as events of their own, with fields made from them."""
        customer, time = picked(self.customer, rows), picked(self.time, rows)
        return Events(customer, time, self.n_customers, makers)

    def stretch(self, first: int, last: int) -> Events:
        """Return the rows of the customers from one code up to another, who are numbered anew.

        Nothing is copied but the codes.
        """
        rows = slice(self.first[first], self.first[last])
        makers = {name: self._maker_of(name, rows) for name in self._makers}
        customer = self.customer[rows] - np.int32(first)
        return Events(customer, self.time[rows], last - first, makers)

    def rows_of(self, name: str, word: str) -> Integers:
        """Return the positions of the rows that hold a word in a text field."""
        if name not in self._groups:
            self._groups[name] = _grouped(self.field(name))
        field, (order, begins) = self.field(name), self._groups[name]
        code = -1 if field.words is None else field.words.code(word)
        return order[begins[code] : begins[code + 1]] if code >= 0 else order[:0]

    def _maker_of(self, name: str, rows: slice) -> Maker:
        return lambda _: self.field(name).among(rows)


Maker = Callable[[Events], Field]


def order_events(table: pa.Table, ids: pa.Array, calendar: LocalCalendar, digits: int) -> Events:
    """Return order lines; `digits` is the number of decimals of the shop's currency."""
    money = 10.0**digits
    amount = fixed(table, "amount", money)
    returned = boolean(table, "is_return") | (amount.values < 0)
    columns = {
        "amount": Field(np.where(returned, -np.abs(amount.values), amount.values), None, money),
        "quantity": fixed(table, "quantity", MILLIONTHS),
        "discount": fixed(table, "discount", money),
        "category": text(table, "category"),
        "channel": text(table, "channel"),
        "product_id": text(table, "product_id"),
        "order_id": text(table, "order_id"),
        "is_return": flags(returned),
    }
    derived: dict[str, Maker] = {
        "is_purchase": _purchases,
        "is_first_of_order": lambda events: _firsts(events, "order_id"),
        "is_first_of_category": lambda events: _firsts(events, "category"),
        "is_first_of_order_day": lambda events: _first_of_days(events, calendar),
    }
    return _sorted(table, "ordered_at", ids, columns, calendar, derived)


def engagement_events(table: pa.Table, ids: pa.Array, calendar: LocalCalendar) -> Events:
    """Return engagement rows."""
    columns = {
        "value": fixed(table, "value", MILLIONTHS),
        "kind": text(table, "kind"),
        "detail": text(table, "detail"),
    }
    return _sorted(table, "occurred_at", ids, columns, calendar, {})


def attribute_events(table: pa.Table, ids: pa.Array, calendar: LocalCalendar) -> Events:
    """Return what was known of customers (`features.attributes`), dated by its `valid_from`."""
    columns = {
        "value": fixed(table, "value", MILLIONTHS),
        "name": text(table, "name"),
        "text": text(table, "text"),
    }
    return _sorted(table, "occurred_at", ids, columns, calendar, {})


def _sorted(
    table: pa.Table,
    when: str,
    ids: pa.Array,
    columns: dict[str, Field],
    calendar: LocalCalendar,
    derived: Mapping[str, Maker],
) -> Events:
    who = encoded(table["customer_id"])
    codes = numpy(pc.index_in(who.dictionary.cast(pa.string()), ids).fill_null(-1), np.int32)
    customer = codes.take(numpy(who.indices, np.int32), mode="clip")
    time = numpy(table[when].cast(pa.timestamp("us", "UTC")).cast(pa.int64()), np.int64)
    order = canonical_order(customer, time, columns.values())
    rows = slice(None) if order is None else order
    makers: dict[str, Maker] = {name: _reordered(field, rows) for name, field in columns.items()}
    makers["weekday"] = lambda events: Field(calendar.weekdays(events.time))
    makers["hour"] = lambda events: Field(calendar.hours(events.time))
    makers |= derived
    return Events(picked(customer, rows), picked(time, rows), len(ids), makers, order)


def _reordered(field: Field, rows: Integers | slice) -> Maker:
    return lambda _: field.among(rows)


def _grouped(field: Field) -> tuple[Integers, Integers]:
    """Return positions ordered by code, without nulls, and where each code begins among them."""
    rows = None if field.valid is None else np.flatnonzero(field.valid)
    codes = field.values if rows is None else picked(field.values, rows)
    order = stable_order(codes)
    begins = np.zeros(len(field.words or ()) + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=len(begins) - 1), out=begins[1:])
    return order if rows is None else rows[order], begins


def local_days(events: Events, calendar: LocalCalendar) -> Integers:
    """Return local days that never step back within a customer, though clocks may."""
    days = calendar.days(events.time)
    apart = events.customer * np.int64(10_000_000)
    return np.maximum.accumulate(days + apart) - apart if len(days) else days


def new_days(events: Events, calendar: LocalCalendar) -> Flags:
    """Return which rows are a customer's first of a local day, shape (n_rows,)."""
    days, customer = local_days(events, calendar), events.customer
    changed = (days[1:] != days[:-1]) | (customer[1:] != customer[:-1])
    return np.append(True, changed)[: len(days)]


def _first_of_days(events: Events, calendar: LocalCalendar) -> Field:
    """Mark the first purchase line of each customer's local day."""
    rows = np.flatnonzero(events.flag("is_purchase"))
    marked = np.zeros(len(events.time), dtype=bool)
    marked[rows[new_days(events.only(rows, {}), calendar)]] = True
    return flags(marked)


def _purchases(events: Events) -> Field:
    return flags(~events.flag("is_return") & (events.field("amount").values > 0))


def _firsts(events: Events, name: str) -> Field:
    """Mark the first purchase line of each (customer, value), where there is a value."""
    field = events.field(name)
    known = events.flag("is_purchase")
    if field.valid is not None:
        known = known & field.valid
    rows = np.flatnonzero(known)
    values = np.int64(len(field.words or ()) + 1)
    key = picked(events.customer, rows) * values + picked(field.values, rows)
    # neighbouring lines mostly belong to one order: drop repeats before sorting
    changed = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
    key = key[changed]
    order = stable_order(key)
    first = order[np.append(True, np.diff(key[order]) != 0)[: len(key)]]
    marked = np.zeros(len(events.time), dtype=bool)
    marked[rows[changed[first]]] = True
    return flags(marked)
