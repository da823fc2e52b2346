"""Goodbyes: engagement kinds after which practically nobody was ever active again.

A program that writes `lost` behind each last visit dates it to a day on which nobody could know; an
account that is closed is closed. Either way no model should learn from it unnoticed
(`docs/decisions/0021-goodbyes.md`). A training holds customers who have a kind against others of
its snapshots (`training.snapshots.goodbyes`). Here, before any training, the day after the kind is
held against all days on which somebody had been silent for as long.

What is so from a first order on (a guest's) is no goodbye: it must hold, too, of those who had been
active on several days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.clock import DAY
from features.config import Config
from features.sections import Churn
from features.units import count_of
from features.workspace import Workspace, literal

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

ENOUGH = 20.0
"""Customers who should have come back, by what others did: with fewer, it may be chance."""

OF_REGULARS = 5.0
"""How many of them must have been active on several days before."""

PRACTICALLY_NOBODY = 0.05
"""Share of those. At ten real shops and a made-up one, no kind had fewer than 0.6 of them come."""

SILENCES = 20
"""How many lengths of silence stand for all that came before a kind."""

MOST_CUSTOMERS = 200_000
"""Of a larger shop, so many are looked at."""

NEVER = np.iinfo(np.int64).max // 2
"""A day after all others."""


@dataclass(frozen=True)
class Subject:
    """What may be a goodbye, and what to do where it is one.

    Parameters
    ----------
    words : str
        As in a sentence: "the kind lost".
    do : str
    """

    words: str
    do: str

    @classmethod
    def of_kind(cls, kind: str, churn: Churn) -> Subject:
        """Return that of an engagement kind.

        A shop has one event that says goodbye: what says it beside that is read as that.
        """
        named = "name it as event under [churn]"
        known = f"have the mapping of kind call it {churn.event}, which ends a subscription here"
        says = f"if it says goodbye, {known if churn.event else named}"
        return cls(f"the kind {kind}", f"leave it out with `where`; {says}")

    @classmethod
    def of_attribute(cls, name: str) -> Subject:
        """Return that of an attribute of customers."""
        return cls(f"the attribute {name}", "leave it out")


@dataclass(frozen=True)
class Goodbye:
    """What became of the customers who have something.

    Parameters
    ----------
    customers : int
    came, usual : float
        Share of them who were active again, and of those who had been silent for as long.
    """

    customers: int
    came: float
    usual: float

    def said(self, subject: Subject, horizon_days: int, whom: str = "others") -> str:
        """Return it as a sentence without its end: beside whom, and what to do."""
        who, days = count_of(self.customers, "customer"), count_of(horizon_days, "day")
        came = f"{self.came:.1%}" if self.came else "none"
        return (
            f"of {who} with {subject.words}, {came} came back within {days}; of {whom} silent "
            f"for as long, {self.usual:.0%} did: if it is written after the fact, {subject.do}"
        )


def is_final(expected: float, came: float, enough: float) -> bool:
    """Return whether practically nobody came back, of so many who should have."""
    return expected >= enough and came <= PRACTICALLY_NOBODY * expected


@dataclass(frozen=True)
class Gaps:
    """Days with activity, and how long until the next, in (customer, day) order.

    Days are numbered in UTC, whole ones.

    Parameters
    ----------
    customer, day, next_day : int64 array of shape (n,)
        `NEVER` where there was none.
    first : bool array of shape (n,)
        Whether it is the customer's first.
    until : int64 array of shape (n,)
        The day of the customer's cancellation, from when on nobody is asked; `NEVER` without one.
    end : int
        The first day that is not seen.
    horizon : int
        In days.
    """

    customer: Numbers
    day: Numbers
    next_day: Numbers
    first: npt.NDArray[np.bool_]
    until: Numbers
    end: int
    horizon: int

    def goodbye(self, customer: Numbers, day: Numbers) -> Goodbye | None:
        """Return what became of customers after a day of theirs, if that is final.

        Parameters
        ----------
        customer, day : int64 array of shape (k,)
            Their codes, each once, and the day of what they have; active by then.
        """
        last = self._last(customer, day)
        asked = (day + self.horizon < self.end) & (day < self.until[last])
        last, day = last[asked], day[asked]
        came = self.next_day[last] <= day + self.horizon
        if not len(day) or came.mean() > PRACTICALLY_NOBODY:
            return None
        usual, regular = self._usual(day - self.day[last] + 1, self.first[last]), ~self.first[last]
        known = ~np.isnan(usual)
        finals = (
            is_final(float(usual[some].sum()), float(came[some].sum()), enough)
            for some, enough in ((known, ENOUGH), (known & regular, OF_REGULARS))
        )
        if not all(finals):
            return None
        return Goodbye(int(known.sum()), float(came[known].mean()), float(usual[known].mean()))

    def _last(self, customer: Numbers, day: Numbers) -> Numbers:
        """Return the positions of customers' last days with activity up to some days."""
        span = self.end + 1
        return np.searchsorted(self.customer * span + self.day, customer * span + day, "right") - 1

    def _usual(self, silent: Numbers, first: npt.NDArray[np.bool_]) -> Shares:
        """Return the share of all who came back after as many days of silence; NaN where unknown.

        After one day with activity and after several are told apart.
        """
        steps = np.quantile(silent, (np.arange(SILENCES) + 0.5) / SILENCES, method="nearest")
        lengths = np.unique(steps)
        nearest = np.abs(silent[:, None] - lengths).argmin(axis=1)
        shares = np.array([[self._share(int(days), once) for once in (0, 1)] for days in lengths])
        return np.asarray(shares[nearest, first.astype(np.int64)])

    def _share(self, silent: int, once: int) -> float:
        """Return the share of those silent for so many days who came back within the horizon."""
        day = self.day + silent - 1  # the last one of silence
        asked = (self.next_day > day) & (day + self.horizon < self.end) & (day < self.until)
        asked &= self.first == once
        came = self.next_day[asked] <= day[asked] + self.horizon
        return float(came.mean()) if len(came) else np.nan


