"""``ladder.toml`` as a frozen object: its sections (`features.settings`), read and checked.

Anything but what the sections allow is refused in words (`features.settings.validation`). Addresses
stay as written, with their ``${NAME}``, until a source is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from features.attributes import naming
from features.errors import UsageError
from features.settings.sections import (
    Advocacy,
    Churn,
    Duplicates,
    Features,
    Lists,
    Section,
    Share,
    Shop,
    Source,
    Standing,
    Store,
    Training,
)
from features.settings.validation import refusal
from features.tables import TABLES, Table

Erased = Callable[[Sequence[str]], Sequence[bool]]
"""Tells of ids whether they were erased."""


class Config(Section):
    """A shop's ``ladder.toml``.

    Relative paths mean paths from the folder of the file (:attr:`base`).
    """

    shop: Shop = Shop()
    orders: tuple[Source, ...] = ()
    engagement: tuple[Source, ...] = ()
    customers: tuple[Source, ...] = ()
    contacts: tuple[Source, ...] = ()
    churn: Churn = Churn()
    advocacy: Advocacy = Advocacy()
    training: Training = Training()
    standing: Standing = Standing()
    features: Features = Features()
    store: Store = Store()
    lists: Lists = Lists()
    home: Annotated[Path, Field(strict=False)] | None = None
    max_bad_share: Share = 0.01
    duplicates: Duplicates = "keep"

    _path: Path | None = PrivateAttr(None)
    _base: Path = PrivateAttr(default_factory=Path)
    _erased: Erased | None = PrivateAttr(None)

    @property
    def path(self) -> Path | None:
        """The file it was read from, None if it was made in Python."""
        return self._path

    @property
    def base(self) -> Path:
        """The folder that relative paths start from."""
        return self._base

    @property
    def erased(self) -> Erased | None:
        """What tells of ids whether they were erased, and are never to be read again."""
        return self._erased

    def limit(self, source: Source) -> float:
        """Return the share of a source's rows that may be bad."""
        return self.max_bad_share if source.max_bad_share is None else source.max_bad_share

    def drops_duplicates(self, source: Source) -> bool:
        """Return whether exact duplicates of a source's lines are removed."""
        return (source.duplicates or self.duplicates) == "drop"

    def without(self, erased: Erased | None) -> Config:
        """Return the same configuration, under which whoever was erased is not read."""
        config = self.model_copy()
        config._erased = erased
        return config

    @classmethod
    def require(cls, config: object) -> None:
        """Refuse what is no configuration, such as the dict or the path of one.

        Raises
        ------
        UsageError
        """
        if not isinstance(config, cls):
            raise UsageError(
                "The configuration must be a `features.config.Config`.",
                f"Got a {type(config).__name__}.",
                "Make one: Config.from_dict({...}), or features.config.load('ladder.toml').",
            )

    def sources(self, table: str) -> tuple[Source, ...]:
        """Return the sources of a table by its name."""
        found: tuple[Source, ...] = getattr(self, table)
        return found

    @property
    def attributes(self) -> dict[str, bool]:
        """The attributes of customers by name, and whether each has a history."""
        return naming.dated([source.columns for source in self.customers])

    def table(self, name: str) -> Table:
        """Return an input table as the shop's sources hold it."""
        return naming.table_of(name, [source.columns for source in self.sources(name)])

    @field_validator(*TABLES, mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        """Accept one source or an array of them."""
        if isinstance(value, dict):
            return (value,)
        return tuple(value) if isinstance(value, list) else value

    @field_validator(*TABLES)
    @classmethod
    def _maps_known_columns(cls, sources: tuple[Source, ...], info: Any) -> tuple[Source, ...]:
        if info.field_name == "customers":
            if problem := naming.problem([source.columns for source in sources]):
                raise problem
            return sources
        names = [column.name for column in TABLES[info.field_name].columns]
        for name in (name for source in sources for name in source.columns):
            if name not in names:
                raise PydanticCustomError(
                    "column", "has no such column", {"column": name, "names": names}
                )
        return sources

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], base: Path | str | None = None) -> Config:
        """Return the configuration written as nested dicts, as ``tomllib`` gives them.

        Raises
        ------
        UsageError
            If a key is unknown, or a value has the wrong type or range.
        """
        return _validated(data, "the configuration", Path(base or ""))

    def settings(self) -> dict[str, Any]:
        """Return everything but where the rows come from, as JSON-able values for a bundle."""
        return self.model_dump(mode="json", exclude={*TABLES, "home", "features"})

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Config:
        """Return the configuration a bundle was trained with, without sources."""
        return cls.from_dict(settings)


def load(path: Path | str) -> Config:
    """Read a ``ladder.toml``.

    Raises
    ------
    UsageError
        If it is missing or not TOML, a key is unknown, or a value has the wrong type or range.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(
            "A configuration file must exist.",
            f"There is no {path}.",
            "Write one with `ladder init FILE`, or give another with `-c`.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(
            f"{path} must be a readable TOML file.", f"{error}.", "Correct the file there."
        ) from error
    config = _validated(data, str(path), path.parent)
    config._path = path
    return config


def _validated(data: Mapping[str, Any], name: str, base: Path) -> Config:
    try:
        config = Config.model_validate(dict(data))
    except ValidationError as error:
        raise refusal(Config, error, name) from None
    config._base = base.absolute()
    if config.home is None:
        return config
    return config.model_copy(update={"home": config._base / config.home.expanduser()})
