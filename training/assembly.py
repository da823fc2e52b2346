"""The serving fit: from slices and judgements to everything that a bundle holds.

It uses the settings of the evaluation fit and the newest cutoffs; the published figures belong to
the evaluation fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from features.catalogue import Column
from features.clock import local_date
from features.needs import attributes_named
from features.sections import Standing
from features.stages import Say
from training import (
    baselines,
    calibration,
    card,
    comparison,
    curves,
    drift,
    drivers,
    evaluation,
    habits,
    samples,
    spending,
    usual,
    worth,
)
from training.bundle import golden
from training.bundle.bundle import Bundle
from training.bundle.money import Money, value_at_risk
from training.bundle.outcome import OutcomeModel, SpendModel
from training.bundle.rows import Rows
from training.cutoffs import Plan
from training.dataset import Dataset
from training.evaluation import Settings
from training.examples import Examples
from training.judgement import Basis, Judgement
from training.outcomes import ACTS, Outcome
from training.regression import sigmoid
from training.slices import Slices

CLIPPED_ROWS = 10_000
"""Rows of E that tell how often advocacy is clipped, to half a percent."""

Models = Mapping[str, OutcomeModel]


def assemble(
    data: Dataset,
    judgements: Sequence[Judgement],
    settings: Settings,
    say: Say,
) -> Bundle:
    """Fit what serves and return it as a bundle, not yet written.

    Parameters
    ----------
    data : Dataset
    judgements : sequence of Judgement
        One per plan of `data`, in the same order.
    settings : Settings
    say : callable
        Told the stage and the share done.
    """
    models = _models(data, judgements, settings, say)
    say("fitting money", None)
    spent = spending.judge(data, settings)
    spend, money, said = worth.fit(data, spent, settings)
    driven = {
        plan.outcome.name: drivers.find(plan, data.slices, models[plan.outcome.name])
        for plan in data.plans
    }
    contents = _contents(
        data,
        judgements,
        importance={name: found.importance for name, found in driven.items()},
        spend=spent if spend else None,
        stake=_stake(data, models, spend, money),
        meanings={column.name: drivers.meaning(column) for column in data.columns},
        notes=[*said, *_attributes(data), *_clipped(data, models)],
    )
    config = contents.config
    return Bundle(
        settings=_settings(contents, data),
        columns=data.columns,
        outcomes=models,
        spend=spend,
        money=money,
        thresholds=_thresholds(models, config.standing) | _usual(data),
        metrics=_metrics(contents, data.columns, settings),
        golden=golden.make(samples.made_up(), samples.AS_OF, config, data.columns, models, spend),
        card=card.render(contents),
        report=_report(contents, driven),
    )


def _models(
    data: Dataset, judgements: Sequence[Judgement], settings: Settings, say: Say
) -> dict[str, OutcomeModel]:
    """Return what serves each outcome, in the order of the plans."""
    models: dict[str, OutcomeModel] = {}
    for plan, judged in zip(data.plans, judgements, strict=True):
        say(f"fitting {judged.outcome}", len(models) / len(data.plans))
        models[judged.outcome] = serve(plan, data.slices, judged, settings)
    return models


def _report(contents: card.Contents, driven: Mapping[str, drivers.Drivers]) -> dict[str, Any]:
    """Return ``report.json``: what a report draws."""
    return {
        "customers": contents.customers,
        "objecting": contents.objecting,
        "curves": {j.outcome: curves.of(j.scores) for j in contents.judgements if j.scores},
        "effects": {name: found.effects for name, found in driven.items()},
    }


def _contents(data: Dataset, judgements: Sequence[Judgement], **found: Any) -> card.Contents:
    """Return what the card tells of."""
    history, zone = data.history, data.history.config.shop.timezone
    return card.Contents(
        config=history.config,
        first=local_date(min(start for start, _ in history.span.values()), zone),
        until=local_date(history.until, zone),
        customers=history.customers,
        objecting=history.report.objecting,
        judgements=judgements,
        skipped=data.skipped,
        **found,
    )


def _settings(contents: card.Contents, data: Dataset) -> dict[str, Any]:
    """Return the shop's settings, and under ``data`` what was learnt from."""
    learnt_from: dict[str, Any] = {
        "first": contents.first.isoformat(),
        "until": contents.until.isoformat(),
        "fingerprint": data.history.fingerprint,
    }
    if data.own:
        learnt_from["own_features"] = {"file": data.own.file, "sha256": data.own.sha256}
    return {**contents.config.settings(), "data": learnt_from}


def _metrics(
    contents: card.Contents, columns: tuple[Column, ...], settings: Settings
) -> dict[str, Any]:
    """Return ``metrics.json``: what was found, and what promotion compares bundles by."""
    return {
        "until": contents.until.isoformat(),
        "primary": contents.judgements[0].outcome,
        "question": comparison.question(contents.config),
        "recipe": comparison.recipe(contents.config, columns, settings),
        "learner": asdict(settings.recipe),
        "seed": settings.seed,
        "outcomes": {judged.outcome: judged.to_json() for judged in contents.judgements},
        "names": dict(baselines.RULES),
        "spend": contents.spend.to_json() if contents.spend else None,
        "stake": contents.stake,
        "importance": contents.importance,
        "skipped": [{"outcomes": list(s.names), "why": s.why} for s in contents.skipped],
        "notes": list(contents.notes),
    }


