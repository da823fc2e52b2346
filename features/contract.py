"""The tables as a feature's author sees them: columns, row sets and aggregates, all typed.

``orders.amount.sum()`` builds a tree (`features.expressions`); ``orders.amout`` is a type error.
The fields named here are what `features.arithmetic.events` provides for a block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

from features.expressions import expression as x
from features.expressions.popularity import Popularity


@dataclass(frozen=True)
class Rows:
    """Rows of one table, maybe filtered."""

    condition: x.Row | None = None

    table = ""

    def where(self, condition: x.Row) -> Self:
        """Keep only the rows for which `condition` holds, too."""
        if not isinstance(condition, x.Row):  # as `orders.category == "books"` is not
            raise TypeError("rows are chosen by conditions: `orders.category.equals('books')`")
        kept = condition if self.condition is None else self.condition & condition
        return replace(self, condition=kept)

    def count(self) -> x.Measure:
        """Return the number of rows."""
        return x.Count(self.table, self.condition, None, None)

    def days_since_last(self) -> x.Measure:
        """Return the days from the latest row to the cutoff."""
        return x.DaysSinceLast(self.table, self.condition, None, None)

    def days_since_first(self) -> x.Measure:
        """Return the days from the first row to the cutoff."""
        return x.DaysSinceFirst(self.table, self.condition, None, None)

    def faded(self, half_life: x.Days) -> x.Measure:
        """Return the number of rows, each fading by half every `half_life` days."""
        return x.Faded(self.table, self.condition, None, None, half_life)


@dataclass(frozen=True)
class Series:
    """One field of some rows."""

    rows: Rows
    field: str

    def _arguments(self) -> tuple[str, x.Row | None, str, None]:
        return self.rows.table, self.rows.condition, self.field, None


@dataclass(frozen=True)
class Numbers(Series):
    """A numeric field: money, a number, or whole days."""

    def sum(self) -> x.Measure:
        """Return the exact sum."""
        return x.Sum(*self._arguments())

    def mean(self) -> x.Measure:
        """Return the mean."""
        return x.Mean(*self._arguments())

    def spread(self) -> x.Measure:
        """Return the standard deviation (divisor n - 1)."""
        return x.Spread(*self._arguments())

    def largest(self) -> x.Measure:
        """Return the largest value."""
        return x.Largest(*self._arguments())

    def smallest(self) -> x.Measure:
        """Return the smallest value."""
        return x.Smallest(*self._arguments())

    def latest(self, back: int = 0) -> x.Measure:
        """Return the latest value, or the `back`-th before it."""
        return x.Latest(*self._arguments(), back)

    def count(self) -> x.Measure:
        """Return the number of rows that hold a value."""
        return x.Count(*self._arguments())

    def faded(self, half_life: x.Days) -> x.Measure:
        """Return the sum, each row fading by half every `half_life` days."""
        return x.Faded(*self._arguments(), half_life)

    def share_below_silence(self) -> x.Measure:
        """Return the share of values (days) smaller than the days since the latest row."""
        return x.ShareBelowSilence(*self._arguments())

    def __lt__(self, value: float) -> x.Row:
        """Rows below a constant."""
        return x.Compare(self.field, "<", value)

    def __le__(self, value: float) -> x.Row:
        """Rows at or below a constant."""
        return x.Compare(self.field, "<=", value)

    def __gt__(self, value: float) -> x.Row:
        """Rows above a constant."""
        return x.Compare(self.field, ">", value)

    def __ge__(self, value: float) -> x.Row:
        """Rows at or above a constant."""
        return x.Compare(self.field, ">=", value)

    def equals(self, value: float) -> x.Row:
        """Rows equal to a constant."""
        return x.Compare(self.field, "==", value)


@dataclass(frozen=True)
class Texts(Series):
    """A text field."""

    def distinct(self) -> x.Measure:
        """Return the number of different values."""
        return x.Distinct(*self._arguments())

    def entropy(self) -> x.Measure:
        """Return the Shannon entropy of the values' shares, in nats."""
        return x.Entropy(*self._arguments())

    def top_share(self) -> x.Measure:
        """Return the share of the commonest value."""
        return x.TopShare(*self._arguments())

    def equals(self, value: str) -> x.Row:
        """Rows that hold this text."""
        return x.Compare(self.field, "==", value)


