"""One of the two fits of an outcome: its rules, its blend, and what makes probabilities of them.

The evaluation fit and the serving fit differ in the rows that they see, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from training.bundle.affine import Affine
from training.bundle.arrays import Floats
from training.bundle.blend import Blend, Companion
from training.bundle.ranks import Ranks
from training.learning import baselines, calibration, companions, habits
from training.learning.baselines import Baselines
from training.learning.settings import Settings
from training.snapshots.auxiliary import AuxiliaryExamples, AuxiliarySlice, aligned
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs
from training.snapshots.cutoffs import Plan
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
    out_of_fold, unseen : float64 arrays of shape (n,)
        Blended score of the examples, and their calibrated log-odds, each from fits without its
        customer.
    chosen : mapping of str to float
        As in `training.learning.learner.Fitted`, and ``companion_share`` where one joined.
    """

    rules: Baselines
    blend: Blend
    calibration: Affine
    out_of_fold: Floats
    unseen: Floats
    chosen: Mapping[str, float]


def material(
    slices: Slices,
    outcome: Outcome,
    own: tuple[date, ...],
    auxiliary: AuxiliaryCutoffs,
    settings: Settings,
    drawn_for: Outcome | None = None,
) -> tuple[Examples, tuple[AuxiliarySlice, ...]]:
    """Return what a fit learns from: about as many examples as it may see, and auxiliary slices.

    `own` are the fit's own cutoffs; `drawn_for` is as in `Slices.learnt`.
    """
    recipe = settings.recipe
    examples = slices.learnt(outcome, own, recipe.most_rows, settings.seed, drawn_for)
    return examples, slices.auxiliary(outcome, own, recipe.taught_by(auxiliary), recipe.most_rows)


def with_rules(
    examples: Examples, auxiliary: Sequence[AuxiliarySlice], outcome: Outcome, settings: Settings
) -> tuple[Baselines, AuxiliaryExamples | None]:
    """Fit the rules of an outcome, and align its auxiliary slices with the best of them."""
    name, days = outcome.name, outcome.horizon_days
    rules = baselines.fit(examples, name, days, orders=settings.orders, seed=settings.seed)
    return rules, aligned(auxiliary, rules.rules[rules.best])


def learn(
    plan: Plan,
    slices: Slices,
    settings: Settings,
    *,
    serving: bool = False,
    any_act: Plan | None = None,
) -> tuple[Examples, Fit]:
    """Return the evaluation fit of an outcome, or the serving fit, and what it learnt from.

    Parameters
    ----------
    plan : Plan
        Of an outcome whose label is yes or no.
    slices : Slices
    settings : Settings
    serving : bool
    any_act : Plan, optional
        Of `advocate`, whose blend may join that of an act.
    """
    own, more, ranked_on = (
        (plan.serving, plan.serving_auxiliary, plan.ranked_on)
        if serving
        else (plan.evaluation, plan.evaluation_auxiliary, (plan.newest,))
    )
    joins = any_act if any_act and _may_join(plan, any_act, slices, settings) else None
    drawn_for = joins.outcome if joins else None
    examples, auxiliary = material(slices, plan.outcome, own, more, settings, drawn_for)
    ranks = slices.ranks(plan.outcome, *ranked_on)
    companion = learn(joins, slices, settings, serving=serving)[1] if joins else None
    return examples, fit(examples, auxiliary, plan.outcome, settings, ranks, companion)


def _may_join(plan: Plan, any_act: Plan, slices: Slices, settings: Settings) -> bool:
    """Return whether an act has a companion: in both of its fits, or in neither.

    A backtest has rows for the evaluation fit alone.
    """
    if not settings.recipe.companion_share:
        return False
    fits = ((plan.evaluation, any_act.evaluation), (plan.serving, any_act.serving))
    return all(
        companions.may_join(
            slices.answers(plan.outcome, own),
            slices.answers(any_act.outcome, theirs),
            settings.recipe.most_rows,
            settings.seed,
        )
        for own, theirs in fits
        if slices.count(plan.outcome, own)
    )


def fit(
    examples: Examples,
    auxiliary: Sequence[AuxiliarySlice],
    outcome: Outcome,
    settings: Settings,
    ranks: Ranks | None = None,
    companion: Fit | None = None,
) -> Fit:
    """Fit an outcome whose label is yes or no.

    Parameters
    ----------
    examples : Examples
    auxiliary : sequence of AuxiliarySlice
    outcome : Outcome
    settings : Settings
    ranks : Ranks, optional
        Of the day that the fit is for, where the examples have ranks.
    companion : Fit, optional
        Of `advocate` on the same rows, for an act that it may join.
    """
    rules, beside = with_rules(examples, auxiliary, outcome, settings)
    habit_rule = habits.rule_of(examples, outcome.name, rules)
    fitted = settings.memory.fit(examples, settings.seed, settings.recipe, habit_rule, beside)
    blend, out_of_fold, chosen = fitted.on(ranks, habit_rule), fitted.out_of_fold, fitted.chosen
    if companion and settings.recipe.companion_share:
        unseen, expected = companion.out_of_fold, settings.recipe.companion_share
        if share := companions.share(examples, out_of_fold, unseen, expected):
            joins = Companion(companion.blend, share)
            blend, out_of_fold = replace(blend, companion=joins), joins.joined(out_of_fold, unseen)
            chosen = {**chosen, "companion_share": share}
    above = calibration.fit(
        out_of_fold, examples.labels, examples.stratum, examples.customer_weights
    )
    log_odds = above.apply(out_of_fold, examples.stratum)
    return Fit(rules, blend, above, out_of_fold, log_odds, chosen)
