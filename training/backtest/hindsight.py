"""A backtest of the versions that served: what they said, and what happened since.

Nothing is fitted. Each day is scored by the newest version that had become champion and that knew
nothing of that day or later; on the history as it is known today, corrections included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from features.clock import local_date
from features.config import Config
from features.errors import LadderError
from features.history import open_history
from features.stages import Progress, silent
from features.units import count_of
from training.backtest import champions, spend
from training.backtest.champions import Champions
from training.backtest.origins import Backtest, Origin, SpendOrigin
from training.bundle.advocacy import ACTS, any_of
from training.bundle.arrays import Floats
from training.bundle.bundle import Bundle
from training.bundle.outcome import OutcomeModel
from training.bundle.rows import Rows
from training.bundle.shelf import Shelf
from training.judging.curves import Scores
from training.judging.evaluation import MODEL
from training.judging.judgement import Judgement
from training.learning.settings import Settings
from training.snapshots import shut, slicing
from training.snapshots.cutoffs import MOST_ORIGINS, Plan
from training.snapshots.dataset import Dataset, spent
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import names_of
from training.snapshots.planning import planned
from training.snapshots.slices import Slices
from training.snapshots.spacing import WEEK
from training.statistics.bootstrap import resample

if TYPE_CHECKING:
    from pathlib import Path

    from features.clock import DayLike
    from features.history import History


def as_served(
    config: Config,
    home: Path,
    *,
    until: DayLike | None = None,
    origins: int | None = None,
    wanted: str | Sequence[str] = (),
    seed: int = 7,
    frames: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Hold what the versions that served said against what happened since.

    Parameters
    ----------
    config : Config
    home : Path
        Where the versions are.
    until, wanted, seed, frames, progress
        As of `training.backtest.backtest`; `seed` draws the resamples.
    origins : int, optional
        Days per outcome at most, half a horizon apart, counted back from the newest whose horizon
        has passed; 8 by default.

    Raises
    ------
    UsageError
        If `wanted` names no outcome, or `until` no day.
    LadderError
        If the history cannot be read, no version of the home has served, or no horizon has passed
        since the first one's data ended.
    """
    say = progress or silent
    served = champions.find(Shelf(home), config)
    say("reading the history", None)
    with open_history(config, until=until, frames=frames) as history:
        asked = planned(history, names_of(wanted))
        rolled = [_rolled(plan, served.first, history, origins) for plan in asked.plans]
        if not any(rolled):
            _refuse(asked.plans, served.first, history)
        days = [plan for days in rolled for plan in days]
        found, spent_on = _judged(history, days, asked.money, served, Settings(seed), say)
        judged = {origin.version for origin in found.get("churn", ())}
        versions = [bundle for bundle in served.bundles if bundle.id in judged]
        unspent = spend.unjudged(asked, history, spent_on, versions)
        skipped = (*asked.skipped, *served.skipped, *unspent)
    return Backtest(
        found, spent_on, skipped, config.shop.name, config.shop.currency, as_served=True
    )


