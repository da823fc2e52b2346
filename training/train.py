"""`train`: from a shop's configuration to a bundle on the shelf, a record in MLflow, a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from features.clock import DayLike
from features.config import Config
from features.errors import LadderError, UsageError
from features.settings.addresses import cleaned
from features.spark.history import opened
from features.stages import Progress, silent
from training import assembly
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.comparison import Contest
from training.judging import evaluation
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.options import Options
from training.promotion import Decision
from training.registry import trials
from training.registry.tracking import CHALLENGER, CHAMPION, Tracker
from training.snapshots.dataset import Dataset, prepare
from training.snapshots.outcomes import Skipped, names_of
from training.snapshots.sampling import Sample
from training.statistics.threads import one_blas_thread
from training.succession import carry_out
from training.tuning import KEPT, Tuned, found_for, tune


@dataclass(frozen=True)
class Trained:
    """What a training made.

    Parameters
    ----------
    bundle : Bundle
    path : Path
        Its folder on the shelf.
    judgements : tuple of Judgement
        A verdict per outcome, in the order of `training.snapshots.outcomes.NAMES`.
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
    home: Path | str,
    *,
    until: DayLike | None = None,
    wanted: str | Sequence[str] = (),
    seed: int = 7,
    frames: Mapping[str, Any] | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train, judge and record a bundle, and promote it where it deserves it.

    Parameters
    ----------
    config : Config
    home : Path or str
        An existing home folder, unless the options say how to make it.
    until : date, its text, or a midnight, optional
        Nothing at or after the start of this day is used; by default the newest full day is the
        last.
    wanted : str or sequence of str
        Only these outcomes; all by default.
    seed : int
    frames : mapping of str to DataFrame or Arrow table, optional
        Tables in memory instead of the configured sources.
    options : Options, optional
        How to work: the learner's settings, a search for better ones, the machine, MLflow.
    progress : callable, optional
        Told the stage and, where known, the share done.

    Raises
    ------
    UsageError
        If `config` or `home` is none, `wanted` names no outcome, or `until` no day.
    LadderError
        If the history cannot be read or is too short; nothing is then left behind.
    """
    Config.require(config)
    home, say = Path(home), progress or silent
    how = options or Options()
    if not how.make_home:
        _require_folder(home)
    settings = settings_for(config, Shelf(home), seed, how)
    tracker = Tracker(home, config.shop.name, how.tracking_uri, since=time())
    say("reading the history", None)
    with (
        one_blas_thread(),
        opened(config, until, frames, how.master, how.memory, how.processes) as history,
    ):
        data = prepare(history, names_of(wanted), say, Sample.of(how.sample, config, seed))
        read = tuple(warning.rstrip(".") for warning in history.report.warnings())
        if how.make_home:
            how.make_home(home)
        made = _made(data, settings, how.tune or 0, Shelf(home), say)
    say("recording in MLflow", None)
    version, trouble = _recorded(made, tracker)
    notes = (*read, *made.notes, *trouble)
    return Trained(
        made.bundle, made.path, made.judgements, data.skipped, notes, made.decision, version
    )


def settings_for(config: Config, shelf: Shelf, seed: int, how: Options) -> Settings:
    """Return how to fit, with what a search found for the champion unless told otherwise."""
    found = None
    if how.recipe is None and how.tune != 0 and (champion := shelf.champion()):
        with suppress(LadderError):  # one that cannot be read; the comparison with it says why
            found = found_for(Bundle.read(shelf.path(champion)))
    recipe = how.recipe or found or Recipe()
    return Settings(seed, config.churn.activity is None, recipe, searched=found is not None)


def _require_folder(home: Path) -> None:
    """Refuse before the work what would be found out after it."""
    if not home.is_dir():
        raise UsageError(
            "The home must be a folder that exists.",
            f"{home} is none.",
            "Make it with `serving.home.create_home`, or name the one that you have.",
        )


@dataclass(frozen=True)
class _Made:
    """A bundle on its shelf, and how it came to be there."""

    bundle: Bundle
    path: Path
    judgements: tuple[Judgement, ...]
    decision: Decision
    settings: Settings
    tuned: Tuned | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the search and of the bundle."""
        found = [self.tuned.note] if self.tuned else [KEPT] if self.settings.searched else []
        return (*found, *self.bundle.metrics["notes"])


def _made(data: Dataset, usual: Settings, to_try: int, shelf: Shelf, say: Progress) -> _Made:
    """Judge, assemble, and let the rules of promotion choose the champion."""
    tuned = tune(data, usual, to_try, say) if to_try else None
    settings = tuned.settings(usual) if tuned else usual
    judgements = tuple(evaluation.judge_all(data.plans, data.slices, settings, say))
    say("writing the bundle", None)
    bundle = assembly.assemble(data, judgements, settings, say)
    path = shelf.add(bundle.id, bundle.write)
    say("comparing with the champion", None)
    decision = Contest(bundle, data, judgements, settings).decide(shelf)
    with shelf.changing():
        carry_out(shelf, decision)
    return _Made(bundle, path, judgements, decision, settings, tuned)


def _recorded(made: _Made, tracker: Tracker) -> tuple[str | None, tuple[str, ...]]:
    """Tell MLflow; return the version's number, and what went wrong if something did.

    The bundle is on the shelf and the champion chosen by now: whatever a tracking server says,
    it only costs the record.
    """
    bundle, primary = made.bundle, made.judgements[0]
    # Not by the decision: another training may have crowned its own since.
    serves = Shelf(tracker.home).champion() == bundle.id
    importance = bundle.metrics["importance"]
    try:
        children = [
            trials.child(judgement, importance.get(judgement.outcome, {}))
            for judgement in made.judgements
        ]
        version = tracker.record(
            trials.parent(bundle, primary, made.settings, made.decision, made.tuned),
            [*children, spend] if (spend := trials.spend(bundle)) else children,
            fingerprint=bundle.settings["data"]["fingerprint"],
            bundle=made.path,
            alias=CHAMPION if serves else CHALLENGER,
        )
    except Exception as error:
        return None, (f"MLflow took no record of this training: {_told(error, tracker.uri or '')}",)
    return version, ()


def _told(error: Exception, uri: str) -> str:
    """Return what went wrong, on one line without its full stop and without a server's password."""
    if isinstance(error, LadderError):
        return " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {cleaned(str(error), uri)[:200]}"
