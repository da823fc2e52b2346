"""``ladder.toml``: a shop's sources and settings as frozen objects.

Every key has a default, a type and a range; anything else is refused in words
(`features.validation`). Addresses stay as written, with their ``${NAME}``, until a source is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from features import attributes
from features.addresses import has_written_password
from features.errors import UsageError
from features.tables import TABLES, Table
from features.validation import nearest, refusal

Days = Annotated[int, Field(ge=1, le=36_500)]
Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0, le=1e12)]
Duplicates = Literal["keep", "drop"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Shop(_Section):
    """``[shop]``: who the shop is. `margin` is the share of spend that is profit."""

    name: str = "Shop"
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    timezone: str = "UTC"
    margin: float | None = Field(default=None, gt=0, le=1)

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise PydanticCustomError(
                "timezone",
                "must be an IANA timezone",
                {"near": nearest(name, available_timezones())},
            ) from None
        return name


class Source(_Section):
    """Where rows of one table come from, and how its columns map to the table's."""

    source: str | None = None
    query: str | None = None
    files: dict[str, str] = Field(default_factory=dict)
    where: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    timestamps: Literal["local", "UTC"] = "local"
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    duplicates: Duplicates | None = None
    max_bad_share: Share | None = None

    @field_validator("source")
    @classmethod
    def _has_no_password(cls, address: str | None) -> str | None:
        if address and has_written_password(address):
            raise PydanticCustomError("password", "must not contain a password")
        return address

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.files and (self.source or not self.query):
            raise PydanticCustomError("files", "`files` needs a `query`, and no `source` beside it")
        return self


class Churn(_Section):
    """``[churn]``: when a customer counts as lost."""

    active_days: Days = 365
    horizon_days: Days = 90
    gap_days: int = Field(default=0, ge=0, le=3_650)
    event: str | None = None
    activity: str | None = None


class Advocacy(_Section):
    """``[advocacy]``: when a customer counts as speaking for the shop."""

    horizon_days: Days = 180
    positive_review_from: float = Field(default=4, ge=1, le=5)
    friends_per_referrer: Annotated[float, Field(ge=0)] | None = None
    friend_value: Money | None = None


class Training(_Section):
    """``[training]``: the longest feature window, and how many cutoffs to learn from."""

    history_days: Days = 365
    snapshots: int = Field(default=6, ge=1, le=200)


class Standing(_Section):
    """``[standing]``: where a customer stands, on the ladder and among all.

    On the rung `advocate` is whoever acted in `advocate_days`, on `client` who ordered in
    `client_periods` of the last twelve thirty-day periods, on `research` who looked around in
    `research_days`. Tiers compare churn odds with so many times the base odds. `high_value` is a
    quantile of expected spend, `high_advocacy` a probability (the training rate by default).
    """

    advocate_days: Days = 365
    client_periods: int = Field(default=4, ge=1, le=12)
    research_days: Days = 90
    medium_odds: float = Field(default=1.0, gt=0)
    high_odds: float = Field(default=2.0, gt=0)
    high_value: float = Field(default=0.5, gt=0, lt=1)
    high_advocacy: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.high_odds < self.medium_odds:
            raise PydanticCustomError(
                "said",
                "the odds must be in order",
                {
                    "must": "The odds of a high risk must not be below those of a medium one.",
                    "came": f"[standing] high_odds is {self.high_odds:g}, "
                    f"medium_odds {self.medium_odds:g}.",
                    "do": "Raise `high_odds`, or lower `medium_odds`.",
                },
            )
        return self


class Features(_Section):
    """``[features]``: `extra` names a Python file with the shop's own features."""

    extra: str | None = None


class Store(_Section):
    """``[store]``: whether a published run keeps the packed history."""

    history: bool = True


class Lists(_Section):
    """``[lists]``: what a contact and an offer cost, and what an offer is believed to do.

    The chance that an offer keeps someone is Beta(gamma_alpha, gamma_beta).
    """

    contact_cost: Money = 0.0
    offer_cost: Money = 0.0
    gamma_alpha: float = Field(default=6.0, gt=0)
    gamma_beta: float = Field(default=14.0, gt=0)
    hold_out_share: float = Field(default=0.1, ge=0, lt=1)
    hold_out_from: int = Field(default=20, ge=1)

    @property
    def gamma(self) -> float:
        """Mean chance that an offer keeps someone."""
        return self.gamma_alpha / (self.gamma_alpha + self.gamma_beta)


class Config(_Section):
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
    _erased: Callable[[Sequence[str]], Sequence[bool]] | None = PrivateAttr(None)

    @property
    def path(self) -> Path | None:
        """The file it was read from, None if it was made in Python."""
        return self._path

    @property
    def base(self) -> Path:
        """The folder that relative paths start from."""
        return self._base

    @property
    def erased(self) -> Callable[[Sequence[str]], Sequence[bool]] | None:
        """What tells of ids whether they were erased, and are never to be read again."""
        return self._erased

    def without(self, erased: Callable[[Sequence[str]], Sequence[bool]] | None) -> Config:
        """Return the same configuration, under which whoever was erased is not read."""
        config = self.model_copy()
        config._erased = erased
        return config

    def sources(self, table: str) -> tuple[Source, ...]:
        """Return the sources of a table by its name."""
        found: tuple[Source, ...] = getattr(self, table)
        return found

    @property
    def attributes(self) -> dict[str, bool]:
        """The attributes of customers by name, and whether each has a history."""
        return attributes.dated([source.columns for source in self.customers])

    def table(self, name: str) -> Table:
        """Return an input table as the shop's sources hold it."""
        return attributes.table_of(name, [source.columns for source in self.sources(name)])

    @field_validator(*TABLES, mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        """Accept one source or an array of them."""
        return (
            tuple(value)
            if isinstance(value, list)
            else (value,)
            if isinstance(value, dict)
            else value
        )

    @field_validator(*TABLES)
    @classmethod
    def _maps_known_columns(cls, sources: tuple[Source, ...], info: Any) -> tuple[Source, ...]:
        if info.field_name == "customers":
            if said := attributes.wrong([source.columns for source in sources]):
                raise PydanticCustomError("said", "is wrong", said._asdict())
            return sources
        names = [column.name for column in TABLES[info.field_name].columns]
        for name in (name for source in sources for name in source.columns):
            if name not in names:
                raise PydanticCustomError(
                    "column", "has no such column", {"column": name, "names": names}
                )
        return sources

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], base: Path | None = None) -> Config:
        """Return the configuration written as nested dicts, as ``tomllib`` gives them.

        Raises
        ------
        UsageError
            If a key is unknown, or a value has the wrong type or range.
        """
        return _validated(data, "the configuration", base or Path())

    def settings(self) -> dict[str, Any]:
        """Return everything but where the rows come from, as JSON-able values for a bundle."""
        return self.model_dump(mode="json", exclude={*TABLES, "home", "features"})

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Config:
        """Return the configuration a bundle was trained with, without sources."""
        return cls.from_dict(settings)


def load(path: Path) -> Config:
    """Read a ``ladder.toml``.

    Raises
    ------
    UsageError
        If it is missing or not TOML, a key is unknown, or a value has the wrong type or range.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(
            "A configuration file must exist.",
            f"There is no {path}.",
            "Write one with `ladder init FILE`, or name another with `-c`.",
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
    home = config.model_copy(update={"home": config._base / config.home.expanduser()})
    home._base = config._base
    return home
