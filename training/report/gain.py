"""Whom a model finds: what a list of any length holds, beside the best simple rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.units import count_of
from training.judging import curves
from training.report import charts, markup
from training.report.charts import Axis, Series
from training.statistics.tally import SHARES

CONTACTED = Axis("customers contacted, most probable first", 0, 1, percent=True)
"""What every chart of a list's length has below."""


def render(judged: Mapping[str, Any], found: Mapping[str, Any], beside: str = "") -> Iterator[str]:
    """Yield how good lists by the model and by the best rule are, drawn and as figures.

    Parameters
    ----------
    judged : mapping
        What `Judgement.to_json` made.
    found : mapping
        What `training.judging.curves.of` made.
    beside : str
        A drawing to show beside the gain; by default how many of a list it happens to.
    """
    gain, rate = found["gain"], judged["test_rate"]
    yield markup.tag("h3", "Whom it finds, and what that is worth")
    yield markup.tag("div", _reached(judged, gain) + (beside or _hit(gain, rate)), "pair")
    yield _table(judged)


def both(model: Sequence[float], rule: Sequence[float]) -> list[Series]:
    """Return a line each, at the shares that `judging.curves` keeps (without 0 if shorter)."""
    x = [share / 100 for share in curves.SHARES[-len(model) :]]
    return [Series("best simple rule", x, rule, "baseline"), Series("model", x, model, "model")]


def _reached(judged: Mapping[str, Any], gain: Mapping[str, Sequence[float]]) -> str:
    y = Axis("reached of all whom it happens to", 0, 1, percent=True)
    guide = Series("", (0, 1), (0, 1), "guide")
    lines = [guide, *both(gain["model"], gain["baseline"])]
    return markup.drawing(
        charts.lines("Share reached by share contacted", CONTACTED, y, lines),
        f"Of the {count_of(judged['test_positives'], 'customer')} it happened to, the share that a "
        "list of any length holds. The straight line is a list drawn at random.",
    )


def _hit(gain: Mapping[str, Sequence[float]], rate: float) -> str:
    model, rule = (
        [
            100 * rate * reached / share
            for share, reached in zip(curves.SHARES[1:], gain[side][1:], strict=True)
        ]
        for side in ("model", "baseline")
    )
    top = min(1.0, 1.1 * max(*model, *rule))
    y = Axis("of those contacted, it happens to", 0, top, percent=True)
    lines = [Series("", (0, 1), (rate, rate), "guide"), *both(model, rule)]
    return markup.drawing(
        charts.lines("Share it happens to by share contacted", CONTACTED, y, lines),
        "Of a list of any length, the share it happens to. The straight line is a list drawn at "
        "random.",
    )


def _table(judged: Mapping[str, Any]) -> str:
    model, rule = judged["model"], judged["baselines"][judged["best"]]
    better = judged["gains"][judged["best"]]
    rows = []
    for share in SHARES:
        reached, times = model[f"gain_{share}"], model[f"lift_{share}"]
        hit = None if times["value"] is None else times["value"] * judged["test_rate"]
        rows.append(
            [
                f"{share}%",
                markup.share(hit),
                markup.interval(times, 1),
                markup.percent(reached),
                markup.percent(rule[f"gain_{share}"]),
                markup.percent(better[f"gain_{share}"], sign=True),
            ]
        )
    return markup.table(
        [
            "contacted",
            "of them it happens to",
            "times as many as at random",
            "reached by the model, %",
            "by the best rule, %",
            "more",
        ],
        rows,
        "The most probable of every hundred customers, with 95% intervals. Reached: the share of "
        "all customers it happens to. More: percentage points, paired on the same customers.",
    )