def goodbyes(workspace: Workspace, config: Config, until: int, customers: int) -> Iterator[str]:
    """Yield a sentence on each engagement kind that says goodbye, from the canonical tables.

    Parameters
    ----------
    workspace : Workspace
        After :func:`features.cleaning.canonical.keep`.
    config : Config
    until : int
        The first instant that is not seen.
    customers : int
        How many there are.
    """
    churn, names = config.churn, workspace.names()
    table = "engagement" if churn.activity else "orders"
    if "engagement" not in names or table not in names:
        return
    one_in = -(-customers // MOST_CUSTOMERS)
    some, seen = f"rank % {one_in} = 0", f"of one customer in {one_in}: " if one_in > 1 else ""
    gaps = _gaps(workspace, churn, some, -(-until // DAY))
    known = ", ".join(literal(kind) for kind in (churn.activity, churn.event) if kind)
    found = workspace.table(
        f"SELECT kind, rank AS customer, min(day) AS day FROM ({_days('engagement', some)}) "
        f"JOIN (SELECT rank, min(day) AS first FROM ({_activity(churn, some)}) GROUP BY rank) "
        f"USING (rank) WHERE day >= first {f'AND kind NOT IN ({known})' if known else ''} "
        "GROUP BY kind, rank ORDER BY kind, rank"
    )
    kinds = found["kind"].combine_chunks().dictionary_encode()
    starts = np.searchsorted(kinds.indices.to_numpy(), np.arange(1, len(kinds.dictionary)))
    parts = (np.split(found[name].to_numpy(), starts) for name in ("customer", "day"))
    for kind, customer, day in zip(kinds.dictionary.to_pylist(), *parts, strict=False):
        if goodbye := gaps.goodbye(customer, day):
            yield f"{seen}{goodbye.said(Subject.of_kind(kind, churn), churn.horizon_days, 'all')}."


def _gaps(workspace: Workspace, churn: Churn, some: str, end: int) -> Gaps:
    """Return the days with activity of some customers."""
    event = literal(churn.event) if churn.event else "NULL"
    gone = f"FROM ({_days('engagement', some)}) WHERE kind = {event}"
    found = workspace.table(
        "SELECT rank AS customer, day, until "
        f"FROM (SELECT DISTINCT rank, day FROM ({_activity(churn, some)})) "
        f"LEFT JOIN (SELECT rank, min(day) AS until FROM ({gone}) GROUP BY rank) USING (rank) "
        "ORDER BY rank, day"
    )
    customer, day = (found[name].to_numpy() for name in ("customer", "day"))
    same = customer[1:] == customer[:-1]
    return Gaps(
        customer=customer,
        day=day,
        next_day=np.append(np.where(same, day[1:], NEVER), NEVER)[: len(day)],
        first=np.append(True, ~same)[: len(day)],
        until=found["until"].fill_null(NEVER).to_numpy(),
        end=end,
        horizon=churn.horizon_days,
    )


def _activity(churn: Churn, some: str) -> str:
    """Return a query of what keeps customers alive."""
    if churn.activity:
        return f"FROM ({_days('engagement', some)}) WHERE kind = {literal(churn.activity)}"
    return f"FROM ({_days('orders', some)}) WHERE amount > 0 AND is_return IS NOT TRUE"


def _days(table: str, some: str) -> str:
    """Return a query of a table's rows of some customers, with the number of the day."""
    time = "ordered_at" if table == "orders" else "occurred_at"
    return f"SELECT *, epoch_us({time}) // {DAY} AS day FROM {table} WHERE {some}"
