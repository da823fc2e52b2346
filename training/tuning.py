"""Tuning: a search for a shop's own settings of the learner, inside the evaluation fit's slices.

The defaults serve most shops as well as any. Where somebody wants to be sure, Optuna's sampler
proposes settings, and what counts is the loss on customers that a fit has not seen; it learns from
auxiliary slices, as the fit does that is to serve. E stays unseen: it judges the settings that were
found, like any others.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from features.stages import Progress
from features.units import count_of
from training.bundle.bundle import Bundle
from training.learning import fits, learner
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.auxiliary import AuxiliaryExamples
from training.snapshots.cutoffs import Plan
from training.snapshots.dataset import Dataset
from training.snapshots.enough import has_few
from training.snapshots.examples import Examples
from training.snapshots.slices import Slices

if TYPE_CHECKING:
    import optuna

LEAVES = (3, 4, 6, 8, 12, 16)
MOST_ROWS_PER_LEAF = (50, 100, 200, 400)
L2 = (1.0, 100.0)
FEATURE_FRACTION = (0.1, 0.8)

Learnt = tuple[Examples, AuxiliaryExamples | None]

WORTH = 0.0005
"""Share of the loss that settings must spare to be preferred: less is the luck of the folds."""

KEPT = (
    "the learner's settings are those that a search found for the champion; "
    "`ladder train --tune 0` goes back to the usual ones"
)
"""What is said of settings that an earlier search found."""


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Parameters
    ----------
    recipe : Recipe
        The best settings, or those the search began with.
    trials : int
        How many were tried, the first among them.
    gain : float
        Share of the loss on unseen customers that the best settings spared, mean over outcomes.
    tried : tuple of mapping
        The settings of every trial and its ``loss`` relative to the first one's.
    """

    recipe: Recipe
    trials: int
    gain: float
    tried: tuple[Mapping[str, Any], ...] = ()

    @property
    def table(self) -> str:
        """Return the trials as CSV, in the order they were tried; empty without any."""
        if not self.tried:
            return ""
        text = io.StringIO()
        rows = csv.DictWriter(text, [*self.tried[0]], lineterminator="\n")
        rows.writeheader()
        rows.writerows(self.tried)
        return text.getvalue()

    def settings(self, usual: Settings) -> Settings:
        """Return the settings that the search began with, and what it found."""
        better = self.recipe != usual.recipe
        return replace(usual, recipe=self.recipe, searched=usual.searched or better)

    @property
    def note(self) -> str:
        """Return what was found, in one sentence without its full stop."""
        one, many = "setting of the learner was", "settings of the learner were"
        tried = f"{count_of(self.trials, one, many)} tried"
        if self.gain < WORTH:
            return f"{tried}, none worth a change"
        spared = f"{self.gain:.2%} of the loss on customers it had not seen"
        return f"{tried}, the best spares {spared}, which choosing the best flatters"


def found_for(bundle: Bundle) -> Recipe | None:
    """Return the settings that a search found for a bundle, None where none did.

    Later trainings keep them: with the usual ones they would be another recipe, which has to beat
    the champion, and newer rows alone would never refresh it.
    """
    if not bundle.metrics.get("searched"):
        return None
    known = bundle.metrics["learner"]
    return replace(
        Recipe(),
        leaves=tuple(known["leaves"]),
        l2=known["l2"],
        feature_fraction=known["feature_fraction"],
        rows_per_leaf=tuple(known["rows_per_leaf"]),
    )


def tune(data: Dataset, settings: Settings, trials: int, say: Progress) -> Tuned:
    """Search for settings of the learner.

    Parameters
    ----------
    data : Dataset
        Only the slices of the evaluation fits are looked at.
    settings : Settings
        Whose recipe is the first trial.
    trials : int
        At least 1; as many trainings' worth of fits.
    say : callable
        Told the stage and the share done.

    Returns
    -------
    Tuned
        The same for the same data, settings and number of trials.
    """
    import optuna

    learnt = [
        _learnt(plan, data.slices, settings)
        for plan in data.plans
        if not has_few(data.slices, plan)
    ]
    if not learnt:
        return Tuned(settings.recipe, 0, 0.0)
    first = _losses(learnt, settings.recipe, settings.seed)

    def loss(trial: optuna.Trial) -> float:
        say(f"tuning, {trial.number + 1} of {trials}", trial.number / trials)
        proposed = _proposed(trial)
        if not trial.number:
            return 1.0  # `usual` names the settings at hand, which may know more: leaves by rows
        found = _losses(learnt, _recipe(settings.recipe, proposed), settings.seed)
        return sum(f / max(g, 1e-12) for f, g in zip(found, first, strict=True)) / len(learnt)

    with _quietly():
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=settings.seed))
        study.enqueue_trial(_usual(settings.recipe, max(len(own) for own, _ in learnt)))
        study.optimize(loss, n_trials=trials)
    gain = 1.0 - study.best_value
    best = _recipe(settings.recipe, study.best_params) if gain >= WORTH else settings.recipe
    tried = tuple({**trial.params, "loss": trial.value} for trial in study.trials)
    return Tuned(best, trials, gain, tried)


def _usual(recipe: Recipe, rows: int) -> dict[str, Any]:
    """Return a recipe as a trial names it, with the leaves nearest to those of so many rows."""
    return {
        "leaves": min(LEAVES, key=lambda some: abs(some - recipe.leaves_for(rows))),
        "l2": recipe.l2,
        "feature_fraction": recipe.feature_fraction,
        "most_rows_per_leaf": recipe.rows_per_leaf[1],
    }


def _proposed(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings that a trial is to try."""
    return {
        "leaves": trial.suggest_categorical("leaves", LEAVES),
        "l2": trial.suggest_float("l2", *L2, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", *FEATURE_FRACTION),
        "most_rows_per_leaf": trial.suggest_categorical("most_rows_per_leaf", MOST_ROWS_PER_LEAF),
    }


def _recipe(usual: Recipe, proposed: Mapping[str, Any]) -> Recipe:
    most = int(proposed["most_rows_per_leaf"])
    return replace(
        usual,
        leaves=(int(proposed["leaves"]), int(proposed["leaves"])),
        l2=float(f"{proposed['l2']:.3g}"),
        feature_fraction=float(f"{proposed['feature_fraction']:.3g}"),
        rows_per_leaf=(min(usual.rows_per_leaf[0], most), most),
    )


def _learnt(plan: Plan, slices: Slices, settings: Settings) -> Learnt:
    """Return what the evaluation fit of an outcome learns from."""
    examples, auxiliary = fits.material(
        slices, plan.outcome, plan.evaluation, plan.evaluation_auxiliary, settings
    )
    return examples, fits.with_rules(examples, auxiliary, plan.outcome, settings)[1]


def _losses(learnt: list[Learnt], recipe: Recipe, seed: int) -> list[float]:
    """Return the loss of each outcome on customers that a fit has not seen."""
    # One booster: averaging over seeds smooths all settings alike.
    alone = replace(recipe, seeds=1)
    fitted = (learner.fit(own, seed, recipe=alone, auxiliary=more) for own, more in learnt)
    return [trial.chosen["loss"] for trial in fitted]


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep Optuna's line per trial off a person's terminal."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