def serve(plan: Plan, slices: Slices, judged: Judgement, settings: Settings) -> OutcomeModel:
    """Fit what serves one outcome, by the basis its judgement found.

    Parameters
    ----------
    plan : Plan
        Of an outcome whose label is yes or no.
    slices : Slices
    judged : Judgement
        Says the basis, and which baseline is best.
    settings : Settings
    """
    answers = slices.answers(plan.outcome, plan.serving)
    if judged.basis == "prior":
        rates = calibration.rates(answers.labels, answers.stratum, answers.customer_weights)
        said = sigmoid(rates.apply(np.zeros(len(answers)), answers.stratum))
        # Where it happened to nobody or to all, what is said of customers is at the base rate.
        base = float(np.average(said, weights=answers.weights))
        return replace(_model(plan.outcome, answers, "prior", calibration=rates), base=base)
    learnt = slices.learnt(plan.outcome, plan.serving, settings.recipe.most_rows, settings.seed)
    rules = baselines.fit(
        learnt,
        plan.outcome.name,
        plan.outcome.horizon_days,
        orders=settings.orders,
        seed=settings.seed,
    )
    fitted, above = evaluation.fit(learnt, settings, habits.voice(learnt, plan.outcome.name, rules))
    apart = above.apply(fitted.out_of_fold, learnt.stratum)
    season = slices.seasons(plan).ahead
    beyond = drift.of(apart + season.newest, learnt)
    by = season.shift + judged.chosen["drift_followed"] * beyond
    return _model(
        plan.outcome,
        answers,
        judged.basis,
        calibration=drift.raised(above, by),
        blend=fitted.blend,
        rule=rules.raised(by).rules[judged.best],
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


def _stake(data: Dataset, models: Models, spend: SpendModel | None, money: Money) -> float | None:
    """Return the mean profit in a horizon that is lost with a customer who leaves.

    Whoever is likely to leave would have spent less than whoever stays: the value at risk on E,
    per customer who is expected to leave. None without spend, or without anybody on E.
    """
    plan = data.plan("churn")
    if plan is None or spend is None:
        return None
    rows = Rows.of(data.slices.rows(plan.outcome, (plan.newest,)))
    if not len(rows):
        return None
    likely = models["churn"].probability(rows)
    at_risk = value_at_risk(likely, spend.amount(rows), money.leaves(rows.strata))
    weight = data.slices.weights(plan.outcome, (plan.newest,))
    leaving = max(float(weight @ likely), 1e-12)
    return round(float(weight @ at_risk) / leaving * (data.history.config.shop.margin or 1.0), 6)


def _attributes(data: Dataset) -> list[str]:
    """Say which attributes of customers a model rests on, and on whose word."""
    names = sorted({name for c in data.columns for name in attributes_named(c.expression)})
    if not names:
        return []
    return [
        f"attributes of customers feed it, each value from its valid_from on: {', '.join(names)}; "
        "a valid_from that was written after the fact would let it see what nobody knew"
    ]


def _clipped(data: Dataset, models: Models) -> list[str]:
    """Say how often advocacy must be clipped to what its three parts allow."""
    plan = data.plan("advocate")
    parts = [models[name] for name in ACTS if name in models]
    if plan is None or not parts:
        return []
    table = data.slices.rows(plan.outcome, (plan.newest,))
    step = max(1, -(-len(table) // CLIPPED_ROWS))
    rows = Rows.of(table.take(np.arange(0, len(table), step)))
    weight = data.slices.weights(plan.outcome, (plan.newest,))[::step]
    each = np.array([part.probability(rows) for part in parts])
    said = models["advocate"].probability(rows)
    outside = (said < each.max(axis=0)) | (said > np.minimum(1.0, each.sum(axis=0)))
    if not outside.any():
        return []
    share = float(np.average(outside, weights=weight))
    acts = ", ".join(part.name for part in parts)
    judged = {
        "model": "and judged so",
        "rule": "the figures of the rule are from before",
        "prior": "and not judged",
    }
    return [
        f"{100 * share:.1f}% of advocate probabilities are clipped to what {acts} allow, "
        f"{judged[models['advocate'].basis]}"
    ]


def _usual(data: Dataset) -> dict[str, Any]:
    """Return what is usual of similar customers, which reasons quote."""
    similar = usual.find(data)
    return {"usual": similar.medians, "usual_range": similar.ranges}


def _thresholds(models: Models, standing: Standing) -> dict[str, Any]:
    """Return where tiers and quadrants are cut; null where the outcome is not learnt."""
    churn, advocate = models.get("churn"), models.get("advocate")
    rate = (standing.high_advocacy or advocate.base) if advocate else None
    return {
        "risk_tier": {
            "base_rate": churn.base if churn else None,
            "high_odds": standing.high_odds,
            "medium_odds": standing.medium_odds,
        },
        "quadrant": {"advocate_probability": rate},
    }
