"""Goodbyes: events after which practically nobody was active again, and what to do about them.

A program that writes `lost` behind each last visit dates it to a day on which nobody could know; an
account that is closed is closed. Either way no model should learn from it unnoticed
(`docs/decisions/0021-goodbyes.md`). `features.checking.goodbyes` finds them before any training,
`training.snapshots.goodbyes` in what is learnt from.

What already follows a first order (a guest's) is no goodbye: it must hold, too, of those who had
been active on several days.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.settings.sections import Churn
from features.units import count_of

ENOUGH = 20.0
"""Customers who should have come back, by what others did: with fewer, it may be chance."""

OF_REGULARS = 5.0
"""How many of them must have been active on several days before."""

PRACTICALLY_NOBODY = 0.05
"""Share of those. At ten real shops and a made-up one, no kind had fewer than 0.6 of them come."""


@dataclass(frozen=True)
class Subject:
    """What may be a goodbye, such as "the kind lost", and what to do where it is one."""

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
    """Who was active again, of the customers with a kind or attribute and of others.

    Parameters
    ----------
    customers : int
        Who have it.
    came, usual : float
        Share of them, and of those who had been silent for as long.
    """

    customers: int
    came: float
    usual: float

    def sentence(self, subject: Subject, horizon_days: int, whom: str = "others") -> str:
        """Return it as a sentence without its full stop, compared with whom, and what to do."""
        who, days = count_of(self.customers, "customer"), count_of(horizon_days, "day")
        came = f"{self.came:.1%}" if self.came else "none"
        return (
            f"of {who} with {subject.words}, {came} came back within {days}; of {whom} silent "
            f"for as long, {self.usual:.0%} did: if it is written after the fact, {subject.do}"
        )


def is_final(expected: float, came: float, enough: float) -> bool:
    """Return whether practically nobody came back, of so many who should have."""
    return expected >= enough and came <= PRACTICALLY_NOBODY * expected
