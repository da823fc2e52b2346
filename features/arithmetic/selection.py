"""Rows that an aggregate looks at, and where each customer's windows begin and end among them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from features.arithmetic.borders import Layout
from features.arithmetic.events import Events
from features.arithmetic.fields import Codes, Field, Flags, Integers, picked
from features.clock import Window
from features.expressions import expression as x

P = ParamSpec("P")
T = TypeVar("T")

_FEW = 256
"""Customers below which looking positions up is quicker than counting."""
_OPERATORS: Mapping[str, Callable[[NDArray[np.integer[Any]], float], Flags]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Selection:
    """The rows of a table that pass a condition, with positions at every window's border.

    Parameters
    ----------
    events : Events
        All rows of the table.
    where : Row or None
        The condition.
    field : str or None
        Rows must hold a value in this field.
    slots : int32 array of shape (n_rows,)
        Where all rows of the table stand among all borders.
    layout : Layout
        The borders of the windows that will be asked for.
    cutoffs : int64 array of shape (n_cutoffs,)
    """

    def __init__(
        self,
        events: Events,
        where: x.Row | None,
        field: str | None,
        slots: Codes,
        layout: Layout,
        cutoffs: Integers,
    ) -> None:
        self.events, self.layout, self.cutoffs = events, layout, cutoffs
        self._rows = _chosen(events, where, field)
        self.customer = picked(events.customer, self._rows)
        self.slots = layout.narrowed.take(picked(slots, self._rows), mode="clip")
        self._positions: dict[int | None, Codes] = {}
        self._cache: dict[tuple[object, ...], object] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.customer)

    def cached(
        self, make: Callable[Concatenate[Selection, P], T], *args: P.args, **options: P.kwargs
    ) -> T:
        """Return ``make(self, ...)``, made only once: measures share what they are made of."""
        key = (make, args, *options.items())
        if key not in self._cache:
            self._cache[key] = make(self, *args, **options)
        return cast(T, self._cache[key])

    @cached_property
    def time(self) -> Integers:
        """The rows' instants."""
        return picked(self.events.time, self._rows)

    def values(self, name: str) -> Integers:
        """Return a field's values in these rows."""
        return self.cached(_values, name)

    def scale(self, name: str) -> float:
        """Return a field's scale."""
        return self.events.field(name).scale

    def starts(self, window: Window) -> Codes:
        """Return the position of the first row inside, of shape (n_cutoffs, n_customers)."""
        return self.position(window.start)

    def ends(self, window: Window) -> Codes:
        """Return the position after the last row inside, of shape (n_cutoffs, n_customers)."""
        return self.position(window.end)

    def position(self, border: int | None) -> Codes:
        """Return how many rows precede a border, counted over all customers; None precedes all."""
        found = self._positions.get(border)
        if found is None:
            found = self._positions[border] = self._before[self.layout.begins[border]]
        return found

    @cached_property
    def _before(self) -> Codes:
        """How many rows precede each slot of each customer, of shape (width, n_customers).

        Rows are sorted by customer and time, so by (customer, slot), too: running counts of the
        slots' rows are positions.
        """
        n, width = self.events.n_customers, self.layout.width
        if n < _FEW:
            cells = self.customer * np.int64(width) + self.slots
            places = cells.searchsorted(np.arange(n * width)).astype(np.int32)
            return places.reshape(n, width).T
        cells = np.bincount(self.slots * np.int64(n) + self.customer, minlength=width * n)
        return _positions(cells.astype(np.int32).reshape(width, n))

    def stored(self, name: str) -> NDArray[np.integer[Any]]:
        """Return a field's values as they are stored."""
        return picked(self.events.field(name).values, self._rows)


def _values(selection: Selection, name: str) -> Integers:
    return selection.stored(name).astype(np.int64, copy=False)


def _positions(counts: Codes) -> Codes:
    """Return how many rows precede each slot, from the rows in each, (width, n_customers) both."""
    before = np.zeros_like(counts)
    # NumPy goes down each column by itself, which takes six times longer than row by row
    for row in range(1, len(counts)):
        np.add(before[row - 1], counts[row - 1], out=before[row])
    per_customer = before[-1] + counts[-1]
    before += per_customer.cumsum(dtype=np.int32) - per_customer
    return before


def _chosen(events: Events, where: x.Row | None, field: str | None) -> Integers | slice:
    """Return the rows that count."""
    valid = None if field is None else events.field(field).valid
    if isinstance(where, x.Compare) and where.op == "==" and _is_word(events, where):
        rows = events.rows_of(where.field, str(where.value))
        return rows if valid is None else rows[valid[rows]]
    mask = None if where is None else holds(where, events)
    if valid is not None:
        mask = valid if mask is None else mask & valid
    return slice(None) if mask is None else np.flatnonzero(mask)


def _is_word(events: Events, where: x.Compare) -> bool:
    return isinstance(where.value, str) and events.field(where.field).words is not None


def holds(row: x.Row, events: Events) -> Flags:
    """Return for which rows a condition holds."""
    match row:
        case x.Flag(field):
            return events.flag(field)
        case x.Both(left, right):
            return holds(left, events) & holds(right, events)
        case x.Either(left, right):
            return holds(left, events) | holds(right, events)
        case x.Not(inner):
            return ~holds(inner, events)
        case x.Compare(field, op, value):
            return _compare(events.field(field), op, value)
    raise TypeError(f"a condition must be a Row; got {row!r}")


def _compare(field: Field, op: str, value: x.Value) -> Flags:
    constant = _constant(field, op, value)
    result = _OPERATORS[op](field.values, constant)
    return result if field.valid is None else result & field.valid


def _constant(field: Field, op: str, value: x.Value) -> float:
    """Return a constant as a field's values are stored; the codes of texts have no order."""
    if field.words is None and not isinstance(value, str):
        return _fixed_point(value, field.scale)
    if field.words is None or not isinstance(value, str) or op not in ("==", "!="):
        holds = "numbers" if field.words is None else "texts"
        raise TypeError(f"a column of {holds} must not be compared by {op} with {value!r}")
    return field.words.code(value)


@lru_cache(maxsize=256)
def _fixed_point(value: float, scale: float) -> float:
    """Return a constant in a field's units: 19.99 is 1999 cents, though not as binary fractions."""
    units = Fraction(repr(float(value))) * Fraction(scale)
    return units.numerator if units.denominator == 1 else float(units)
