"""`train`: from a shop's configuration to a bundle on the shelf, a record in MLflow, a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from features.config import Config
from features.spark.history import opened
from training import assembly, evaluation, trials
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.comparison import Contest
from training.dataset import Dataset, prepare
from training.evaluation import Settings
from training.judgement import Judgement
from training.options import Options
from training.outcomes import Skipped
from training.promotion import Decision, carry_out
from training.sampling import Sample
from training.threads import one_blas_thread
from training.tracking import CHALLENGER, CHAMPION, Tracker, Trial
from training.tuning import tune

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Trained:
    """What a training made.

    Parameters
    ----------
    bundle : Bundle
    path : Path
        Its folder on the shelf.
    judgements : tuple of Judgement
        A verdict per outcome, in the order of `training.outcomes.NAMES`.
    skipped : tuple of Skipped
        Outcomes that could not be learnt, with the reason.
    notes : tuple of str
        What was wrong with rows, how training adapted, and what failed without being fatal.
    decision : Decision
        Whether it was promoted, and why.
    version : str or None
        Its number in MLflow's registry; None where MLflow could not be reached.
    """

    bundle: Bundle
    path: Path
    judgements: tuple[Judgement, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    decision: Decision
    version: str | None


def train(
    config: Config,
    home: Path,
    *,
    until: date | None = None,
    wanted: Sequence[str] = (),
    seed: int = 7,
    frames: Mapping[str, Any] | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train, judge, record and maybe promote a bundle.

    Parameters
    ----------
    config : Config
    home : Path
        An existing home folder, unless the options say how to make it.
    until : date, optional
        Nothing at or after the start of this day is used; by default the newest full day is the
        last.
    wanted : sequence of str
        Only these outcomes; all by default.
    seed : int
    frames : mapping of str to DataFrame or Arrow table, optional
        Tables in memory instead of the configured sources.
    options : Options, optional
        How to work: the learner's settings, a search for better ones, the machine, MLflow.
    progress : callable, optional
        Told the stage and, where known, the share done.

    Returns
    -------
    Trained

    Raises
    ------
    UsageError
        If `wanted` names no outcome.
    LadderError
        If the history cannot be read or is too short; nothing is then left behind.
    """
    say = progress or _silent
    how = options or Options()
    settings = Settings(seed, config.churn.activity is None, how.recipe)
    say("reading the history", None)
    with (
        one_blas_thread(),
        opened(config, until, frames, how.master, how.memory, how.processes) as history,
    ):
        data = prepare(history, tuple(wanted), say, Sample.of(how.sample, config, seed))
        read = tuple(warning.rstrip(".") for warning in history.report.warnings())
        if how.make_home:
            how.make_home(home)
        tuned = tune(data, settings, how.tune, say) if how.tune else None
        settings = replace(settings, recipe=tuned.recipe) if tuned else settings
        judgements = tuple(_judged(data, settings, say))
        say("writing the bundle", None)
        bundle = assembly.assemble(data, judgements, settings, say)
        shelf = Shelf(home)
        path = shelf.hold(bundle.id, bundle.write)
        say("comparing with the champion", None)
        decision = Contest(bundle, data, judgements[0], settings).decide(shelf)
        carry_out(shelf, decision)
    say("recording in MLflow", None)
    tracker = Tracker(home, config.shop.name, how.tracking_uri)
    parent = trials.parent(bundle, judgements[0], settings, decision, tuned)
    version, trouble = _recorded(tracker, bundle, path, parent, judgements, decision)
    told = [tuned.note] if tuned else []
    notes = (*read, *told, *bundle.metrics["notes"], *trouble)
    return Trained(bundle, path, judgements, data.skipped, notes, decision, version)


def _judged(data: Dataset, settings: Settings, say: Progress) -> Iterator[Judgement]:
    for done, plan in enumerate(data.plans):
        say(f"judging {plan.outcome.name}", done / len(data.plans))
        yield evaluation.judge(plan, data.slices, settings)


def _recorded(
    tracker: Tracker,
    bundle: Bundle,
    path: Path,
    parent: Trial,
    judgements: Sequence[Judgement],
    decision: Decision,
) -> tuple[str | None, tuple[str, ...]]:
    """Tell MLflow; return the version's number, and what went wrong if something did.

    The bundle is on the shelf and the champion chosen by now: whatever a tracking server says,
    it only costs the record.
    """
    importance = bundle.metrics["importance"]
    try:
        return (
            tracker.record(
                parent,
                [trials.child(judged, importance.get(judged.outcome, {})) for judged in judgements],
                fingerprint=bundle.settings["data"]["fingerprint"],
                bundle=path,
                alias=CHAMPION if decision.promoted else CHALLENGER,
            ),
            (),
        )
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        return None, (f"MLflow took no record of this training: {type(error).__name__}: {said}",)


def _silent(stage: str, done: float | None = None) -> None:
    """Say nothing."""
