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
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from features.catalogue import Author, Catalogue, Column, Feature
from features.contract import Activity, Attributes, Engagement, Orders, Profile
from features.errors import LadderError, UsageError
from features.expressions import expression as x
from features.expressions.expression import Horizons, Measure
from features.expressions.needs import attributes_named
from features.promises.admission import admitted
from features.tables import TABLES

_READING: ContextVar[Catalogue | None] = ContextVar("reading", default=None)
"""The catalogue that a file being read declares into."""

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
    """The features that a shop's file declares, its name, and the hex digest of its bytes."""

    file: str
    sha256: str
    catalogue: Catalogue

    def __iter__(self) -> Iterator[Feature]:
        """Yield the features."""
        return iter(self.catalogue)


def read(path: Path, taken: Collection[str] = (), horizon_days: int = ANY_HORIZON_DAYS) -> Own:
    """Run a shop's file and return what it declares.

    Parameters
    ----------
    path : Path
    taken : collection of str
        Names of features and columns that are there already.
    horizon_days : int
        The churn horizon, for spans given in horizons.

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
            "`[features] extra` must be the path of a Python file, relative to `ladder.toml`.",
            f"{path} cannot be read: {error.strerror}.",
            "Correct the name, or remove the setting.",
        ) from error
    own = Own(path.name, hashlib.sha256(source).hexdigest(), _declared(path, source))
    names = set(taken)
    for declared in own:
        columns = admitted(declared, path.name, names, horizon_days)
        names |= {declared.name, *(column.name for column in columns)}
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
    except (Exception, SystemExit) as error:
        raise UsageError(
            "A file of features must run as Python.",
            f"{path.name}{_line(error, path)} gave {type(error).__name__}: {error}.",
            "Correct it there; `ladder features --check` tests the file on its own.",
        ) from error
    finally:
        _READING.reset(token)
    if not len(catalogue):
        raise UsageError(
            "A file of features must declare at least one.",
            f"{path.name} declares none.",
            "Put `@feature(...)` of `features.own` above a function, or remove `[features] extra`.",
        )
    return catalogue


def _line(error: BaseException, path: Path) -> str:
    """Return where in the file an error arose."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}," if error.lineno else ""
    lines = [
        at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == str(path)
    ]
    return f", line {lines[-1]}," if lines else ""


def refuse_undated(own: Own, attributes: Mapping[str, bool]) -> None:
    """Refuse a feature that reads an attribute without a history, or one that is not mapped.

    Nobody can tell what was known of such an attribute at a cutoff; `attributes` tells of each that
    ``[customers]`` maps whether it has a history.

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
                    "Map the date from which each value holds, or leave the feature out: at a past "
                    "cutoff, today's value was not known.",
                )


def names_of(columns: Iterable[Column]) -> frozenset[str]:
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
    "names_of",
    "read",
]
