"""One engine pass over the shop, at every cutoff that an outcome needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arithmetic.fields import encoded
from features.catalogue import Column
from features.clock import midnight
from features.engine import concatenate, cutoffs_of
from features.errors import LadderError
from features.facts import CHANNEL
from features.products.charts import charted
from features.stages import Progress, silent, tables
from features.units import count_of
from training.bundle.arrays import Integers
from training.snapshots import asks, goodbyes
from training.snapshots.cutoffs import Plan
from training.snapshots.outcome import Outcome
from training.snapshots.ranked import ranked
from training.snapshots.sampling import Sample
from training.snapshots.slices import Slices
from training.snapshots.work import WEIGHT, Snapshots

if TYPE_CHECKING:
    from features.history import History

_KEYS = ("customer_id", "cutoff", WEIGHT, CHANNEL.name)


def build(
    history: History,
    plans: Sequence[Plan],
    columns: Sequence[Column],
    more: Sequence[Outcome] = (),
    say: Progress = silent,
    sample: Sample | None = None,
    apart: bool = False,
    stored: bool = False,
) -> Slices:
    """Compute the slices of all plans in one pass over the history's blocks.

    Parameters
    ----------
    history : History
        Open, and holding at least the tables the plans' labels are read from.
    plans : sequence of Plan
        The outcomes with their cutoffs.
    columns : sequence of Column
        Features and facts.
    more : sequence of Outcome
        Labels to compute beside those of the plans.
    say : callable, optional
        Told the stage and the share done.
    sample : Sample, optional
        Whom to learn from; everybody by default.
    apart : bool
        Whether a cutoff holds only who is asked something by a plan that has it; by default it
        holds who is asked anything.
    stored : bool
        Whether columns keep the charts that a bundle stored (`features.products`); by default they
        get those of the cutoffs.

    Raises
    ------
    LadderError
        If nobody can be asked anything at any of the cutoffs.
    """
    zone = history.config.shop.timezone
    learnt = sorted({day for plan in plans for day in plan.cutoffs})
    days = sorted({*learnt, *(plan.ahead for plan in plans if plan.ahead)})
    labels = {each.name: each for plan in plans for each in plan.windows(plan.outcome)}
    instants = tuple(midnight(day, zone) for day in days)
    seen = tuple(columns) if stored else charted(columns, history.sold, instants)
    work = Snapshots(
        cutoffs=instants,
        newest=midnight(learnt[-1], zone),
        columns=(*seen, *(outcome.column for outcome in (*labels.values(), *more))),
        asked=tuple((plan.outcome, _instants(plan, zone) if apart else instants) for plan in plans),
        sample=sample,
        channels="orders.channel" in history.fields,
    )
    parts = [*tables(history, work, "computing features", say)]
    if not any(len(part) for part in parts):
        _refuse_nobody(history, learnt)
    return _coded(concatenate(parts), history, plans, columns, sample)


def _instants(plan: Plan, timezone: str) -> tuple[int, ...]:
    """Return the instants of a plan's cutoffs, ascending."""
    return tuple(midnight(day, timezone) for day in sorted({*plan.cutoffs, *plan.ranked_on}))


def _coded(
    table: pa.Table,
    history: History,
    plans: Sequence[Plan],
    columns: Sequence[Column],
    sample: Sample | None,
) -> Slices:
    """Return what was computed with codes in place of the customers' ids."""
    features = tuple(column.name for column in columns if column.is_feature)
    return Slices(
        table=table.drop_columns([n for n in _KEYS if n in table.column_names]),
        features=features,
        facts=tuple(column.name for column in columns if not column.is_feature),
        customer=_codes(table.column("customer_id")),
        cutoff=cutoffs_of(table),
        timezone=history.config.shop.timezone,
        ranked=ranked(features) if any(plan.censored for plan in plans) else (),
        weight=table[WEIGHT].to_numpy() if sample else None,
        sample=sample,
        channel=encoded(table[CHANNEL.name]) if CHANNEL.name in table.column_names else None,
        asked=asks.asked(history, plans, table),
        subjects=goodbyes.subjects_of(columns, history.config),
    )


def _codes(ids: pa.ChunkedArray) -> Integers:
    """Return each customer's position in the order of the ids."""
    positions = pc.index_in(ids, value_set=pc.unique(ids).sort())
    codes: Integers = positions.to_numpy().astype(np.int64)
    return codes


def _refuse_nobody(history: History, days: Sequence[date]) -> NoReturn:
    active = history.config.churn.active_days
    raise LadderError(
        "Some customers must have been active before the training cutoffs.",
        f"No customer was, within {count_of(active, 'day')} before any of {days[0]} to {days[-1]}.",
        "Raise active_days under [churn], or look with `ladder check` at what counts as an order.",
    )
