"""Admits a shop's own features: they look back only, can be computed, and read as a sentence.

They are computed for months after its author has gone, so that whatever the declaration shows to be
wrong is refused while the author is there.
"""

from __future__ import annotations

import json
import string
from collections.abc import Collection

from features.block import Block
from features.catalogue import Column, Feature
from features.engine import compute
from features.errors import UsageError
from features.expressions import expression as x
from features.expressions.expression import Horizons
from features.expressions.trees import walk
from features.tables import CUSTOMERS

RESERVED = ("customer_id", "cutoff")

_MOST_DAYS = 36_525
"""A hundred years: no history is longer."""


def admitted(
    feature: Feature, file: str, taken: Collection[str], horizon_days: int
) -> tuple[Column, ...]:
    """Return the columns of a feature that may become part of a bundle.

    Parameters
    ----------
    feature : Feature
    file : str
        Where it is declared, to name in errors.
    taken : collection of str
        Names of features and columns that are there already.
    horizon_days : int
        What its spans are resolved with.

    Raises
    ------
    UsageError
        If its name is taken, it cannot be computed, looks ahead, or has a reason that cannot be
        said.
    """
    columns = _columns(feature, file, horizon_days)
    for name in (feature.name, *(column.name for column in columns)):
        if name in taken or name in RESERVED or name.startswith("label_"):
            raise UsageError(
                "A feature of your own needs a name that no other feature uses.",
                f"In {file}: `{name}` is taken.",
                "Rename the function; `ladder features` lists the names.",
            )
    for column in columns:
        _refuse_look_ahead(column, file)
        _refuse_unsayable(column, file)
    return columns


def _columns(feature: Feature, file: str, horizon_days: int) -> tuple[Column, ...]:
    try:
        for days in feature.over:
            if not isinstance(days, Horizons):
                _check(_is_whole(days) and days > 0, "`over` must hold whole days above 0", days)
        columns = tuple(feature.columns(horizon_days))
        for column in columns:
            possible = _is_whole(column.window.start or 0)
            _check(possible, "`over` must hold days of a history", feature.over)
            for node in walk(column.expression):
                _refuse_odd_days(node)
            _refuse_unkeepable(column)
        # computing for nobody fails where a tree asks for what no table has
        compute(Block(customers=CUSTOMERS.schema.empty_table()), [0], columns)
    except Exception as error:
        raise UsageError(
            "A feature must take tables (`orders: Orders`) and return a measure of their columns.",
            f"In {file}: `{feature.name}` gave {type(error).__name__}: {error}.",
            "Correct the function; each of its parameters needs its table's type, each column is "
            "one of that table.",
        ) from error
    return columns


def _refuse_odd_days(node: x.Node) -> None:
    """Refuse spans and steps that the engine would read as something else, or past the cutoff."""
    match node:
        case x.Span(start, end):
            whole_days = _is_whole(start or 0) and _is_whole(end)
            _check(whole_days, "a window must begin and end on whole days", (start, end))
            if start is not None and end <= 0:
                # beginning after the cutoff, it looks ahead, which is said by that name
                _check(start < end or start > 0, "a window must end after it begins", (start, end))
        case x.Faded(half_life=days):
            fading = _is_whole(days) and days > 0
            _check(fading, "rows must fade by half in whole days above 0", days)
        case x.Latest(back=back):
            _check(_is_whole(back) and back >= 0, "`latest` must count back from 0", back)


def _is_whole(days: object) -> bool:
    # True is an int to Python, and no number of days
    return type(days) is int and abs(days) <= _MOST_DAYS


def _check(holds: bool, must: str, came: object) -> None:
    if not holds:
        raise ValueError(f"{must}; got {came!r}")


def _refuse_unkeepable(column: Column) -> None:
    """Refuse what JSON, and so a bundle, cannot keep: numbers of NumPy, infinity, odd texts."""
    try:
        text = json.dumps(column.to_json(), allow_nan=False, ensure_ascii=False)
        kept = json.loads(text.encode())
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"its numbers must be Python's own, and finite, its texts Unicode ({error})"
        ) from error
    _check(Column.from_json(kept) == column, "it must be the same when read again", column)


def _refuse_look_ahead(column: Column, file: str) -> None:
    spans = (node for node in walk(column.expression) if isinstance(node, x.Span))
    ahead = max((days for span in spans for days in (span.start or 0, span.end)), default=0)
    if ahead > 0:
        raise UsageError(
            "A feature sees only rows before the cutoff.",
            f"In {file}: `{column.group}` looks {ahead:g} days past it.",
            "Use `.over(days)`, or `.between(start, end)` with an end of 0 or below.",
        )


def _refuse_unsayable(column: Column, file: str) -> None:
    """Refuse templates without the number or the window, or with anything else in braces."""
    windowed = {"window"} if column.window.days is not None else set()
    allowed = {"value", *windowed}
    for template, needed, known in (
        (column.reason, allowed, allowed),
        (column.missing, set(), windowed),
    ):
        if not needed <= _placeholders(template) <= known or not template.isprintable():
            raise UsageError(
                "A reason is one line with {value}, and with {window} exactly where there are "
                "windows; the text for a missing value has no {value}.",
                f"In {file}: `{column.group}` has {template!r}.",
                'Write it as a person would say it: "{value} spent in the last {window}".',
            )


def _placeholders(template: str) -> set[str]:
    """Return what stands in a template's braces: values come written, and take no format."""
    try:
        fields = [*string.Formatter().parse(template)]
    except (TypeError, ValueError):  # no text, or a brace alone
        return {repr(template)}
    return {
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in fields
        if name is not None
    }
