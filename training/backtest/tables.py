"""A backtest as tables: every figure over time, drift, and the price of retraining less often."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from training.backtest import picture
from training.backtest.origins import Backtest, Origin, SpendOrigin
from training.judging.judgement import Figures, Judgement
from training.money.expected import ExpectedJudgement
from training.money.judgement import SpendJudgement
from training.statistics.bootstrap import Estimate

Row = tuple[object, ...]

FIGURE = ["who", "figure", "value", "low", "high"]
FIGURES = ["outcome", "as_of", *FIGURE]
ORIGINS = [
    "outcome",
    "as_of",
    "customers",
    "rate",
    "predicted",
    "trained_rows",
    "trained_rate",
    "basis",
    "best_baseline",
    "version",
]
DRIFT = ["outcome", "as_of", "what", "stability_index"]
RETRAINING = ["outcome", "steps", "days", "origins", "log_loss_lost", "low", "high", "auroc_change"]
SPEND = [
    "of",
    "as_of",
    "customers",
    "predicted",
    "spent",
    "basis",
    "best_baseline",
    "version",
    *FIGURE,
]
DECILES = ["of", "as_of", "decile", "predicted", "spent"]
STAYERS, EVERYBODY = "stayers", "everybody"


def write(folder: Path, found: Backtest) -> list[Path]:
    """Write a backtest's tables and its picture; return their paths.

    Parameters
    ----------
    folder : Path
        Made if it is missing; files of an earlier backtest are replaced.
    found : Backtest
    """
    folder.mkdir(parents=True, exist_ok=True)
    judged = (
        ("figures.csv", FIGURES, figures(found)),
        ("origins.csv", ORIGINS, origins(found)),
        ("spend.csv", SPEND, spend(found)),
        ("spend_deciles.csv", DECILES, spend_deciles(found)),
    )
    fitted = (
        ("drift.csv", DRIFT, drift(found)),
        ("retraining.csv", RETRAINING, retraining(found)),
    )
    tables = judged if found.as_served else (*judged, *fitted)
    for name, heads, rows in tables:
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
    picture.draw(found, folder / "backtest.png")
    return [*(folder / name for name, _, _ in tables), folder / "backtest.png"]


def figures(found: Backtest) -> Iterator[Row]:
    """Yield every figure of the model, of each baseline, and of the gain over it."""
    for outcome, origin in _origins(found):
        for cells in _figures(_sides(origin.judgement)):
            yield (outcome, origin.judgement.newest, *cells)


def origins(found: Backtest) -> Iterator[Row]:
    """Yield a row per outcome and day of judgement."""
    for outcome, origin in _origins(found):
        judged = origin.judgement
        yield (
            outcome,
            judged.newest,
            judged.test_rows,
            _number(judged.test_rate),
            _number(judged.predicted),
            judged.rows,
            _number(judged.base_rate),
            judged.basis,
            judged.best,
            origin.version,
        )


def drift(found: Backtest) -> Iterator[Row]:
    """Yield the stability index of the scores and of every feature."""
    for outcome, origin in _origins(found):
        if origin.drift:
            indices = {"score": origin.drift.score, **origin.drift.features}
            for what, index in indices.items():
                yield (outcome, origin.judgement.newest, what, _number(index))


def retraining(found: Backtest) -> Iterator[Row]:
    """Yield what fits of every age would have cost."""
    for outcome in found.origins:
        for price in found.prices(outcome):
            counts = (outcome, price.steps, price.days, price.origins)
            yield (*counts, *_cells(price.log_loss), _number(price.auroc))


def spend(found: Backtest) -> Iterator[Row]:
    """Yield every figure of spend and of what was expected of everybody, rules and gain beside."""
    for origin in found.spend:
        for of, judged in _groups(origin):
            basis, best = (
                (judged.basis, judged.best) if isinstance(judged, SpendJudgement) else ("", "")
            )
            totals = map(_number, judged.totals)
            known = (of, origin.newest, judged.rows, *totals, basis, best, origin.version)
            for cells in _figures(_sides(judged)):
                yield (*known, *cells)


def spend_deciles(found: Backtest) -> Iterator[Row]:
    """Yield the mean predicted and the mean spent per tenth of the customers, lowest first."""
    for origin in found.spend:
        for of, judged in _groups(origin):
            for number, pair in enumerate(judged.deciles, start=1):
                yield (of, origin.newest, number, *map(_number, pair))


def _groups(origin: SpendOrigin) -> Iterator[tuple[str, SpendJudgement | ExpectedJudgement]]:
    """Yield of whom amounts were judged, with what was found."""
    yield STAYERS, origin.judgement
    if origin.judgement.expected:
        yield EVERYBODY, origin.judgement.expected


def _origins(found: Backtest) -> Iterator[tuple[str, Origin]]:
    for outcome, rolled in found.origins.items():
        for origin in rolled:
            yield outcome, origin


def _sides(judged: Judgement | SpendJudgement | ExpectedJudgement) -> dict[str, Figures]:
    """Return the figures of the model, of each rule beside it, and of the gain over it."""
    if isinstance(judged, ExpectedJudgement):
        return {"served": judged.served, "rules": judged.rules, "gain over rules": judged.gain}
    gains = {f"gain over {rule}": gain for rule, gain in judged.gains.items()}
    return {"model": judged.model, **judged.baselines, **gains}


def _figures(sides: Mapping[str, Figures]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of `FIGURE`."""
    for who, estimates in sides.items():
        for figure, estimate in estimates.items():
            yield (who, figure, *_cells(estimate))


def _cells(estimate: Estimate) -> tuple[str, str, str]:
    return _number(estimate.value), _number(estimate.low), _number(estimate.high)


def _number(value: float) -> str:
    """Return a number, nothing where it is unknown."""
    return f"{value:.6g}" if value == value else ""
