"""Facts: columns that decide eligibility, rung and stratum, and feed the baselines."""

from __future__ import annotations

from functools import reduce
from operator import add

import pyarrow as pa

from features.block import Block
from features.catalogue import Column
from features.clock import ENDLESS_DAYS, Window
from features.config import Config
from features.contract import Activity, Engagement, Orders, Profile
from features.expressions.expression import Compare, Latest, Measure, measure

RESEARCH = (
    "site_visited",
    "app_opened",
    "cart_added",
    "email_clicked",
    "coupon_redeemed",
    "subscribed",
)
"""Kinds that put somebody without an order on the rung `research`."""

PERIOD_DAYS, PERIODS = 30, 12
"""The rung `client` looks at the last twelve thirty-day periods."""

CHANNEL = Column(
    # No feature can have this name: those of a shop's own are names in Python.
    "channel:newest",
    Latest("orders", Orders().purchases.condition, "channel", None),
    Window(),
    description="Channel of the newest purchase line that has one.",
    is_feature=False,
)
"""Through which channel a customer bought last, as a code that only its block knows.

The newest, not the commonest: it is where the shop meets the customer now, a single order has it,
and customers who move to a channel that keeps them worse are counted there at once. It tells groups
of customers apart when a model is judged; no model, rule or bundle looks at it.
"""


def columns(config: Config) -> tuple[Column, ...]:
    """Return the facts for a shop's settings (docs/architecture.md lists their meanings)."""
    measures = {
        **_activity(config.churn.active_days),
        **(_order_days() if config.churn.activity and config.orders else {}),
        **_money(),
        **_rungs(config),
        "subscribed": _subscribed(config.churn.event),
        "tenure_days": Profile().tenure(),
    }
    return tuple(
        Column(name, measure, Window(), is_feature=False) for name, measure in measures.items()
    )


def channels(table: pa.Table, block: Block) -> pa.Array:
    """Return the channels' names in a table computed of a block with `CHANNEL`, null for none."""
    codes = pa.array(table[CHANNEL.name].to_numpy(), from_pandas=True).cast(pa.int32())
    words = block.events("orders").field("channel").words
    assert words is not None, "a text"
    return words.decoded(codes)


def _activity(active_days: int) -> dict[str, Measure]:
    rows = Activity()
    return {
        "activity_ever": rows.count(),
        "activity_recent": rows.count().over(active_days),
        "activity_days": rows.days.count(),
        "activity_periods": _periods(rows),
        "days_since_activity": rows.days_since_last(),
        "days_since_first_activity": rows.days_since_first(),
        "gap_count": rows.gap.count(),
        "gap_mean_log": rows.log_gap.mean(),
        "gap_mean": rows.gap.mean(),
        "gap_max": rows.gap.largest(),
    }


def _order_days() -> dict[str, Measure]:
    """Return what the rung looks at in a shop with orders whose activity is something else."""
    rows = Orders()
    return {"order_days": rows.days.count(), "order_periods": _periods(rows.purchases)}


def _periods(rows: Activity | Orders) -> Measure:
    counts = [
        rows.count().between(-PERIOD_DAYS * (period + 1), -PERIOD_DAYS * period)
        for period in range(PERIODS)
    ]
    return reduce(add, [measure(0).below(count) for count in counts])


def _money() -> dict[str, Measure]:
    rows = Orders()
    return {
        "orders_ever": rows.placed.count(),
        "spend_ever": rows.amount.sum(),
        "spend_365": rows.amount.sum().over(365),
    }


def _rungs(config: Config) -> dict[str, Measure]:
    """Return what puts somebody on a rung besides orders.

    Two are named after the days that they usually look back.
    """
    rows, standing = Engagement(), config.standing
    positive = Compare("kind", "==", "reviewed") & (
        rows.value >= config.advocacy.positive_review_from
    )
    act = Compare("kind", "==", "referred") | Compare("kind", "==", "shared") | positive
    return {
        "advocacy_acts_365": rows.where(act).count().over(standing.advocate_days),
        "research_acts_90": rows.kind(*RESEARCH).count().over(standing.research_days),
        "referred_ever": rows.kind("referred").count(),
        "shared_ever": rows.kind("shared").count(),
        "reviewed_positive_ever": rows.where(positive).count(),
    }


def _subscribed(event: str | None) -> Measure:
    """Return 1 unless the latest of `subscribed` and the event is the event; null without one.

    The latest is the one with fewer days since; a tie counts as cancelled, the cautious reading.
    """
    if event is None:
        return measure(0) / 0
    rows = Engagement()
    left = rows.kind(event).days_since_last().fill(2 * ENDLESS_DAYS)
    joined = rows.kind("subscribed").days_since_last().fill(ENDLESS_DAYS)
    return joined.below(left)
