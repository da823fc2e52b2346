"""The sections of ``ladder.toml``: every key with its default, its type and its range."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from features.errors import UsageError
from features.settings.addresses import has_written_password
from features.settings.validation import nearest

Days = Annotated[int, Field(ge=1, le=36_500)]
Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0, le=1e12)]
Duplicates = Literal["keep", "drop"]
Written = Annotated[str, Field(min_length=1)]

_NO_TIMEZONES = ("localtime", "posix", "right/")
"""How files beside those of timezones begin: they are a machine's own, or count leap seconds."""

_AREAS = (
    *("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/"),
    *("Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"),
)
_ALIKE = 0.82
"""How alike a name and a place must be for one to be taken for the other, misspelt."""


class Section(BaseModel):
    """Base of all sections: frozen, strictly typed, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Shop(Section):
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
            known = not name.startswith(_NO_TIMEZONES)
        except (OSError, ValueError, KeyError):
            known = False
        if not known:
            near = {"near": _nearest_timezone(name)}
            raise PydanticCustomError("timezone", "must be an IANA timezone", near)
        return name


def _nearest_timezone(name: str) -> str:
    """Return the timezone that is surely meant, empty where none is.

    Letters such as PST and offsets look like those of others, so that only places are compared.
    """
    places = {zone for zone in available_timezones() if zone.startswith(_AREAS)} | {"UTC"}
    cities = {zone.rpartition("/")[2]: zone for zone in places}
    written = name.replace(" ", "_")
    city = nearest(written.rpartition("/")[2], cities, _ALIKE)
    return nearest(written, places, _ALIKE) or cities.get(city, "")


class Source(Section):
    """Where rows of one table come from, and how its columns map to the table's."""

    source: Written | None = None
    query: Written | None = None
    files: dict[Written, Written] = Field(default_factory=dict)
    where: Written | None = None
    columns: dict[str, Written] = Field(default_factory=dict)
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

    @field_validator("files")
    @classmethod
    def _are_files(cls, files: dict[str, str]) -> dict[str, str]:
        if any(map(has_written_password, files.values())):
            raise PydanticCustomError("password", "must not contain a password")
        if len({name.lower() for name in files}) < len(files):
            raise PydanticCustomError("twins", "names must differ")
        return files

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.files and (self.source or not self.query):
            raise PydanticCustomError("files", "`files` needs a `query`, and no `source` beside it")
        return self


class Churn(Section):
    """``[churn]``: when a customer counts as lost."""

    active_days: Days = 365
    horizon_days: Days = 90
    gap_days: int = Field(default=0, ge=0, le=3_650)
    event: str | None = None
    activity: str | None = None


class Advocacy(Section):
    """``[advocacy]``: when a customer counts as speaking for the shop."""

    horizon_days: Days = 180
    positive_review_from: float = Field(default=4, ge=1, le=5)
    friends_per_referrer: Annotated[float, Field(ge=0)] | None = None
    friend_value: Money | None = None


class Training(Section):
    """``[training]``: the longest feature window, and how many cutoffs to learn from."""

    history_days: Days = 365
    snapshots: int = Field(default=6, ge=1, le=200)


class Standing(Section):
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
            raise UsageError(
                "The odds of a high risk must not be below those of a medium risk.",
                f"[standing] high_odds is {self.high_odds:g}, medium_odds {self.medium_odds:g}.",
                "Raise `high_odds`, or lower `medium_odds`.",
            )
        return self


class Features(Section):
    """``[features]``: `extra` names a Python file with the shop's own features."""

    extra: str | None = None


class Store(Section):
    """``[store]``: whether a published run keeps the packed history."""

    history: bool = True


class Lists(Section):
    """``[lists]``: what a contact and an offer cost, and what an offer is believed to do.

    The chance that an offer keeps someone is Beta(gamma_alpha, gamma_beta). Whom a saved list names
    for a contact is on no other list of as many days as `rest_days`.
    """

    contact_cost: Money = 0.0
    offer_cost: Money = 0.0
    gamma_alpha: float = Field(default=6.0, gt=0)
    gamma_beta: float = Field(default=14.0, gt=0)
    hold_out_share: float = Field(default=0.1, ge=0, lt=1)
    hold_out_from: int = Field(default=20, ge=1)
    rest_days: int = Field(default=0, ge=0, le=3_650)

    @property
    def gamma(self) -> float:
        """Mean chance that an offer keeps someone."""
        return self.gamma_alpha / (self.gamma_alpha + self.gamma_beta)
