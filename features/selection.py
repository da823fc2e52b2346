"""Rows that an aggregate looks at, and where each customer's windows begin and end among them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from features import expression as x
from features.borders import Borders
from features.clock import Window
from features.events import Events, Field, Flags, Integers

_OPERATORS: Mapping[str, Callable[[Integers, float], Flags]] = {
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
    borders : Borders
        Of all windows at all cutoffs.
    windows : frozenset of Window
        The windows that will be asked for.
    """

    def __init__(
        self,
        events: Events,
        where: x.Row | None,
        field: str | None,
        borders: Borders,
        windows: frozenset[Window],
    ) -> None:
        self.events, self.cutoffs = events, borders.cutoffs
        self._rows = _chosen(events, where, field)
        self.customer = self._of_rows(events.customer)
        self._layout = borders.layout(windows)
        self._slots = self._of_rows(borders.slots(events))
        self._counted: Integers | None = None
        self._positions: dict[int | None, Integers] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.customer)

    @property
    def time(self) -> Integers:
        """The rows' instants."""
        return self._of_rows(self.events.time)

    def values(self, name: str) -> Integers:
        """Return a field's values in these rows."""
        return self._of_rows(self.events.field(name).values)

    def scale(self, name: str) -> float:
        """Return a field's scale."""
        return self.events.field(name).scale

    def starts(self, window: Window) -> Integers:
        """Return the position of the first row inside, of shape (n_cutoffs, n_customers)."""
        return self._position(window.start)

    def ends(self, window: Window) -> Integers:
        """Return the position after the last row inside, of shape (n_cutoffs, n_customers)."""
        return self._position(window.end)

    def _position(self, border: int | None) -> Integers:
        """Return how many rows precede a border, counted over all customers; None precedes all."""
        if border not in self._positions:
            if self._counted is None:
                self._counted = self._count()
            self._positions[border] = self._counted[self._layout.begins[border]]
        return self._positions[border]

    def _count(self) -> Integers:
        """Return how many rows precede each slot of each customer, of shape (width, n_customers).

        A row's slot is the number of borders at or before it. Rows are sorted by customer and time,
        so by (customer, slot), too: running counts of the slots' rows are positions.
        """
        n, width = self.events.n_customers, self._layout.width
        slots = self.customer * width + self._layout.narrowed[self._slots]
        before = np.zeros(n * width + 1, dtype=np.int64)
        np.cumsum(np.bincount(slots, minlength=n * width), out=before[1:])
        return before[:-1].reshape(n, width).T

    def _of_rows(self, values: Integers) -> Integers:
        return values if self._rows is None else values[self._rows]


def _chosen(events: Events, where: x.Row | None, field: str | None) -> Integers | None:
    """Return the positions of the rows that count, None for all."""
    mask = None if where is None else holds(where, events)
    valid = None if field is None else events.field(field).valid
    if valid is not None:
        mask = valid if mask is None else mask & valid
    return None if mask is None else np.flatnonzero(mask)


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
    constant = field.code(value) if isinstance(value, str) else _fixed_point(value, field.scale)
    result = _OPERATORS[op](field.values, constant)
    return result if field.valid is None else result & field.valid


def _fixed_point(value: float, scale: float) -> float:
    """Return a constant in a field's units: 19.99 is 1999 cents, though not as binary fractions."""
    units = Fraction(repr(float(value))) * Fraction(scale)
    return units.numerator if units.denominator == 1 else float(units)
