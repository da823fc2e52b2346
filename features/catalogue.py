"""The catalogue: every feature, declared once, with window, unit, meaning and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_type_hints

from features.clock import Window
from features.contract import Profile, Rows
from features.errors import UsageError
from features.expressions import expression as x
from features.expressions.needs import fillable
from features.expressions.trees import from_json, resolve, to_json
from features.units import UNITS

Author = Callable[..., x.Measure]


@dataclass(frozen=True)
class Column:
    """One column that the engine computes.

    Parameters
    ----------
    name : str
        Unique among the columns computed together.
    expression : Measure
        What to compute; its spans are whole days.
    window : Window
        What an aggregate without a window of its own sees.
    unit : str
        One of `UNITS`.
    description : str
        One sentence.
    reason : str
        A neutral fact with ``{value}`` and ``{window}``, as a person would say it; empty for facts
        and labels.
    group : str
        The feature's name without its window; columns of a group give one reason.
    is_feature : bool
        Features are stored as float32, facts and labels as float64.
    missing : str
        What to say instead of `reason` where there is no number, with ``{window}``.
    """

    name: str
    expression: x.Measure
    window: Window = field(default_factory=Window)
    unit: str = "count"
    description: str = ""
    reason: str = ""
    group: str = ""
    is_feature: bool = True
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the column as JSON-ready data."""
        start, end = self.window.start, self.window.end
        return {**vars(self), "expression": to_json(self.expression), "window": [start, end]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Column:
        """Return the column that `to_json` wrote."""
        expression = cast(x.Measure, from_json(data["expression"]))
        start, end = data["window"]
        return cls(**{**data, "expression": expression, "window": Window(start, end)})


@dataclass(frozen=True)
class Feature:
    """A feature as declared: one column for each window.

    Parameters
    ----------
    name : str
        Stem of the columns' names.
    author : function
        Takes a table (or `Profile`), returns a `Measure`.
    over : tuple
        Windows in days, or in `Horizons`; empty for all history.
    unit, reason, description, missing : str
        As its columns have them.
    """

    name: str
    author: Author
    over: tuple[x.Days, ...]
    unit: str
    reason: str
    description: str
    missing: str = ""

    def columns(self, horizon_days: int) -> list[Column]:
        """Return the feature's columns for a prediction horizon."""
        tree = resolve(self._tree(), horizon_days)
        return [self._column(tree, days, horizon_days) for days in self.over or (None,)]

    def _tree(self) -> x.Measure:
        hints = get_type_hints(self.author)
        hints.pop("return", None)
        tree = self.author(**{name: kind() for name, kind in hints.items() if _is_table(kind)})
        if not isinstance(tree, x.Measure):
            raise TypeError(
                f"it must return a measure, such as `orders.amount.sum()`, and returned {tree!r}"
            )
        return tree

    def _column(self, tree: x.Measure, days: x.Days | None, horizon_days: int) -> Column:
        suffix, window = "", Window()
        if isinstance(days, x.Horizons):
            suffix = f"_{float(days):g}h"
            window = Window.before(max(1, round(float(days) * horizon_days)))
        elif days is not None:
            suffix, window = f"_{days}d", Window.before(days)
        return Column(
            name=self.name + suffix,
            expression=tree,
            window=window,
            unit=self.unit,
            description=self.description,
            reason=self.reason,
            group=self.name,
            missing=self.missing,
        )


def _is_table(kind: object) -> bool:
    """Return whether a parameter takes a table; any other keeps its default."""
    return isinstance(kind, type) and issubclass(kind, Rows | Profile)


class Catalogue:
    """Features in the order of their declaration, which is the order of their columns."""

    def __init__(self) -> None:
        self._features: dict[str, Feature] = {}

    def __iter__(self) -> Iterator[Feature]:
        """Yield the features."""
        return iter(self._features.values())

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self._features)

    def feature(
        self, *, over: Sequence[x.Days] = (), unit: str, reason: str, missing: str = ""
    ) -> Callable[[Author], Author]:
        """Declare the decorated function as a feature.

        Parameters
        ----------
        over : sequence of int or Horizons
            Windows in days before the cutoff, or in prediction horizons; all history if left out.
        unit : str
            One of `UNITS`.
        reason : str
            A neutral, always true fact, with ``{value}`` and, where there are windows,
            ``{window}``.
        missing : str
            The fact where there is no number, maybe with ``{window}``.

        Raises
        ------
        UsageError
            If the name is taken, the unit unknown or the docstring missing.
        """

        def declare(author: Author) -> Author:
            name = author.__name__
            description = (author.__doc__ or "").strip()
            self._refuse(name, unit, description)
            self._features[name] = Feature(
                name, author, tuple(over), unit, reason, description, missing
            )
            return author

        return declare

    def columns(
        self,
        horizon_days: int,
        tables: Iterable[str] = ("orders", "engagement", "activity"),
        kinds: Iterable[str] | None = None,
        fields: Iterable[str] | None = None,
    ) -> tuple[Column, ...]:
        """Return the columns that a shop's tables can fill.

        Parameters
        ----------
        horizon_days : int
            The churn horizon, for spans given in horizons.
        tables : iterable of str
            The tables the shop has; columns over others are left out.
        kinds : iterable of str, optional
            Engagement kinds in the history; columns over kinds that never occurred are left out.
        fields : iterable of str, optional
            Optional fields that hold something, such as ``orders.category``; columns over others
            are left out.
        """
        present = frozenset(tables)
        known = None if kinds is None else frozenset(kinds)
        filled = None if fields is None else frozenset(fields)
        return tuple(
            column
            for feature in self
            for column in feature.columns(horizon_days)
            if fillable(column.expression, present, known, filled)
        )

    def _refuse(self, name: str, unit: str, description: str) -> None:
        if name in self._features:
            raise UsageError(
                "Every feature needs a name of its own.",
                f"`{name}` is declared twice.",
                "Rename one of the two functions.",
            )
        if unit not in UNITS:
            raise UsageError(
                f"A feature's unit must be one of {', '.join(UNITS)}.",
                f"`{name}` has `{unit}`.",
                "Choose the nearest unit; it decides how a value is written in a reason.",
            )
        if not description:
            raise UsageError(
                "A feature needs a docstring of one sentence: reports show it as its meaning.",
                f"`{name}` has none.",
                "Write one.",
            )


CATALOGUE = Catalogue()
feature = CATALOGUE.feature
