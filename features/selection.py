"""Rows that an aggregate looks at, and where each customer's windows begin and end among them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from features import expression as x
from features.clock import DAY, Window
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
    cutoffs : int64 array of shape (n_cutoffs,)
    windows : iterable of Window
        The windows that will be asked for.
    """

    def __init__(
        self,
        events: Events,
        where: x.Row | None,
        field: str | None,
        cutoffs: Integers,
        windows: frozenset[Window],
    ) -> None:
        self.events, self.cutoffs = events, cutoffs
        self.rows = _chosen(events, where, field)
        self.customer = events.customer if self.rows is None else events.customer[self.rows]
        self.time = events.time if self.rows is None else events.time[self.rows]
        self._borders = sorted(
            {window.end for window in windows}
            | {window.start for window in windows if window.start is not None}
        )
        self._counted: Integers | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time)

    def values(self, name: str) -> Integers:
        """Return a field's values in these rows."""
        field = self.events.field(name)
        return field.values if self.rows is None else field.values[self.rows]

    def scale(self, name: str) -> float:
        """Return a field's scale."""
        return self.events.field(name).scale

    def positions(self) -> Integers:
        """Return how many rows precede each border, counted over all customers.

        Returns
        -------
        int64 array of shape (1 + n_borders, n_cutoffs, n_customers)
            The first entry is where each customer's rows begin, whatever the cutoff.
        """
        if self._counted is None:
            self._counted = self._count()
        return self._counted

    def border(self, days: int | None) -> int:
        """Return the index into `positions` of a border; None is the customer's first row."""
        return 0 if days is None else 1 + self._borders.index(days)

    def starts(self, window: Window) -> Integers:
        """Return the position of the first row inside, of shape (n_cutoffs, n_customers)."""
        starts: Integers = self.positions()[self.border(window.start)]
        return starts

    def ends(self, window: Window) -> Integers:
        """Return the position after the last row inside, of shape (n_cutoffs, n_customers)."""
        ends: Integers = self.positions()[self.border(window.end)]
        return ends

    def _count(self) -> Integers:
        n, k = self.events.n_customers, len(self.cutoffs)
        offsets = np.array(self._borders, dtype=np.int64) * DAY
        borders, place = np.unique(offsets[:, None] + self.cutoffs[None, :], return_inverse=True)
        # a row falls in the slot after the last border at or before it: it precedes all later ones
        slots = np.searchsorted(borders, self.time, side="right")
        width = len(borders) + 1
        counted = np.bincount(self.customer * width + slots, minlength=n * width)
        counted = counted.reshape(n, width).cumsum(axis=1)
        begins = np.concatenate(([0], counted[:, -1].cumsum()[:-1])) if n else counted[:, -1]
        before = (counted[:, :-1] + begins[:, None]).T[place.reshape(-1)]
        first = np.broadcast_to(begins, (1, k, n))
        return np.concatenate((first, before.reshape(len(offsets), k, n)))


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
