"""Who was asked to refer, share or review after a cutoff, and what came of it beside the others.

A probability of advocacy means "under the asking practised so far": some will be asked and nobody
knows whom. Who was asked is no group to be calibrated in, therefore; what was predicted and what
happened among those who were and those who were not shows how much of a rate is the asking's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.clock import DAY, midnight
from training.bundle.arrays import Floats
from training.cutoffs import Plan
from training.examples import Examples
from training.groups import Group
from training.outcomes import ACTS

if TYPE_CHECKING:
    from features.history import History

Flags = npt.NDArray[np.bool_]

ASKED, UNASKED = "asked in the horizon", "not asked"

MEANS = (
    "Nobody knew on the day who would be asked. The figures tell what happened under the asking "
    "practised, not what asking does: the shop chose whom to ask."
)
"""What must stand beside these figures."""

ASKS = {**{act: (act,) for act in ACTS}, "advocate": tuple(ACTS)}
"""Outcomes, and the asks that are for them."""


def asked(history: History, plans: Sequence[Plan], table: pa.Table) -> dict[str, Flags]:
    """Return which rows are of somebody who was asked in the horizon from E.

    Parameters
    ----------
    history : History
        Where a cluster holds the rows, contacts are not looked at.
    plans : sequence of Plan
    table : Arrow table of n rows with ``customer_id`` and ``cutoff``

    Returns
    -------
    dict of str to bool array of shape (n,)
        Of the outcomes of advocacy, where the shop notes what it asks for; of E's rows alone.
    """
    if "contacts.ask" not in history.fields or history.spread:
        return {}
    contacts = history.table("contacts")
    treated = contacts.filter(pc.equal(contacts["arm"], "treated"))
    zone, cutoffs = history.config.shop.timezone, table["cutoff"].cast(pa.int64()).to_numpy()
    found = {}
    for plan in (plan for plan in plans if plan.outcome.name in ASKS):
        newest = midnight(plan.newest, zone)
        who = _within(treated, plan, newest)
        found[plan.outcome.name] = pc.is_in(table["customer_id"], who).to_numpy() & (
            cutoffs == newest
        )
    return found


def _within(contacts: pa.Table, plan: Plan, newest: int) -> pa.Array:
    """Return who was asked for an outcome while its label was made."""
    start = newest + plan.outcome.gap_days * DAY
    at = contacts["contacted_at"].cast(pa.int64())
    inside = pc.and_(
        pc.greater_equal(at, start), pc.less(at, start + plan.outcome.horizon_days * DAY)
    )
    wanted = pc.is_in(contacts["ask"], pa.array(ASKS[plan.outcome.name]))
    return contacts.filter(pc.and_(inside, wanted))["customer_id"].unique()


def figures(test: Examples, probability: Floats, was_asked: Flags) -> dict[str, Group]:
    """Return what was said and what happened, of those asked and of the others.

    Parameters
    ----------
    test : Examples
        Of E.
    probability : float64 array of shape (n,)
        What serves.
    was_asked : bool array of shape (n,)

    Returns
    -------
    dict of str to Group
        Those that have rows, without a calibration error.
    """
    sides = {ASKED: was_asked, UNASKED: ~was_asked}
    return {
        name: Group(
            rows=round(float(test.weights[rows].sum())),
            rate=float(np.average(test.labels[rows], weights=test.weights[rows])),
            mean_probability=float(np.average(probability[rows], weights=test.weights[rows])),
            ece=None,
        )
        for name, rows in sides.items()
        if rows.any()
    }
