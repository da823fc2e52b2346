"""What a history can be asked: which outcomes, at which cutoffs, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.snapshots import cutoffs, outcomes
from training.snapshots.cutoffs import Plan
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import Skipped

if TYPE_CHECKING:
    from features.history import History


@dataclass(frozen=True)
class Planned:
    """The outcomes of a history.

    Parameters
    ----------
    plans : tuple of Plan
        Outcomes with a yes or a no, in the order of `training.snapshots.outcomes.NAMES`.
    money : Outcome or None
        Spend, which has no cutoffs of its own.
    skipped : tuple of Skipped
        Outcomes that the history does not carry or is too short for.
    """

    plans: tuple[Plan, ...]
    money: Outcome | None
    skipped: tuple[Skipped, ...]


def planned(history: History, wanted: tuple[str, ...]) -> Planned:
    """Return what can be asked of a history.

    Parameters
    ----------
    history : History
        Open.
    wanted : tuple of str
        Only these outcomes; all where it is empty.

    Raises
    ------
    UsageError, LadderError
        See `outcomes.outcomes` and `cutoffs.plan`.
    """

    def is_long_enough(outcome: Outcome) -> bool:
        return cutoffs.fits(outcome, history)

    known, missing = outcomes.outcomes(history.config, history, wanted, is_long_enough)
    plans, short = cutoffs.plan(tuple(o for o in known if not o.is_money), history)
    money = next((o for o in known if o.is_money), None)
    return Planned(tuple(plans), money, (*missing, *short))
