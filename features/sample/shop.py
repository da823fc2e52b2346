"""The made-up shop as its users see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pyarrow import csv, parquet

from features.errors import LadderError
from features.sample.customers import contacts, customers
from features.sample.engagement import engagement
from features.sample.ledger import Ledger
from features.sample.model import Model
from features.sample.orders import orders
from features.sample.schedule import TIMEZONE, Schedule
from features.sample.simulate import Crowd, Lives, live
from features.sample.truth import Oracle, questions
from features.tables import TABLES


@dataclass(frozen=True, repr=False)
class SampleShop:
    """A made-up shop: its four tables, and the truth behind them."""

    schedule: Schedule
    lives: Lives

    def __repr__(self) -> str:
        """Return size and span."""
        return f"<SampleShop: {len(self.ids)} customers, {self.schedule.start} to {self.until}>"

    @property
    def until(self) -> date:
        """The day after the last one."""
        return self.schedule.start + timedelta(days=self.lives.days)

    @property
    def ids(self) -> pa.Array:
        """Customer ids, in the order of the arrays in `lives`."""
        return self._ledger.ids

    @cached_property
    def orders(self) -> pa.Table:
        """Canonical table of order lines, by time."""
        return orders(self._ledger)

    @cached_property
    def engagement(self) -> pa.Table:
        """Canonical table of engagement, by time."""
        return engagement(self._ledger)

    @cached_property
    def customers(self) -> pa.Table:
        """Canonical table of customers, by id."""
        return customers(self._ledger)

    @cached_property
    def contacts(self) -> pa.Table:
        """Canonical table of contacts, by time."""
        return contacts(self._ledger)

    @property
    def frames(self) -> dict[str, pa.Table]:
        """What a history is read from, ``open_history(config, frames=shop.frames)``: no contacts.

        Few shops note whom they contacted; who wants that too adds `contacts`.
        """
        return {name: getattr(self, name) for name in ("orders", "engagement", "customers")}

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.lives, self.schedule)

    def truth(
        self,
        cutoff: date,
        *,
        churn_horizon_days: int = 90,
        advocacy_horizon_days: int = 180,
        gap_days: int = 0,
        positive_review_from: float = 4,
    ) -> pa.Table:
        """Return what can be known of the days after a cutoff.

        Parameters
        ----------
        cutoff : date
            The start of this day in the shop's timezone.
        churn_horizon_days, advocacy_horizon_days, gap_days : int
            As in ``ladder.toml``.
        positive_review_from : float
            Stars from which a review counts.

        Returns
        -------
        Arrow table of shape (6 outcomes * customers, 5)
            ``customer_id``, ``outcome``, ``latent_probability`` (given the hidden situation at
            the cutoff), ``bayes_probability`` (given the customer's rows before the cutoff: no
            score can rank better) and ``label`` (1, 0, or null where the horizon ends after the
            shop's last day), for every customer who signed up before the cutoff and allows
            profiling. By outcome, then customer.

        Raises
        ------
        LadderError
            If the cutoff lies outside the shop's history.
        """
        day = self.schedule.number(cutoff)
        if not 0 < day <= self.lives.days:
            raise LadderError(
                f"A cutoff must lie after {self.schedule.start} and not after {self.until}.",
                f"Got {cutoff}.",
                "Choose a day of the shop's history, or make a longer shop.",
            )
        oracle = Oracle(Model(), self.schedule, self.lives, positive_review_from)
        asked = questions(churn_horizon_days, advocacy_horizon_days)
        return oracle.answers(day, gap_days, asked, self.ids)

    def write(self, folder: Path | str, format: Literal["parquet", "csv"] = "parquet") -> Path:
        """Write the four tables and a ``ladder.toml`` that maps them; return its path."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            table: pa.Table = getattr(self, name)
            if format == "parquet":
                parquet.write_table(table, folder / f"{name}.parquet")
            else:
                csv.write_csv(table, folder / f"{name}.csv")
        path = folder / "ladder.toml"
        path.write_text(_settings(format), encoding="utf-8")
        return path


def make_shop(
    customers: int = 5_000, days: int = 730, seed: int = 7, start: date = date(2024, 1, 1)
) -> SampleShop:
    """Make up a shop.

    Parameters
    ----------
    customers : int
        How many sign up over the shop's history. Customer n lives the same life in a larger shop.
    days : int
        Length of the history.
    seed : int
        The same seed gives the same shop.
    start : date
        The opening day.

    Raises
    ------
    LadderError
        If there would be no customer or no day.
    """
    if customers < 1 or days < 1:
        raise LadderError(
            "A made-up shop needs at least one customer and one day.",
            f"Got {customers} customers and {days} days.",
            "Give positive numbers.",
        )
    schedule = Schedule(start)
    return SampleShop(schedule, live(Model(), schedule, Crowd.drawn(customers, days, seed), days))


def _settings(suffix: str) -> str:
    """Return the shop's ``ladder.toml``. The files hold instants in UTC."""
    shop = f"""\
[shop]
name = "Made-up shop"
currency = "EUR"
timezone = "{TIMEZONE}"
margin = 0.4
"""
    sources = (f'\n[{name}]\nsource = "{name}.{suffix}"\ntimestamps = "UTC"\n' for name in TABLES)
    return shop + "".join(sources)