def _rolled(plan: Plan, first: date, history: History, origins: int | None) -> list[Plan]:
    """Return a plan per day: none before `first`, and none of a day that tells nothing."""
    step = timedelta(days=max(WEEK, plan.outcome.embargo_days // 2))
    days = [plan.newest - step * back for back in range(origins or MOST_ORIGINS)]
    closed = shut.shut(plan.outcome, history)
    return [Plan(plan.outcome, day) for day in days if day >= first and shut.tells(day, closed)]


def _judged(
    history: History,
    plans: Sequence[Plan],
    money: Outcome | None,
    served: Champions,
    settings: Settings,
    say: Progress,
) -> tuple[dict[str, tuple[Origin, ...]], tuple[SpendOrigin, ...]]:
    """Judge the days in the order of time; only one day's slice is in memory."""
    found: dict[str, list[Origin]] = {plan.outcome.name: [] for plan in plans}
    spent_on: list[SpendOrigin] = []
    days = sorted({plan.newest for plan in plans})
    for done, day in enumerate(days):
        say(f"scoring as of {day}", done / len(days))
        bundle = served.serving(day)
        known = [p for p in plans if p.newest == day and p.outcome.name in bundle.outcomes]
        if not known:
            continue
        judgements, amounts = _of_day(history, known, money, bundle, settings)
        for judged in judgements:
            found[judged.outcome].append(Origin(judged, None, (), bundle.id))
        spent_on += amounts
    return {name: tuple(origins) for name, origins in found.items()}, tuple(spent_on)


def _of_day(
    history: History,
    plans: Sequence[Plan],
    money: Outcome | None,
    bundle: Bundle,
    settings: Settings,
) -> tuple[list[Judgement], list[SpendOrigin]]:
    """Judge what one version predicted of what is asked on one day."""
    slices = slicing.build(history, plans, bundle.columns, spent(plans, money), stored=True)
    # Most outcomes are asked of the same customers, whose features are then read once.
    rows = {plan.outcome.who: slices.rows(plan.outcome, (plan.newest,)) for plan in plans}
    judgements = [
        _judgement(plan, bundle, slices, rows[plan.outcome.who], settings) for plan in plans
    ]
    churn = next((judged.scores for judged in judgements if judged.outcome == "churn"), None)
    data = Dataset(history, bundle.columns, tuple(plans), money, slices, ())
    return judgements, [*spend.of_version(data, churn, bundle, settings)]


def _judgement(
    plan: Plan, bundle: Bundle, slices: Slices, rows: Rows, settings: Settings
) -> Judgement:
    """Judge what a version said of one day, beside the simple rule that it keeps."""
    model, then = bundle.outcomes[plan.outcome.name], bundle.metrics["outcomes"][plan.outcome.name]
    test = slices.answers(plan.outcome, (plan.newest,))
    blank = Judgement(
        outcome=model.name,
        horizon_days=model.horizon_days,
        basis=model.basis,
        verdict="",
        newest=plan.newest,
        cutoffs=(),
        rows=then["rows"],
        positives=then["positives"],
        test_rows=test.stands_for,
        test_positives=test.positives,
    )
    if not len(test):
        return blank
    said = _said(model, bundle, rows)
    if model.rule is None:  # the base rate served
        return replace(blank, scores=Scores(test.labels, said, said, said))
    rule = model.rule.probability(rows.facts(model.rule.facts), rows.strata)
    drawn = resample(
        test.labels,
        {MODEL: said, model.rule.name: rule},
        test.customer,
        resamples=settings.resamples,
        seed=settings.seed,
    )
    return replace(
        blank,
        model=drawn.estimates(MODEL),
        baselines={model.rule.name: drawn.estimates(model.rule.name)},
        best=model.rule.name,
        gains={model.rule.name: drawn.gains(MODEL, model.rule.name)},
        scores=Scores(test.labels, said, rule, said),
    )


def _said(model: OutcomeModel, bundle: Bundle, rows: Rows) -> Floats:
    """Return the probabilities that were served, shape (n,)."""
    said, known = model.probability(rows), bundle.outcomes
    if model.name != "advocate":
        return said
    return any_of(said, [known[act].probability(rows) for act in ACTS if act in known])


def _refuse(plans: Sequence[Plan], first: date, history: History) -> NoReturn:
    soonest = min(plans, key=lambda plan: plan.outcome.embargo_days)
    days = count_of(soonest.outcome.embargo_days, "day")
    ends = local_date(history.until - 1, history.config.shop.timezone)
    raise LadderError(
        "A version can be held against what happened once a horizon has passed since its data "
        "ended.",
        f"The first one that served ends before {first}; {soonest.outcome.name} looks {days} "
        f"ahead, and the history ends on {ends}.",
        f"Wait until it reaches {first + timedelta(days=soonest.outcome.embargo_days)}, or run "
        "`ladder backtest` without --as-served: it fits anew on days of the past.",
    )
