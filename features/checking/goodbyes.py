"""Goodbyes in a history, before any training: kinds of engagement and attributes with a history.

The day after a customer had one first is held against all days on which somebody had been silent
for as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.attributes.naming import KIND
from features.checking.finality import (
    ENOUGH,
    OF_REGULARS,
    PRACTICALLY_NOBODY,
    Goodbye,
    Subject,
    is_final,
)
from features.clock import DAY
from features.config import Config
from features.resources.workspace import Workspace, literal
from features.settings.sections import Churn

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

SILENCES = 20
"""How many lengths of silence stand for all that came before a kind."""

MOST_CUSTOMERS = 200_000
"""Of a larger shop, so many are looked at."""

NEVER = np.iinfo(np.int64).max // 2
"""A day after all others."""

_SUBJECTS = {
    "engagement": "kind",
    "attributes": "kind || '=' || CASE WHEN value IS NULL THEN detail WHEN value <> 0 THEN '' END",
}
"""What rows are about: a kind; an attribute with its text, or that it is a number other than 0."""


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
        eligible = (day + self.horizon < self.end) & (day < self.until[last])
        last, day = last[eligible], day[eligible]
        came = self.next_day[last] <= day + self.horizon
        if not len(day) or came.mean() > PRACTICALLY_NOBODY:
            return None
        usual, regular = self._usual(day - self.day[last] + 1, self.first[last]), ~self.first[last]
        known = ~np.isnan(usual)
        finals = (
            is_final(float(usual[who].sum()), float(came[who].sum()), enough)
            for who, enough in ((known, ENOUGH), (known & regular, OF_REGULARS))
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
        eligible = (self.next_day > day) & (day + self.horizon < self.end) & (day < self.until)
        eligible &= self.first == once
        came = self.next_day[eligible] <= day[eligible] + self.horizon
        return float(came.mean()) if len(came) else np.nan


def goodbyes(workspace: Workspace, config: Config, until: int, customers: int) -> Iterator[str]:
    """Yield a sentence on each engagement kind and each attribute that says goodbye.

    The workspace holds canonical tables; `until` is the first instant that is not seen.
    """
    churn, names = config.churn, workspace.names()
    needed = {"engagement" if churn.activity else "orders"}
    needed |= {"engagement"} if churn.event else set()
    tables = [name for name in _SUBJECTS if name in names]
    if not tables or not needed.issubset(names):
        return
    one_in = -(-customers // MOST_CUSTOMERS)
    sample = f"rank % {one_in} = 0"
    of_them = f"of one customer in {one_in}: " if one_in > 1 else ""
    gaps, found = _gaps(workspace, churn, sample, -(-until // DAY)), dict[Subject, Goodbye]()
    for subject, customer, day in _first_days(workspace, churn, tables, sample):
        if goodbye := gaps.goodbye(customer, day):  # of an attribute's values, what most have
            found[subject] = max(
                found.get(subject, goodbye), goodbye, key=lambda final: final.customers
            )
    for subject, goodbye in found.items():
        yield f"{of_them}{goodbye.sentence(subject, churn.horizon_days, 'all')}."


def _first_days(
    workspace: Workspace, churn: Churn, tables: Sequence[str], sample: str
) -> Iterator[tuple[Subject, Numbers, Numbers]]:
    """Yield who had an engagement kind, or a value of an attribute, and on which day first."""
    # Nor is a kind that is NULL, an attribute that is 0, `NOT IN` them.
    known = ", ".join(literal(kind or "") for kind in (churn.activity, churn.event))
    rows = " UNION ALL ".join(
        f"SELECT rank, day, {_SUBJECTS[name]} AS kind FROM ({_days(name, sample)})"
        for name in tables
    )
    found = workspace.table(
        f"SELECT kind, rank AS customer, min(day) AS day FROM ({rows}) "
        f"JOIN (SELECT rank, min(day) AS first FROM ({_activity(churn, sample)}) GROUP BY rank) "
        f"USING (rank) WHERE day >= first AND kind NOT IN ({known}) "
        "GROUP BY kind, rank "
        f"QUALIFY count(*) OVER (PARTITION BY kind) >= {ENOUGH} ORDER BY kind, rank"
    )
    kinds = found["kind"].combine_chunks().dictionary_encode()
    starts = np.searchsorted(kinds.indices.to_numpy(), np.arange(1, len(kinds.dictionary)))
    parts = (np.split(found[name].to_numpy(), starts) for name in ("customer", "day"))
    for kind, customer, day in zip(kinds.dictionary.to_pylist(), *parts, strict=False):
        yield _subject(kind, churn), customer, day


def _subject(kind: str, churn: Churn) -> Subject:
    """Return what a kind, or an attribute with its value, is called."""
    if kind.startswith(KIND):
        return Subject.of_attribute(kind.removeprefix(KIND).partition("=")[0])
    return Subject.of_kind(kind, churn)


def _gaps(workspace: Workspace, churn: Churn, sample: str, end: int) -> Gaps:
    """Return the days with activity of a sample of customers."""
    gone = "SELECT NULL AS rank, NULL AS day"
    if churn.event:
        gone = f"FROM ({_days('engagement', sample)}) WHERE kind = {literal(churn.event)}"
    found = workspace.table(
        "SELECT rank AS customer, day, until::BIGINT AS until "
        f"FROM (SELECT DISTINCT rank, day FROM ({_activity(churn, sample)})) "
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


def _activity(churn: Churn, sample: str) -> str:
    """Return a query of what keeps customers alive."""
    if churn.activity:
        return f"FROM ({_days('engagement', sample)}) WHERE kind = {literal(churn.activity)}"
    return f"FROM ({_days('orders', sample)}) WHERE amount > 0 AND is_return IS NOT TRUE"


def _days(table: str, sample: str) -> str:
    """Return a query of a table's rows of a sample of customers, with the number of the day."""
    time = "ordered_at" if table == "orders" else "occurred_at"
    return f"SELECT *, epoch_us({time}) // {DAY} AS day FROM {table} WHERE {sample}"
