"""What a customer is worth: fits the money of a bundle from slices and history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from training.bundle.money import Friends, Money
from training.bundle.outcome import SpendModel
from training.learning.settings import Settings
from training.money import friends, spending
from training.money.judgement import SpendJudgement
from training.money.model import leavers_spend
from training.money.next_order import next_order
from training.money.stayers import leavers, stayers, without_giant
from training.snapshots.dataset import Dataset
from training.snapshots.outcome import next_activity

if TYPE_CHECKING:
    from features.history import History

GIANT_NOTE = (
    "one customer spent more than three times what all others did who stayed: what a customer "
    "spends is neither learnt from theirs nor judged on it, and little is expected of them; if "
    "an amount is mistyped, correct it or leave it out with `where`"
)


def fit(
    data: Dataset, judged: SpendJudgement | None, settings: Settings
) -> tuple[SpendModel | None, Money, list[str]]:
    """Fit spend of those who stay and who leave, friends, and the next order.

    Parameters
    ----------
    data : Dataset
    judged : SpendJudgement or None
        What `spending.judge` found; None where there is no spend to learn.
    settings : Settings

    Returns
    -------
    spend : SpendModel or None
        None where there are no orders, churn is not learnt or nobody ever stayed.
    money : Money
    notes : list of str
        What the data could not tell.
    """
    brought, notes = _friends(data.history)
    churn = data.plan("churn")
    if churn is None or judged is None:
        return None, Money(friends=brought), notes
    outcome, days = churn.outcome, churn.serving
    examples, stayed = stayers(data, days)
    model = spending.serve(data, judged, settings) if stayed.any() else None
    if model is None:
        notes = [*notes, "nobody stayed at any cutoff: what a customer who stays spends is unknown"]
    if not without_giant(examples.take(stayed)).all():
        notes = [*notes, GIANT_NOTE]
    left = leavers(examples, stayed)
    leave = leavers_spend(left.labels, left.stratum, left.weight)
    due = None
    if settings.orders:
        ahead = data.slices.labels(outcome, days, next_activity(outcome))
        # Who orders in the gap and never in the horizon leaves all the same. Who stays subscribed
        # without an order has one due past the horizon: left out, others' would seem to be usual.
        ahead = np.where(stayed, np.nan_to_num(ahead, nan=outcome.embargo_days), np.nan)
        due = next_order(examples.facts, ahead, outcome.embargo_days, examples.weight)
    return model, Money(leavers=leave, friends=brought, next_order=due), notes


def _friends(history: History) -> tuple[Friends | None, list[str]]:
    """Return what a referrer brings: from the data, else from the settings, else unknown."""
    found = _friends_in(history)
    per = history.config.advocacy.friends_per_referrer
    value = history.config.advocacy.friend_value
    if found is not None:
        return found, []
    if per is not None and value is not None:
        return Friends(per, value, "settings"), []
    if "referred" not in history.kinds or "orders" not in history.span:
        return None, []
    return None, [
        f"fewer than {friends.FEWEST_FRIENDS} referred buyers: what a friend is worth stays "
        "unknown unless [advocacy] says friends_per_referrer and friend_value"
    ]


def _friends_in(history: History) -> Friends | None:
    if "orders" not in history.span or "customers.referred_by" not in history.fields:
        return None
    # Past the end of the orders nobody buys, however long other tables go on.
    _, end = history.span["orders"]
    work = friends.Friendships(history.config.churn.horizon_days, end)
    blocks = [table for table, _ in history.each(work, friends.READ)]
    return friends.fit(pa.concat_tables(blocks)) if blocks else None
