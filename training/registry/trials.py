"""What a training tells MLflow: a trial for itself and one for each outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from training import plots, report
from training.bundle.bundle import Bundle
from training.bundle.figures import MAIN_FIGURES
from training.judging.judgement import Judgement
from training.learning.baselines import RULES
from training.learning.settings import Settings
from training.promotion import Decision
from training.registry.tracking import VERDICT, Picture, Trial
from training.tuning import Tuned

DRAWN = {
    "reliability": plots.reliability,
    "gain": plots.gain,
    "precision-recall": plots.precision_recall,
    "scores": plots.distribution,
}
"""Pictures of an outcome's scores on E, by file name."""


def parent(
    bundle: Bundle,
    judged: Judgement,
    settings: Settings,
    decision: Decision,
    tuned: Tuned | None,
) -> Trial:
    """Return the trial of a training.

    Parameters
    ----------
    bundle : Bundle
    judged : Judgement
        Of the primary outcome, whose figures stand for the training.
    settings : Settings
    decision : Decision
    tuned : Tuned, optional
        A search for settings; its trials are kept as a table.
    """
    config = bundle.config
    return Trial(
        name=f"until {bundle.metrics['until']}",
        parameters={
            "seed": settings.seed,
            **{f"churn_{name}": value for name, value in config.churn.model_dump().items()},
            **{f"advocacy_{name}": value for name, value in config.advocacy.model_dump().items()},
            **{f"training_{name}": value for name, value in config.training.model_dump().items()},
            **asdict(settings.recipe),
            "features": len(bundle.features),
        },
        metrics={
            **{f"{judged.outcome}_{name}": value for name, value in _metrics(judged).items()},
            **{f"spend_{name}": value for name, value in _spend(bundle).items()},
            **{f"decision_{name}": value for name, value in decision.figures.items()},
        },
        tags={
            "bundle": bundle.id,
            "promoted": str(decision.promoted),
            "decision": decision.why,
            "mlflow.note.content": bundle.card,
        },
        texts={
            "card.md": bundle.card,
            "report.html": report.render(bundle),
            **({"tuning.csv": tuned.table} if tuned and tuned.tried else {}),
        },
    )


def child(judged: Judgement, importance: Mapping[str, float]) -> Trial:
    """Return the trial of one outcome, with its pictures.

    `importance` is each feature's mean absolute contribution.
    """
    return Trial(
        name=judged.outcome,
        parameters={
            "outcome": judged.outcome,
            "basis": judged.basis,
            "newest": judged.newest,
            "cutoffs": ", ".join(map(str, judged.cutoffs)),
            "best_baseline": RULES.get(judged.best, "none"),
            "horizon_days": judged.horizon_days,
        },
        metrics={
            **_metrics(judged),
            **{f"chosen_{name}": value for name, value in judged.chosen.items()},
            "rows": judged.rows,
            "base_rate": judged.base_rate,
            "test_rows": judged.test_rows,
            "test_rate": judged.test_rate,
        },
        tags={VERDICT: judged.verdict, "alarms": "; ".join(judged.alarms)},
        pictures=_pictures(judged, importance),
    )


def spend(bundle: Bundle) -> Trial | None:
    """Return the trial of spend, or None where nothing was there to judge it on."""
    judged = bundle.metrics["spend"]
    if judged is None or not judged["model"]:
        return None
    draw = partial(plots.amounts, judged["deciles"], bundle.config.shop.currency)
    return Trial(
        name="spend",
        parameters={
            "outcome": "spend",
            "basis": judged["basis"],
            "best_baseline": RULES.get(judged["best"], "none"),
            "horizon_days": bundle.config.churn.horizon_days,
        },
        metrics={
            **_spend(bundle),
            **_ends({f"gain_over_{rule}_": gains for rule, gains in judged["gains"].items()}),
            "test_rows": judged["rows"],
        },
        tags={VERDICT: judged["verdict"]},
        pictures={"reliability.png": draw},
    )


def _metrics(judged: Judgement) -> dict[str, float]:
    """Return figures with their intervals, the best baseline's, and the gain over every one."""
    best = judged.baselines.get(judged.best, {})
    sides = {"": judged.model, "baseline_": best, "gain_": judged.gain}
    for rule, gains in judged.gains.items():
        sides[f"gain_over_{rule}_"] = {name: gains[name] for name in MAIN_FIGURES}
    return _ends(
        {side: {name: vars(e) for name, e in figures.items()} for side, figures in sides.items()}
    )


def _spend(bundle: Bundle) -> dict[str, float]:
    """Return the figures of spend with their intervals, the best rule's, and the gain over it.

    Those of what is expected of everybody, as it serves, begin with ``expected_``.
    """
    judged = bundle.metrics["spend"]
    if judged is None or not judged["model"]:
        return {}
    best = judged["best"]
    sides = {"": judged["model"], "baseline_": judged["baselines"][best]}
    sides["gain_"] = judged["gains"][best]
    if expected := judged.get("expected"):
        sides |= {"expected_": expected["served"], "expected_gain_": expected["gain"]}
    return _ends(sides)


def _ends(sides: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """Return figures with their intervals, named by their side, from what a bundle keeps."""
    return {
        f"{side}{name}{end}": figure[part]
        for side, figures in sides.items()
        for name, figure in figures.items()
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))
    }


def _pictures(judged: Judgement, importance: Mapping[str, float]) -> dict[str, Picture]:
    title = f"{judged.outcome}, as of {judged.newest}"
    made: dict[str, Picture] = {}
    if judged.scores is not None:
        for name, draw in DRAWN.items():
            made[f"{name}.png"] = partial(draw, judged.scores, title)
    if importance:
        made["importance.png"] = partial(plots.importance, importance, title)
    return made
