"""Counts of what happened at cutoffs of all years: one pass over the rows, without features.

Where the history is long enough to compare years, every outcome is counted every four weeks, in
cells of customers whose activity is alike, so that the level of a cutoff can be told whoever was
asked there (`training.snapshots.season`); ten thousand customers tell it to within 0.02 log-odds.
The first four weeks of every label are counted, too: they are known soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.block import Block
from features.catalogue import Column
from features.clock import local_date, midnight
from features.engine import INSTANT, compute, cutoffs_of
from features.facts import columns as fact_columns
from features.reach.room import first_day
from features.stages import Progress, silent, tables
from training.bundle.arrays import Integers, facts
from training.bundle.strata import ELIGIBILITY_FACTS
from training.snapshots.cutoffs import Plan
from training.snapshots.outcome import Outcome
from training.snapshots.sampling import is_drawn
from training.snapshots.season import YEAR, Counts, Past
from training.snapshots.shut import shut, tells
from training.snapshots.spacing import WARM_UP

if TYPE_CHECKING:
    from features.history import History

STEP = 28
"""Days between cutoffs: a season hardly turns in between."""

FEWEST_YEARS, MOST_YEARS = 1.5, 6.0
"""Years of cutoffs: half a year to hold against the year before it, and all that is wanted."""

MOST_CUSTOMERS, SEED = 20_000, 0

CELL_FACTS = ("days_since_activity", "activity_days")
RECENCY = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0)
"""Where cells are cut, in horizons since the last activity."""
FREQUENCY = (1.5, 3.5, 9.5, 29.5)
"""Where they are cut, in days with activity."""
CELLS = (len(RECENCY) + 1) * (len(FREQUENCY) + 1)


@dataclass(frozen=True)
class Counting:
    """Counts what became of the customers of a block.

    Parameters
    ----------
    cutoffs : tuple of int
        Instants, ascending.
    columns : tuple of Column
        Facts and labels.
    outcomes : tuple of Outcome
    share : float
        Of customers who are drawn.
    """

    cutoffs: tuple[int, ...]
    columns: tuple[Column, ...]
    outcomes: tuple[Outcome, ...]
    share: float

    def __call__(self, block: Block) -> pa.Table:
        """Return a row per outcome, cutoff and cell, in the name of the block's first customer."""
        drawn = [is_drawn(customer, self.share, SEED) for customer in block.ids.to_pylist()]
        some = block.among(block.ids.filter(pa.array(drawn, pa.bool_())))
        table = compute(some, self.cutoffs, self.columns)
        cutoff = np.searchsorted(self.cutoffs, cutoffs_of(table))
        counts = [self._counts(number, table, cutoff) for number in range(len(self.outcomes))]
        outcome, place, cell, asked, did = np.concatenate(counts, axis=1)
        found = {
            "customer_id": pa.repeat(block.ids[0].cast(pa.string()), len(outcome)),
            "cutoff": pa.array(np.take(self.cutoffs, place)).cast(INSTANT),
            "outcome": outcome,
            "cell": cell,
            "asked": asked,
            "did": did,
        }
        return pa.table(found).sort_by("cutoff")

    def _counts(self, number: int, table: pa.Table, cutoff: Integers) -> Integers:
        """Return outcome, position of the cutoff, cell, asked and did; shape (5, n)."""
        outcome = self.outcomes[number]
        asked = outcome.asked(table)
        place = (cutoff * CELLS + cells(table, outcome.horizon_days))[asked]
        size = len(self.cutoffs) * CELLS
        many = np.bincount(place, minlength=size)
        did = np.bincount(place[outcome.labels(table)[asked] > 0], minlength=size)
        some = np.flatnonzero(many)
        same = np.full(len(some), number)
        return np.stack([same, some // CELLS, some % CELLS, many[some], did[some]])


def cells(table: pa.Table, horizon_days: int) -> Integers:
    """Return the cell of each row: how long ago and how often the customer was active."""
    known = {name: np.nan_to_num(values) for name, values in facts(table, CELL_FACTS).items()}
    recency = np.digitize(known["days_since_activity"] / horizon_days, RECENCY)
    often = np.digitize(known["activity_days"], FREQUENCY)
    return np.asarray(recency * (len(FREQUENCY) + 1) + often, dtype=np.int64)


def count(history: History, plans: Sequence[Plan], say: Progress = silent) -> dict[str, Past]:
    """Count every outcome whose history is long enough to tell a season, by the outcome's name."""
    cutoffs = _cutoffs(history, plans)
    usable = {plan.outcome: _usable(plan, plan.outcome, cutoffs, history) for plan in plans}
    soon = {plan.outcome: _usable(plan, early(plan.outcome), cutoffs, history) for plan in plans}
    long_enough = [outcome for outcome in usable if _enough(soon[outcome])]
    outcomes = tuple(dict.fromkeys((*long_enough, *map(early, long_enough))))
    if not outcomes:
        return {}
    named = (*ELIGIBILITY_FACTS, *CELL_FACTS)
    known = [column for column in fact_columns(history.config) if column.name in named]
    labels = [outcome.column for outcome in outcomes]
    share = min(1.0, MOST_CUSTOMERS / max(1, history.customers))
    work = Counting(cutoffs, (*known, *labels), outcomes, share)
    counted = pa.concat_tables([*tables(history, work, "counting earlier years", say)])

    def counts(outcome: Outcome, known: Integers) -> Counts:
        return _added_up(counted, outcomes.index(outcome), known, outcome)

    return {
        each.name: Past(counts(each, usable[each]), counts(early(each), soon[each]))
        for each in long_enough
    }


def early(outcome: Outcome) -> Outcome:
    """Return an outcome within the first weeks of its horizon, or itself if it has no more."""
    return outcome.within(STEP) if outcome.horizon_days > STEP else outcome


def _cutoffs(history: History, plans: Sequence[Plan]) -> tuple[int, ...]:
    """Return midnights every four weeks, to both sides of the newest that a whole label has."""
    zone = history.config.shop.timezone
    newest = max(plan.newest for plan in plans)
    days = min((newest - first_day(history.span, zone)).days - WARM_UP, int(MOST_YEARS * YEAR))
    ahead = max((_newest(plan, early(plan.outcome)) - newest).days for plan in plans)
    back = reversed(range(-STEP * (ahead // STEP), max(0, days) + 1, STEP))
    return tuple(midnight(newest - timedelta(days=step), zone) for step in back)


def _newest(plan: Plan, counted: Outcome) -> date:
    """Return the newest day whose label is known of a plan's outcome, or of its first weeks."""
    return plan.newest + timedelta(days=plan.outcome.embargo_days - counted.embargo_days)


def _usable(plan: Plan, counted: Outcome, cutoffs: Sequence[int], history: History) -> Integers:
    """Return the cutoffs at which an outcome was recorded already, and whose labels are known."""
    zone = history.config.shop.timezone
    newest = midnight(_newest(plan, counted), zone)
    closed = shut(counted, history)
    known = (each for each in cutoffs if counted.since <= each <= newest)
    return np.array([each for each in known if tells(local_date(each, zone), closed)], np.int64)


def _enough(cutoffs: Integers) -> bool:
    return len(cutoffs) * STEP >= FEWEST_YEARS * YEAR


def _added_up(counted: pa.Table, number: int, cutoffs: Integers, outcome: Outcome) -> Counts:
    """Add up the counts of an outcome."""
    mine = counted.filter(pa.array(counted["outcome"].to_numpy() == number))
    at = cutoffs_of(mine)
    known = np.isin(at, cutoffs)
    place = np.searchsorted(cutoffs, at[known]), mine["cell"].to_numpy()[known]
    asked, did = (np.zeros((len(cutoffs), CELLS), np.int64) for _ in range(2))
    np.add.at(asked, place, mine["asked"].to_numpy()[known])
    np.add.at(did, place, mine["did"].to_numpy()[known])
    return Counts(cutoffs, asked, did, outcome.embargo_days)
