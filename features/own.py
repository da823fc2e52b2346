"""A shop's own features: declared in a Python file of the shop, read when a model is trained.

    from features.own import Measure, Orders, feature

    @feature(over=(90,), unit="money", reason="{value} spent on coffee in the last {window}")
    def coffee_spend(orders: Orders) -> Measure:
        '''Money spent on coffee.'''
        return orders.where(orders.category.equals("Coffee")).amount.sum()

The file runs here and nowhere else: what it declares becomes columns, which are data and travel in
the bundle. Scoring and serving never see the file.
"""

from __future__ import annotations

import hashlib
import string
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from features import expression as x
from features.block import Block
from features.catalogue import Author, Catalogue, Column, Feature
from features.contract import Activity, Attributes, Engagement, Orders, Profile
from features.engine import compute
from features.errors import LadderError, UsageError
from features.expression import Horizons, Measure
from features.needs import attributes_named
from features.tables import CUSTOMERS, TABLES
from features.trees import walk

_READING: ContextVar[Catalogue | None] = ContextVar("reading", default=None)
"""The catalogue that a file being read declares into."""

RESERVED = ("customer_id", "cutoff")
ANY_HORIZON_DAYS = 90
"""A horizon to resolve spans with where only names and trees matter."""


def feature(
    *, over: Sequence[x.Days] = (), unit: str, reason: str, missing: str = ""
) -> Callable[[Author], Author]:
    """Declare the decorated function as a feature of the shop.

    See `features.catalogue.Catalogue.feature` for the parameters. Where the file is imported
    instead of read, such as in a test of the shop's, the declaration is checked and forgotten.
    """
    reading = _READING.get()
    catalogue = Catalogue() if reading is None else reading
    return catalogue.feature(over=over, unit=unit, reason=reason, missing=missing)


@dataclass(frozen=True)
class Own:
    """The features that a shop's file declares.

    Parameters
    ----------
    file : str
        The file's name.
    sha256 : str
        Hex digest of its bytes.
    catalogue : Catalogue
    """

    file: str
    sha256: str
    catalogue: Catalogue

    def __iter__(self) -> Iterator[Feature]:
        """Yield the features."""
        return iter(self.catalogue)


def read(path: Path, taken: Collection[str] = ()) -> Own:
    """Run a shop's file and return what it declares.

    Parameters
    ----------
    path : Path
    taken : collection of str
        Names of features and columns that are there already.

    Raises
    ------
    UsageError
        If the file is missing, does not run or declares nothing, or if a feature's name is taken,
        or it cannot be computed, looks ahead, or has a reason that cannot be said.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise UsageError(
            "`[features] extra` must name a Python file, from the folder of `ladder.toml`.",
            f"{path} cannot be read: {error.strerror}.",
            "Correct the name, or remove the setting.",
        ) from error
    own = Own(path.name, hashlib.sha256(source).hexdigest(), _declared(path, source))
    for one in own:
        _refuse(one, path.name, taken)
    return own


def _declared(path: Path, source: bytes) -> Catalogue:
    """Run the file in a module of its own and return what it declared."""
    catalogue = Catalogue()
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    token = _READING.set(catalogue)
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)
    except LadderError as error:
        raise UsageError(error.must, f"In {path.name}: {error.came}", error.do) from None
    except Exception as error:
        raise UsageError(
            "A file of own features must run as Python.",
            f"{path.name}{_line(error, path)} gave {type(error).__name__}: {error}.",
            "Correct it there; `ladder features --check` tries the file alone.",
        ) from error
    finally:
        _READING.reset(token)
    if not len(catalogue):
        raise UsageError(
            "A file of own features must declare at least one.",
            f"{path.name} declares none.",
            "Put `@feature(...)` of `features.own` above a function, or remove `[features] extra`.",
        )
    return catalogue


def _line(error: Exception, path: Path) -> str:
    """Return where in the file an error arose."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno},"
    lines = [
        at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == str(path)
    ]
    return f", line {lines[-1]}," if lines else ""


