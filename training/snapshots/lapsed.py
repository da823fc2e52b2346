"""Old shops, most of whose customers have lapsed: other cutoffs teach where few are asked.

Before anything is computed, only how many customers there ever were is known, and a large shop has
no other cutoffs beside a fit's own (`training.snapshots.others`). Once its own have been computed,
it is known how many are asked there; where these are few, the slices are computed again with other
cutoffs, and without those whom nothing is asked of there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.snapshots.cutoffs import Plan, joined
from training.snapshots.others import crowded
from training.snapshots.slices import Slices

if TYPE_CHECKING:
    from features.history import History

TAUGHT = 100_000
"""Rows that a fit sees at most (`training.learning.recipe.Recipe.most_rows`)."""


def with_others(plans: Sequence[Plan], slices: Slices, history: History) -> tuple[Plan, ...]:
    """Return plans that are joined by other cutoffs where those who are asked leave room for them.

    Where a shop has few lapsed customers, these stay without: `return` alone is not worth computing
    everybody once more, which takes a quarter of a training's time.

    Parameters
    ----------
    plans : sequence of Plan
    slices : Slices
        Of these plans.
    history : History
    """
    if slices.sample is not None or not crowded(history, history.customers):
        return tuple(plans)
    return tuple(
        plan if plan.outcome.who == "lapsed" else _with_others(plan, slices, history)
        for plan in plans
    )


def _with_others(plan: Plan, slices: Slices, history: History) -> Plan:
    own = {*plan.evaluation, *plan.serving}
    most = max(slices.count(plan.outcome, (day,)) for day in own)
    # Its own slices, and one more: what has no room in a fit is not computed.
    fits = most * (len(plan.evaluation) + 1) <= TAUGHT
    return joined(plan, history, most) if most and fits else plan