@dataclass(frozen=True)
class Products(Texts):
    """The products of order lines."""

    def popularity(self) -> x.Measure:
        """Return how popular they are, on average: the share of the shop's lines that sold less."""
        return Popularity(*self._arguments())


S = TypeVar("S", bound=Series)


class _Column(Generic[S]):
    """A column of a table class; of an instance, the field of that name of its rows."""

    def __init__(self, series: type[S]) -> None:
        self._series = series

    def __set_name__(self, owner: type, name: str) -> None:
        self._field = name

    def __get__(self, rows: Rows, owner: type) -> S:
        return self._series(rows, self._field)


class Orders(Rows):
    """Order lines; `purchases` leaves out returns and zero-value lines."""

    table = "orders"
    amount = _Column(Numbers)
    quantity = _Column(Numbers)
    discount = _Column(Numbers)
    weekday = _Column(Numbers)
    hour = _Column(Numbers)
    category = _Column(Texts)
    product_id = _Column(Products)
    channel = _Column(Texts)

    @property
    def purchases(self) -> Self:
        """Lines that buy something: not a return, and an amount above 0."""
        return self.where(x.Flag("is_purchase"))

    @property
    def returns(self) -> Self:
        """Lines that give something back."""
        return self.where(x.Flag("is_return"))

    @property
    def placed(self) -> Self:
        """One row per counting order: its first purchase line."""
        return self.where(x.Flag("is_first_of_order"))

    @property
    def days(self) -> Self:
        """One row per local day with a purchase line: the first of them."""
        return self.where(x.Flag("is_first_of_order_day"))

    @property
    def first_in_category(self) -> Self:
        """Purchase lines that open a category new to the customer."""
        return self.where(x.Flag("is_first_of_category"))


class Engagement(Rows):
    """What a customer did besides buying."""

    table = "engagement"
    value = _Column(Numbers)
    weekday = _Column(Numbers)
    hour = _Column(Numbers)
    detail = _Column(Texts)

    def kind(self, *kinds: str) -> Self:
        """Rows of one of these kinds."""
        condition: x.Row = x.Compare("kind", "==", kinds[0])
        for kind in kinds[1:]:
            condition = condition | x.Compare("kind", "==", kind)
        return self.where(condition)


class Attributes(Rows):
    """What the shop knew of a customer, a row from each `valid_from` on (`features.attributes`)."""

    table = "attributes"
    value = _Column(Numbers)
    """The value, where it reads as a number; 1 and 0 for true and false."""
    text = _Column(Texts)

    def named(self, name: str) -> Self:
        """Rows of the attribute that ``[customers] columns`` calls so."""
        return self.where(x.Compare("name", "==", name))


class Activity(Rows):
    """What keeps a customer alive: purchase lines, or the kind ``[churn] activity``."""

    table = "activity"
    gap = _Column(Numbers)
    """Whole local days since the previous activity day, on a day's first row; else null."""
    log_gap = _Column(Numbers)
    """Natural logarithm of `gap`, to six decimals."""

    @property
    def days(self) -> Self:
        """One row per local day with activity: its first row."""
        return self.where(x.Flag("is_first_of_day"))


@dataclass(frozen=True)
class Profile:
    """What is known of the customer from the customers table."""

    def tenure(self) -> x.Measure:
        """Return the days since the earlier of sign-up and first row."""
        return x.Trait("tenure_days")

    def acquired_by(self, value: str) -> x.Measure:
        """Return 1 where the customer was acquired so, 0 elsewhere."""
        return x.Trait("acquired_by", value)

    def was_referred(self) -> x.Measure:
        """Return 1 where somebody referred the customer, 0 elsewhere."""
        return x.Trait("referred_by")
