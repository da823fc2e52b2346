"""Whom earlier lists exclude: who is held out, and who was to be contacted just before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from features.units import count_of
from serving.listing.lists import Drawn
from serving.store import PublishedRun, RunInfo
from serving.store.campaigns import Campaigns

AGAIN = (
    "Of those to contact here, {again} to be contacted by other lists within {days} days, too: "
    "rest_days = {days} under [lists] in ladder.toml leaves such people out."
)
RESTING = "Left out: {people} to be contacted by other lists within {days} days (rest_days)."


@dataclass(frozen=True)
class Exclusions:
    """Whom a list of a run may not name, and whom it names again.

    Parameters
    ----------
    held_out : frozenset of str
        In a hold-out that is open on the run's day.
    contacted : mapping of str to date
        Who was to be contacted by lists within `horizon_days` or `rest_days`, whichever is longer,
        and as of which day, the nearest.
    as_of : date
        The run's day.
    horizon_days, rest_days : int
        How far the list looks ahead, and how long a contact leaves a person alone.
    lists : int
        How many lists were saved of the run.
    """

    held_out: frozenset[str]
    contacted: Mapping[str, date]
    as_of: date
    horizon_days: int
    rest_days: int
    lists: int

    @property
    def customer_ids(self) -> frozenset[str]:
        """Return whom the list may not name."""
        return self.held_out | self._contacted_within(self.rest_days)

    def notes(self, drawn: Drawn) -> Iterator[str]:
        """Yield how many people rest, and how many others were to be contacted just before."""
        if resting := len(self._contacted_within(self.rest_days)):
            people = count_of(resting, "person who was", "people who were")
            yield RESTING.format(people=people, days=self.rest_days)
        named = drawn.members.filter(pc.equal(drawn.members["contact"], "yes"))
        again = pa.array(self._contacted_within(self.horizon_days), pa.string())
        if found := pc.sum(pc.is_in(named["customer_id"], again)).as_py():
            yield AGAIN.format(again=count_of(found, "was", "were"), days=self.horizon_days)

    def _contacted_within(self, days: int) -> frozenset[str]:
        """Return who was to be contacted by lists less than so many days away.

        A list of an earlier day may be drawn after one of a later day.
        """
        near = timedelta(days)
        return frozenset(
            customer_id
            for customer_id, day in self.contacted.items()
            if abs(day - self.as_of) < near
        )


def horizon_days(info: RunInfo, kind: str) -> int:
    """Return how many days a list of a run looks ahead."""
    return info.advocacy_horizon_days if kind == "advocates" else info.churn_horizon_days


def exclusions_of(campaigns: Campaigns, run: PublishedRun, kind: str, rest_days: int) -> Exclusions:
    """Return whom a list of a run may not name, and whom it names again."""
    info, ahead = run.info, horizon_days(run.info, kind)
    return Exclusions(
        campaigns.held_out(info.as_of),
        campaigns.reached(info.as_of, max(ahead, rest_days)),
        info.as_of,
        ahead,
        rest_days,
        campaigns.count(run.run_id),
    )
