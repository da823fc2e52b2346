"""Everything that a bundle holds, from slices and judgements.

What serves is fitted on the newest cutoffs (`training.served`); the published figures belong to
the evaluation fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from features.clock import local_date
from features.expressions.needs import attributes_named
from features.own import Own
from features.reach.room import first_day
from features.settings.sections import Standing
from features.stages import Progress
from training import card, comparison, drivers, samples, served, usual, wording
from training.bundle import golden
from training.bundle.bundle import Bundle
from training.bundle.money import Money, value_at_risk
from training.bundle.outcome import SpendModel
from training.judging import curves
from training.judging.judgement import Judgement
from training.learning import baselines
from training.learning.settings import Settings
from training.money import spending, worth
from training.served import Models
from training.snapshots.dataset import Dataset
from training.statistics.threads import abreast


def assemble(
    data: Dataset,
    judgements: Sequence[Judgement],
    settings: Settings,
    say: Progress,
) -> Bundle:
    """Fit what serves and return it as a bundle, not yet written.

    `judgements` holds one per plan of `data`, in the same order.
    """
    with abreast(settings.abreast(data.plans, data.slices)) as pool:
        churn = next((judged.scores for judged in judgements if judged.outcome == "churn"), None)
        judged_spend = pool.submit(spending.judge, data, settings, churn)
        models = served.fit(data, judgements, settings, say, pool)
        say("fitting money", None)
        spent = judged_spend.result()
        found = pool.map(drivers.find, data.plans, repeat(data.slices), models.values())
        spend, money, remarks = worth.fit(data, spent, settings)
        driven = dict(zip(models, found, strict=True))
    features = sum(column.is_feature for column in data.columns)
    contents = _contents(
        data,
        judgements,
        importance={name: found.importance for name, found in driven.items()},
        spend=spent if spend else None,
        stake=_stake(data, models, spend, money),
        meanings={column.name: drivers.meaning(column) for column in data.columns},
        method=[*wording.method(features, settings.recipe.to_json(), settings.seed)],
        notes=[*remarks, *_attributes(data), *served.clipped(data, models)],
    )
    config = contents.config
    columns = data.charted()
    return Bundle(
        settings=_settings(contents, data),
        columns=columns,
        outcomes=models,
        spend=spend,
        money=money,
        thresholds=_thresholds(models, config.standing) | usual.find(data),
        metrics=_metrics(contents, data.own, settings),
        golden=golden.make(samples.made_up(), samples.AS_OF, config, columns, models, spend),
        card=card.render(contents),
        report=_report(contents, driven),
    )


def _report(contents: card.Contents, driven: Mapping[str, drivers.Drivers]) -> dict[str, Any]:
    """Return ``report.json``: what a report draws."""
    return {
        "customers": contents.customers,
        "objecting": contents.objecting,
        "curves": {j.outcome: curves.of(j.scores) for j in contents.judgements if j.scores},
        "effects": {name: found.effects for name, found in driven.items()},
        "moved": {name: found.moved for name, found in driven.items()},
    }


def _contents(data: Dataset, judgements: Sequence[Judgement], **found: Any) -> card.Contents:
    """Return what the card tells of."""
    history, zone = data.history, data.history.config.shop.timezone
    return card.Contents(
        config=history.config,
        first=first_day(history.span, zone),
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


def _metrics(contents: card.Contents, own: Own | None, settings: Settings) -> dict[str, Any]:
    """Return ``metrics.json``: what was found, and what promotion compares bundles by."""
    return {
        "until": contents.until.isoformat(),
        "primary": contents.judgements[0].outcome,
        "question": comparison.question(contents.config),
        "recipe": comparison.recipe(contents.config, own, settings),
        "learner": settings.recipe.to_json(),
        **({"searched": True} if settings.searched else {}),
        "seed": settings.seed,
        "outcomes": {judged.outcome: judged.to_json() for judged in contents.judgements},
        "names": dict(baselines.RULES),
        "spend": contents.spend.to_json() if contents.spend else None,
        "stake": contents.stake,
        "importance": contents.importance,
        "skipped": [{"outcomes": list(s.names), "why": s.why} for s in contents.skipped],
        "notes": list(contents.notes),
    }


def _stake(data: Dataset, models: Models, spend: SpendModel | None, money: Money) -> float | None:
    """Return the mean profit in a horizon that is lost with a customer who leaves.

    Whoever is likely to leave would have spent less than whoever stays: the value at risk on E,
    per customer who is expected to leave. None without spend, or without anybody on E.
    """
    plan = data.plan("churn")
    if plan is None or spend is None:
        return None
    rows = data.slices.rows(plan.outcome, (plan.newest,))
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
