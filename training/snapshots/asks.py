"""Who was asked to refer, share or review in the horizon from a cutoff, where a shop notes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.clock import DAY, midnight
from features.engine import cutoffs_of
from training.bundle.arrays import Flags
from training.snapshots.cutoffs import Plan
from training.snapshots.outcomes import ACTS

if TYPE_CHECKING:
    from features.history import History


ASKS = {**{act: (act,) for act in ACTS}, "advocate": tuple(ACTS)}
"""Outcomes, and the asks that are for them."""


@dataclass(frozen=True)
class Asks:
    """Picks out of contacts who was asked for which act; a cluster does it where the rows are.

    Parameters
    ----------
    windows : mapping of str to tuple of two int
        Of each outcome, the instants between which its label on E is made.
    people : Arrow array of string
        Whom it is of interest of: on a cluster, those who are learnt from.
    """

    windows: Mapping[str, tuple[int, int]]
    people: pa.Array

    def __call__(self, contacts: pa.Table) -> pa.Table:
        """Return ``customer_id`` and ``outcome`` of whoever was asked for it, each once."""
        among = pc.is_in(contacts["customer_id"], self.people)
        treated = contacts.filter(pc.and_(pc.equal(contacts["arm"], "treated"), among))
        return pa.concat_tables([_asked(treated, name, *w) for name, w in self.windows.items()])


def _asked(contacts: pa.Table, outcome: str, start: int, end: int) -> pa.Table:
    at = contacts["contacted_at"].cast(pa.int64())
    inside = pc.and_(pc.greater_equal(at, start), pc.less(at, end))
    wanted = pc.is_in(contacts["ask"], pa.array(ASKS[outcome]))
    who = contacts.filter(pc.and_(inside, wanted))["customer_id"].unique()
    return pa.table({"customer_id": who, "outcome": pa.repeat(outcome, len(who))})


def asked(history: History, plans: Sequence[Plan], table: pa.Table) -> dict[str, Flags]:
    """Return which rows of a table are of somebody who was asked in the horizon from E.

    Returns
    -------
    dict of str to bool array of shape (n,)
        Of the outcomes of advocacy, where the shop notes what it asks for; of E's rows alone.
    """
    zone, cutoffs = history.config.shop.timezone, cutoffs_of(table)
    newest = {plan.outcome: midnight(plan.newest, zone) for plan in plans}
    newest = {outcome: at for outcome, at in newest.items() if outcome.name in ASKS}
    if "contacts.ask" not in history.fields or not newest:
        return {}
    windows = {
        outcome.name: (at + outcome.gap_days * DAY, at + outcome.embargo_days * DAY)
        for outcome, at in newest.items()
    }
    people = table.filter(np.isin(cutoffs, [*newest.values()]))["customer_id"].unique()
    found = history.picked("contacts", Asks(windows, people))
    return {
        outcome.name: _rows_of(found, outcome.name, table) & (cutoffs == at)
        for outcome, at in newest.items()
    }


def _rows_of(found: pa.Table, outcome: str, table: pa.Table) -> Flags:
    who = found.filter(pc.equal(found["outcome"], outcome))["customer_id"].combine_chunks()
    flags: Flags = pc.is_in(table["customer_id"], who).to_numpy()
    return flags
