"""What a feature's author writes: trees that describe a number, and hold no data.

Rows are picked from a table and filtered (`Row` nodes say which), then aggregated to a `Measure`,
one number per customer and cutoff; measures combine by arithmetic. Because a tree is data, it
cannot reach past the cutoff (only the engine applies it) and it travels in a bundle as JSON.

Missing values follow SQL: a comparison with null is false, arithmetic with null is null, and ``x /
0`` is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import cast

Value = str | int | float | bool


class Horizons(float):
    """A span in prediction horizons; `trees.resolve` beside turns it into whole days."""

    def __neg__(self) -> Horizons:
        """Return the same span before the cutoff."""
        return Horizons(-float(self))


Days = int | Horizons


@dataclass(frozen=True)
class Node:
    """Anything in a tree."""


# rows: which rows of a table count


@dataclass(frozen=True)
class Row(Node):
    """A condition on the rows of one table."""

    def __bool__(self) -> bool:
        """Refuse ``and``, ``or``, ``not`` and ``6 <= hour < 12``, which would drop a condition."""
        raise TypeError("conditions are combined with &, | and ~, each in parentheses")

    def __and__(self, other: Row) -> Row:
        """Both conditions."""
        return Both(self, other)

    def __or__(self, other: Row) -> Row:
        """Either condition."""
        return Either(self, other)

    def __invert__(self) -> Row:
        """Rows for which the condition does not hold, null included."""
        return Not(self)


@dataclass(frozen=True)
class Flag(Row):
    """Rows whose boolean field is true."""

    field: str


@dataclass(frozen=True)
class Compare(Row):
    """Rows whose field compares so with a constant; `op` is one of ``== != < <= > >=``."""

    field: str
    op: str
    value: Value


@dataclass(frozen=True)
class Both(Row):
    """Both conditions hold."""

    left: Row
    right: Row


@dataclass(frozen=True)
class Either(Row):
    """At least one condition holds."""

    left: Row
    right: Row


@dataclass(frozen=True)
class Not(Row):
    """The condition does not hold."""

    inner: Row


# measures: one number per customer and cutoff


@dataclass(frozen=True)
class Measure(Node):
    """One number per customer and cutoff."""

    def __bool__(self) -> bool:
        """Refuse to choose by a number that is not known yet."""
        raise TypeError("a measure is no number yet; compare with `below`, fill with `fill`")

    def __add__(self, other: Measure | float) -> Measure:
        """Sum."""
        return Arithmetic("+", self, measure(other))

    def __sub__(self, other: Measure | float) -> Measure:
        """Difference."""
        return Arithmetic("-", self, measure(other))

    def __mul__(self, other: Measure | float) -> Measure:
        """Product."""
        return Arithmetic("*", self, measure(other))

    def __truediv__(self, other: Measure | float) -> Measure:
        """Ratio; null where the divisor is 0."""
        return Arithmetic("/", self, measure(other))

    def below(self, other: Measure | float) -> Measure:
        """Return 1 where this is smaller than `other`, else 0; null where either is null."""
        return Arithmetic("<", self, measure(other))

    def fill(self, value: float) -> Measure:
        """Replace null by a number."""
        return Fill(self, value if isinstance(value, Horizons) else float(value))

    def over(self, days: Days | None) -> Measure:
        """Fix the window of every aggregate inside to the last `days` days (None: all history)."""
        return self.between(None if days is None else -days, 0)

    def between(self, start: Days | None, end: Days) -> Measure:
        """Fix the window of every aggregate inside to these days from the cutoff."""
        return cast(Measure, rewrite(self, lambda node: _with_window(node, start, end)))


@dataclass(frozen=True)
class Constant(Measure):
    """A number."""

    value: float


@dataclass(frozen=True)
class Arithmetic(Measure):
    """``left op right`` with `op` one of ``+ - * / <``."""

    op: str
    left: Measure
    right: Measure


@dataclass(frozen=True)
class Fill(Measure):
    """`inner`, or `value` where it is null."""

    inner: Measure
    value: float


@dataclass(frozen=True)
class Trait(Measure):
    """What is known of the customer: ``tenure_days``, or ``field == value`` as 1 or 0.

    With `value` None the number is 1 where the field is known at all.
    """

    field: str
    value: str | None = None


@dataclass(frozen=True)
class Span(Node):
    """A window fixed in the tree, whatever window the feature is asked over."""

    start: Days | None
    end: Days


@dataclass(frozen=True)
class Aggregate(Measure):
    """An aggregate over the rows of `table` that pass `where` and hold a value in `field`."""

    table: str
    where: Row | None
    field: str | None
    span: Span | None


@dataclass(frozen=True)
class Count(Aggregate):
    """Number of rows; 0 when there are none."""


@dataclass(frozen=True)
class Sum(Aggregate):
    """Exact sum; 0 when there are no rows."""


@dataclass(frozen=True)
class Mean(Aggregate):
    """Mean; null when there are no rows."""


@dataclass(frozen=True)
class Spread(Aggregate):
    """Standard deviation with divisor n - 1; null below two rows."""


@dataclass(frozen=True)
class Largest(Aggregate):
    """Largest value; null when there are no rows."""


@dataclass(frozen=True)
class Smallest(Aggregate):
    """Smallest value; null when there are no rows."""


@dataclass(frozen=True)
class Latest(Aggregate):
    """Value of the latest row, or of the `back`-th before it; null where there is none.

    Rows that share an instant stand in the order of their contents
    (`features.arithmetic.ordering`).
    """

    back: int = 0


@dataclass(frozen=True)
class DaysSinceLast(Aggregate):
    """Days, with fractions, from the latest row to the cutoff; null when there are no rows."""


@dataclass(frozen=True)
class DaysSinceFirst(Aggregate):
    """Days, with fractions, from the first row to the cutoff; null when there are no rows."""


@dataclass(frozen=True)
class Distinct(Aggregate):
    """Number of different values."""


@dataclass(frozen=True)
class Entropy(Aggregate):
    """Shannon entropy, in nats, of the values' shares of rows; null when there are no rows."""


@dataclass(frozen=True)
class TopShare(Aggregate):
    """Share of rows that hold the commonest value; null when there are no rows."""


@dataclass(frozen=True)
class Faded(Aggregate):
    """Sum, or count, in which a row's weight halves every `half_life` days.

    Ages are whole days; weights are rounded to 2**-20.
    """

    half_life: Days = 90


@dataclass(frozen=True)
class ShareBelowSilence(Aggregate):
    """Share of values, in days, smaller than the days since the latest row; null without rows."""


def measure(value: Measure | float) -> Measure:
    """Return `value` as a measure."""
    if isinstance(value, Measure):
        return value
    return Constant(value if isinstance(value, Horizons) else float(value))


def rewrite(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return the tree with every node replaced by ``change(node)``, the innermost first."""
    inner = {
        field.name: rewrite(getattr(node, field.name), change)
        for field in fields(node)
        if isinstance(getattr(node, field.name), Node)
    }
    return change(replace(node, **inner) if inner else node)


def _with_window(node: Node, start: Days | None, end: Days) -> Node:
    if isinstance(node, Aggregate) and node.span is None:
        return replace(node, span=Span(start, end))
    return node