def _refuse(one: Feature, file: str, taken: Collection[str]) -> None:
    """Refuse a feature that cannot be a column of a bundle."""
    columns = _columns(one, file)
    for name in (one.name, *(column.name for column in columns)):
        if name in taken or name in RESERVED or name.startswith("label_"):
            raise UsageError(
                "An own feature needs a name that the product does not use.",
                f"In {file}: `{name}` is taken.",
                "Rename the function; `ladder features` lists the names.",
            )
    for column in columns:
        _refuse_look_ahead(column, file)
        _refuse_unsayable(column, file)
    _try(columns, one.name, file)


def _columns(one: Feature, file: str) -> list[Column]:
    try:
        if any(days <= 0 for days in one.over):
            raise ValueError(f"`over` must hold days above 0; got {one.over}")
        columns = one.columns(ANY_HORIZON_DAYS)
        if not all(isinstance(column.expression, Measure) for column in columns):
            raise TypeError("it must return a measure, such as `orders.amount.sum()`")
    except Exception as error:
        raise _uncomputable(one.name, file, error) from error
    return columns


def _try(columns: Sequence[Column], name: str, file: str) -> None:
    """Compute the columns of nobody, which fails where a tree asks for what no table has."""
    nobody = Block(customers=CUSTOMERS.schema.empty_table())
    try:
        compute(nobody, [0], columns)
    except Exception as error:
        raise _uncomputable(name, file, error) from error


def _uncomputable(name: str, file: str, error: Exception) -> UsageError:
    return UsageError(
        "An own feature must take tables (`orders: Orders`) and return a measure of their columns.",
        f"In {file}: `{name}` gave {type(error).__name__}: {error}.",
        "Correct the function; each of its parameters needs its table's type, each column is one "
        "of that table.",
    )


def _refuse_look_ahead(column: Column, file: str) -> None:
    spans = (node.span for node in walk(column.expression) if isinstance(node, x.Aggregate))
    ahead = [span for span in spans if span is not None and span.end > 0]
    if ahead:
        raise UsageError(
            "A feature sees only rows before the cutoff.",
            f"In {file}: `{column.group}` looks {float(ahead[0].end):g} days past it.",
            "Use `.over(days)`, or `.between(start, end)` with an end of 0 or below.",
        )


def _refuse_unsayable(column: Column, file: str) -> None:
    """Refuse templates without the number or the window, or with another name in braces."""
    windowed = {"window"} if column.window.days is not None else set()
    for template, needed in ((column.reason, {"value", *windowed}), (column.missing, set())):
        if _names(template) - {"value", *windowed} or not needed <= _names(template):
            raise UsageError(
                "A reason holds {value}, and {window} exactly where there are windows.",
                f"In {file}: `{column.group}` came with {template!r}.",
                'Write it as a person would say it: "{value} spent in the last {window}".',
            )


def refuse_undated(own: Own, attributes: Mapping[str, bool]) -> None:
    """Refuse a feature of an attribute of which nobody can tell what was known at a cutoff.

    Parameters
    ----------
    own : Own
    attributes : mapping of str to bool
        Those that ``[customers]`` maps, and whether each has a history.

    Raises
    ------
    UsageError
    """
    for column in own.catalogue.columns(ANY_HORIZON_DAYS, (*TABLES, "activity", "attributes")):
        for name in attributes_named(column.expression):
            if not attributes.get(name):
                came = "has no valid_from there" if name in attributes else "is not mapped there"
                raise UsageError(
                    "Features need attributes of customers with a history: with valid_from in "
                    "[customers] columns.",
                    f"In {own.file}: `{column.group}` reads {name!r}, which {came}.",
                    "Map since when each value holds, or leave the feature out: at a cutoff of the "
                    "past, today's value was not known.",
                )


def _names(template: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError:  # a brace alone
        return {template}


def named(columns: Iterable[Column]) -> frozenset[str]:
    """Return the names that an own feature must not have: of columns and of their features."""
    return frozenset(name for column in columns for name in (column.name, column.group) if name)


__all__ = [
    "Activity",
    "Attributes",
    "Engagement",
    "Horizons",
    "Measure",
    "Orders",
    "Own",
    "Profile",
    "feature",
    "named",
    "read",
]
