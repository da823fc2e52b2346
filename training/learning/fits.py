"""One of the two fits of an outcome: its rules, its blend, and what makes probabilities of them.

The evaluation fit and the serving fit differ in the rows that they see, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training.bundle.affine import Affine
from training.bundle.arrays import Floats
from training.bundle.blend import Blend
from training.bundle.ranks import Ranks
from training.learning import baselines, calibration, habits
from training.learning.baselines import Baselines
from training.learning.settings import Settings
from training.snapshots.auxiliary import AuxiliaryExamples, AuxiliarySlice, aligned
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.slices import Slices


@dataclass(frozen=True)
class Fit:
    """What was learnt from some examples.

    Parameters
    ----------
    rules : Baselines
    blend : Blend
    calibration : Affine
        Of the blend, on all slices alike.
    unseen : float64 array of shape (n,)
        Calibrated log-odds of the examples, each from fits without its customer.
    chosen : mapping of str to float
        As in `training.learning.learner.Fitted`.
    """

    rules: Baselines
    blend: Blend
    calibration: Affine
    unseen: Floats
    chosen: Mapping[str, float]


def material(
    slices: Slices,
    outcome: Outcome,
    own: tuple[date, ...],
    auxiliary: AuxiliaryCutoffs,
    settings: Settings,
) -> tuple[Examples, tuple[AuxiliarySlice, ...]]:
    """Return what a fit learns from: about as many examples as it may see, and auxiliary slices.

    `own` are the fit's own cutoffs.
    """
    recipe = settings.recipe
    examples = slices.learnt(outcome, own, recipe.most_rows, settings.seed)
    return examples, slices.auxiliary(outcome, own, recipe.taught_by(auxiliary), recipe.most_rows)


def with_rules(
    examples: Examples, auxiliary: Sequence[AuxiliarySlice], outcome: Outcome, settings: Settings
) -> tuple[Baselines, AuxiliaryExamples | None]:
    """Fit the rules of an outcome, and align its auxiliary slices with the best of them."""
    name, days = outcome.name, outcome.horizon_days
    rules = baselines.fit(examples, name, days, orders=settings.orders, seed=settings.seed)
    return rules, aligned(auxiliary, rules.rules[rules.best])


def fit(
    examples: Examples,
    auxiliary: Sequence[AuxiliarySlice],
    outcome: Outcome,
    settings: Settings,
    ranks: Ranks | None = None,
) -> Fit:
    """Fit an outcome whose label is yes or no.

    `ranks` are those of the day that the fit is for, where the examples have ranks.
    """
    rules, beside = with_rules(examples, auxiliary, outcome, settings)
    habit_rule = habits.rule_of(examples, outcome.name, rules)
    fitted = settings.memory.fit(examples, settings.seed, settings.recipe, habit_rule, beside)
    above = calibration.fit(
        fitted.out_of_fold, examples.labels, examples.stratum, examples.customer_weights
    )
    unseen = above.apply(fitted.out_of_fold, examples.stratum)
    return Fit(rules, fitted.on(ranks, habit_rule), above, unseen, fitted.chosen)
