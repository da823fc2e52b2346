"""The backtest itself: rolls the day of judgement over the whole history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from features.clock import DayLike
from features.config import Config
from features.history import open_history
from features.stages import Progress, silent
from features.standard import own_features
from training.backtest import drift, spend, staleness
from training.backtest.origins import Backtest, Origin, SpendOrigin
from training.judging import evaluation
from training.judging.judgement import Judgement, Predictor
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots import cutoffs, years
from training.snapshots.cutoffs import Plan
from training.snapshots.dataset import Dataset, columns_of, spent
from training.snapshots.enough import build
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import names_of
from training.snapshots.planning import planned
from training.snapshots.slices import Slices

if TYPE_CHECKING:
    from features.history import History

Fits = list[tuple[date, Predictor]]


def backtest(
    config: Config,
    *,
    until: DayLike | None = None,
    origins: int | None = None,
    wanted: str | Sequence[str] = (),
    seed: int = 7,
    recipe: Recipe | None = None,
    frames: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Fit and judge every outcome at several days of the history, each time as `train` would.

    Parameters
    ----------
    config : Config
    until : date, its text, or a midnight, optional
        Nothing at or after the start of this day is used; by default the newest full day is the
        last.
    origins : int, optional
        Days of judgement per outcome at most, spread over the history; see
        `training.snapshots.cutoffs.roll`.
    wanted : str or sequence of str
        Only these outcomes; all by default. Spend is judged beside churn.
    seed : int
    recipe : Recipe, optional
    frames : mapping of str to DataFrame or Arrow table, optional
        Tables in memory instead of the configured sources.
    progress : callable, optional
        Told the stage and, where known, the share done.

    Raises
    ------
    UsageError
        If `wanted` names no outcome, or `until` no day.
    LadderError
        If the history cannot be read or is too short, or as in
        `training.snapshots.dataset.columns_of`.
    """
    say = progress or silent
    settings = Settings(seed, config.churn.activity is None, recipe or Recipe())
    say("reading the history", None)
    with open_history(config, until=until, frames=frames) as history:
        asked = planned(history, names_of(wanted))
        rolled = {plan.outcome.name: cutoffs.roll(plan, history, origins) for plan in asked.plans}
        found, spent_on = _rolled(history, rolled, asked.money, settings, say)
        skipped = (*asked.skipped, *spend.unjudged(asked, history, spent_on))
    return Backtest(found, spent_on, skipped, config.shop.name, config.shop.currency)


def _rolled(
    history: History,
    rolled: Mapping[str, Sequence[Plan]],
    money: Outcome | None,
    settings: Settings,
    say: Progress,
) -> tuple[dict[str, tuple[Origin, ...]], tuple[SpendOrigin, ...]]:
    """Judge the origins in the order of time; only one origin's slices are in memory."""
    columns = columns_of(history, own_features(history.config))
    found: dict[str, list[Origin]] = {name: [] for name in rolled}
    fits: dict[str, Fits] = {name: [] for name in rolled}
    spent_on: list[SpendOrigin] = []
    past = years.count(history, [plans[-1] for plans in rolled.values()], say)
    rounds = max(len(plans) for plans in rolled.values())
    for number, plans in enumerate(_rounds(rolled, rounds)):
        say(f"origin {number + 1} of {rounds}", number / rounds)
        settled, slices = build(history, plans, columns, partial(spent, money=money))
        slices = replace(slices, past=past)
        report = partial(_in_round, say, number, rounds)
        present = [plan for plan in settled if slices.count(plan.outcome, (plan.newest,))]
        judgements = evaluation.judge_all(present, slices, settings, report)
        scores = {}
        for plan, judged in zip(present, judgements, strict=True):
            name = plan.outcome.name
            scores[name] = judged.scores
            found[name].append(_origin(plan, slices, judged, fits[name]))
        if money:
            report("judging spend", None)
            spent_on += spend.of_fit(
                Dataset(history, columns, settled, money, slices, ()), scores.get("churn"), settings
            )
        del slices  # before the next origin's are computed
    return {name: tuple(origins) for name, origins in found.items()}, tuple(spent_on)


def _in_round(say: Progress, number: int, rounds: int, stage: str, _: float | None) -> None:
    say(f"origin {number + 1} of {rounds}: {stage}", number / rounds)


def _rounds(rolled: Mapping[str, Sequence[Plan]], rounds: int) -> Iterator[list[Plan]]:
    """Yield the plans of one round after the other; all outcomes end in the last one."""
    for back in range(rounds, 0, -1):
        yield [plans[-back] for plans in rolled.values() if back <= len(plans)]


def _origin(plan: Plan, slices: Slices, judged: Judgement, fits: Fits) -> Origin:
    """Hold what was judged on one day against earlier fits, and add its own to them."""
    fresh = judged.predictor
    if fresh is None:
        return Origin(judged, None, ())
    test = slices.examples(plan.outcome, (plan.newest,))
    learnt = slices.examples(plan.outcome, (plan.evaluation[-1],))
    older = staleness.compare(test, plan.newest, fresh, fits)
    fits.append((plan.newest, fresh))
    return Origin(judged, drift.find(learnt, test, fresh), tuple(older))
