"""What a training learns from: the outcomes it can learn, their cutoffs, and the slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from features.catalogue import Column
from features.clock import midnight
from features.errors import LadderError
from features.own import Own
from features.products.charts import charted
from features.stages import Progress
from features.standard import own_features, standard_columns
from training.snapshots import cutoffs, guards, years
from training.snapshots.cutoffs import Plan
from training.snapshots.enough import build
from training.snapshots.outcome import Outcome, next_activity
from training.snapshots.outcomes import Skipped
from training.snapshots.planning import planned
from training.snapshots.sampling import Sample
from training.snapshots.slices import Slices

if TYPE_CHECKING:
    from features.history import History


@dataclass(frozen=True)
class Dataset:
    """The data of a training.

    Parameters
    ----------
    history : History
        Open.
    columns : tuple of Column
        Features and facts.
    plans : tuple of Plan
        Outcomes with a yes or a no, in the order of `outcomes.NAMES`; at least one.
    spend : Outcome or None
        Money in churn's horizon, where there are orders and churn is learnt.
    slices : Slices
    skipped : tuple of Skipped
    own : Own or None
        The shop's own features, which are among `columns`.
    """

    history: History
    columns: tuple[Column, ...]
    plans: tuple[Plan, ...]
    spend: Outcome | None
    slices: Slices
    skipped: tuple[Skipped, ...]
    own: Own | None = None

    def plan(self, name: str) -> Plan | None:
        """Return the plan of an outcome, None where it is not learnt."""
        return plan_of(name, self.plans)

    def charted(self) -> tuple[Column, ...]:
        """Return the columns with what was popular when models were judged, and what is now."""
        zone = self.history.config.shop.timezone
        judged = {midnight(plan.newest, zone) for plan in self.plans}
        return charted(self.columns, self.history.sold, sorted({*judged, self.history.until}))


def prepare(
    history: History,
    wanted: tuple[str, ...],
    say: Progress,
    sample: Sample | None = None,
) -> Dataset:
    """Choose outcomes and cutoffs, and compute the slices.

    Parameters
    ----------
    history : History
        Open.
    wanted : tuple of str
        Only these outcomes; all by default.
    say : callable
        Told the stage and the share done.
    sample : Sample, optional
        Whom to learn from; everybody by default.

    Raises
    ------
    UsageError, LadderError
        See `planned`, `enough.build`, `columns_of` and `features.standard.own_features`; and if
        nobody can be asked anything at the cutoffs that what serves would be fitted on.
    """
    own = own_features(history.config)
    asked = planned(history, wanted)
    plans, money = asked.plans, asked.money
    columns = columns_of(history, own)
    if sample is not None:
        plans = tuple(replace(plan, notes=(*plan.notes, str(sample))) for plan in plans)
    settled, slices = build(history, plans, columns, partial(_labels, money=money), say, sample)
    slices = replace(slices, past=years.count(history, settled, say))
    populated = tuple(plan for plan in settled if slices.count(plan.outcome, plan.serving))
    unasked = (plan.outcome.name for plan in settled if plan not in populated)
    if not populated:
        _refuse_nobody(settled)
    nobody = [Skipped((name,), "there was nobody to ask it of at any cutoff") for name in unasked]
    if money and (why := unspent(money, plan_of("churn", populated), history)):
        nobody.append(Skipped((money.name,), why))
        money = None
    return Dataset(history, columns, populated, money, slices, (*asked.skipped, *nobody), own)


def plan_of(name: str, plans: Sequence[Plan]) -> Plan | None:
    """Return the plan of an outcome, None where there is none."""
    return next((plan for plan in plans if plan.outcome.name == name), None)


def spent(plans: Sequence[Plan], money: Outcome | None) -> tuple[Outcome, ...]:
    """Return the labels of spend, which is learnt at churn's cutoffs; none without either."""
    churn = plan_of("churn", plans)
    return churn.windows(money) if churn and money else ()


def _labels(plans: Sequence[Plan], money: Outcome | None) -> tuple[Outcome, ...]:
    """Return the further labels at churn's cutoffs: the next activity, and spend."""
    churn = plan_of("churn", plans)
    return (next_activity(churn.outcome), *spent(plans, money)) if churn else ()


def unspent(money: Outcome, churn: Plan | None, history: History) -> str:
    """Return why spend cannot be learnt; nothing where it can.

    `churn` is the plan of churn, None where that is not learnt.
    """
    if churn is None:
        return "it is learnt of those who stay, and churn is not"
    return cutoffs.untold(money, churn, history)


def columns_of(history: History, own: Own | None) -> tuple[Column, ...]:
    """Return the features and facts to learn from, the shop's own among them.

    Raises
    ------
    LadderError
        If one of them looks past the cutoff.
    """
    columns = standard_columns(
        history.config, history.span, history.kinds, history.fields, own, history.values
    )
    guards.refuse_foresight(columns)
    return columns


def _refuse_nobody(plans: Sequence[Plan]) -> NoReturn:
    days = sorted(day for plan in plans for day in plan.serving)
    names = ", ".join(plan.outcome.name for plan in plans)
    raise LadderError(
        "Some customers must be eligible at the newest cutoffs.",
        f"From {days[0]} to {days[-1]}, nobody is eligible for {names}: nobody was active by then.",
        "Raise active_days under [churn], or choose a day with active customers by --until.",
    )
