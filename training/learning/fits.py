"""One of the two fits of an outcome: its rules, its blend, and what makes probabilities of them.

The evaluation fit and the serving fit differ in the rows that they see, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.bundle.affine import Affine
from training.bundle.arrays import Floats
from training.bundle.blend import Blend
from training.bundle.ranks import Ranks
from training.learning import baselines, calibration, habits
from training.learning.baselines import Baselines
from training.learning.settings import Settings
from training.snapshots.beside import Beside, Slice, beside
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome


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


@dataclass(frozen=True)
class Lesson:
    """What a learner is taught by.

    Parameters
    ----------
    examples : Examples
    rules : Baselines
        Of the examples.
    beside : Beside or None
        Other slices, on the level of the best of the rules.
    """

    examples: Examples
    rules: Baselines
    beside: Beside | None


def lesson(
    examples: Examples, others: Sequence[Slice], outcome: Outcome, settings: Settings
) -> Lesson:
    """Fit the rules of an outcome, and put other slices beside its examples; as in `fit`."""
    rules = baselines.fit(
        examples,
        outcome.name,
        outcome.horizon_days,
        orders=settings.orders,
        seed=settings.seed,
    )
    return Lesson(examples, rules, beside(others, rules.rules[rules.best]))


def fit(
    examples: Examples,
    others: Sequence[Slice],
    outcome: Outcome,
    settings: Settings,
    ranks: Ranks | None = None,
) -> Fit:
    """Fit an outcome whose label is yes or no.

    Parameters
    ----------
    examples : Examples
    others : sequence of Slice
        Earlier and censored ones, to teach beside them.
    outcome : Outcome
    settings : Settings
    ranks : Ranks, optional
        Of the day that the fit is for, where the examples have ranks.
    """
    taught = lesson(examples, others, outcome, settings)
    voice = habits.voice(examples, outcome.name, taught.rules)
    fitted = settings.memory.fit(examples, settings.seed, settings.recipe, voice, taught.beside)
    above = calibration.fit(
        fitted.out_of_fold, examples.labels, examples.stratum, examples.customer_weights
    )
    unseen = above.apply(fitted.out_of_fold, examples.stratum)
    return Fit(taught.rules, fitted.on(ranks, voice), above, unseen, fitted.chosen)
