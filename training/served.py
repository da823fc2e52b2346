"""The serving fit: what serves each outcome, with the settings of the evaluation fit.

It is fitted on the newest cutoffs, which nothing can judge yet, so that the published figures are
those of the evaluation fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np

from features.stages import Progress
from training.bundle.odds import sigmoid
from training.bundle.outcome import Basis, OutcomeModel
from training.judging.judgement import Judgement
from training.learning import calibration, companions, drift, fits
from training.learning.settings import Settings
from training.snapshots.cutoffs import Plan
from training.snapshots.dataset import Dataset
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import ACTS
from training.snapshots.slices import Slices

CLIPPED_ROWS = 10_000
"""Rows of E, at most, that tell how often advocacy is clipped, to half a percent."""

Models = Mapping[str, OutcomeModel]


def fit(
    data: Dataset,
    judgements: Sequence[Judgement],
    settings: Settings,
    say: Progress,
    pool: Executor,
) -> dict[str, OutcomeModel]:
    """Fit what serves each outcome, by the basis its judgement found, some beside each other.

    `judgements` holds one per plan of `data`, in the same order.
    """
    models: dict[str, OutcomeModel] = {}
    under_way = [
        pool.submit(
            serve, plan, data.slices, judged, settings, companions.plan_of(plan, data.plans)
        )
        for plan, judged in zip(data.plans, judgements, strict=True)
    ]
    for judged, fitted in zip(judgements, under_way, strict=True):
        say(f"fitting {judged.outcome}", len(models) / len(under_way))
        models[judged.outcome] = fitted.result()
    return models


def clipped(data: Dataset, models: Models) -> list[str]:
    """Say how often advocacy must be clipped to what its three parts allow."""
    plan = data.plan("advocate")
    parts = [models[name] for name in ACTS if name in models]
    if plan is None or not parts:
        return []
    rows = data.slices.rows(plan.outcome, (plan.newest,), CLIPPED_ROWS)
    weight = data.slices.weights(plan.outcome, (plan.newest,), CLIPPED_ROWS)
    each = np.array([part.probability(rows) for part in parts])
    chance = models["advocate"].probability(rows)
    outside = (chance < each.max(axis=0)) | (chance > np.minimum(1.0, each.sum(axis=0)))
    if not outside.any():
        return []
    share = float(np.average(outside, weights=weight))
    acts = ", ".join(part.name for part in parts)
    judged = {
        "model": "and evaluated like this",
        "rule": "and the figures of the rule are from before clipping",
        "prior": "and not evaluated",
    }
    return [
        f"{100 * share:.1f}% of the advocate probabilities are clipped to the range that {acts} "
        f"allow, {judged[models['advocate'].basis]}"
    ]


def serve(
    plan: Plan,
    slices: Slices,
    judged: Judgement,
    settings: Settings,
    any_act: Plan | None = None,
) -> OutcomeModel:
    """Fit what serves one outcome whose label is yes or no, by the basis its judgement found.

    `any_act` is the plan of `advocate`, whose model may join that of an act.
    """
    answers = slices.answers(plan.outcome, plan.serving)
    if judged.basis == "prior":
        rates = calibration.rates(answers.labels, answers.stratum, answers.customer_weights)
        predicted = sigmoid(rates.apply(np.zeros(len(answers)), answers.stratum))
        # Where it happened to nobody or to all, what is said of customers is at the base rate.
        base = float(np.average(predicted, weights=answers.weights))
        return replace(_model(plan.outcome, answers, "prior", calibration=rates), base=base)
    learnt, fit = fits.learn(plan, slices, settings, serving=True, any_act=any_act)
    season = slices.seasons(plan).ahead
    beyond = drift.of(fit.unseen + season.newest, learnt)
    by = season.shift + judged.chosen["drift_followed"] * beyond
    return _model(
        plan.outcome,
        answers,
        judged.basis,
        calibration=drift.raised(fit.calibration, by),
        blend=fit.blend,
        rule=fit.rules.raised(by).rules[judged.best],
    )


def _model(outcome: Outcome, examples: Examples, basis: Basis, **parts: Any) -> OutcomeModel:
    return OutcomeModel(
        name=outcome.name,
        asked=outcome.who,
        horizon_days=outcome.horizon_days,
        gap_days=outcome.gap_days,
        basis=basis,
        base=float(np.average(examples.labels, weights=examples.weights)) if len(examples) else 0.0,
        **parts,
    )
