"""Whether probabilities mean what they say: of everybody by tenths, and in groups of customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.rung import STRATA
from training.judging import asking, groups
from training.report import charts, markup
from training.report.charts import Axis, Series

TENTHS = 10
TOGETHER = "more where many have the same probability"
"""What tenths are, where they are fewer than ten."""


def render(judged: Mapping[str, Any], curves: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was predicted and what happened, drawn and as figures.

    Parameters
    ----------
    judged : mapping
        What `Judgement.to_json` made.
    curves : mapping
        What `training.judging.curves.of` made.
    """
    yield markup.tag("h3", "Do the probabilities mean what they say?")
    drawn = _reliability(curves["reliability"]) + _spread(curves["spread"])
    yield markup.tag("div", drawn, "pair")
    yield _tenths(curves["reliability"]["served"])
    if judged["strata"]:
        yield _groups(judged["strata"])
    apart = {n: b for n, b in judged["reliability"].items() if n != groups.EVERYBODY}
    if apart:
        yield _tenths_of_groups(apart)
    if judged["asking"]:
        yield _asking(judged["asking"])


def _reliability(found: Mapping[str, Any]) -> str:
    every = [*found["model"], *found["baseline"]]
    ends = [b["high"] for b in found["model"]]
    top = min(1.0, 1.1 * max([*ends, *(max(b["predicted"], b["happened"]) for b in every)]))
    series = [Series("", (0, top), (0, top), "guide")]
    for name, kind in (("best simple rule", "baseline"), ("model", "model")):
        x, y = ([b[side] for b in found[kind]] for side in ("predicted", "happened"))
        spans = [(b["low"], b["high"]) for b in found[kind]]
        series.append(Series(name, x, y, kind, dots=True, spans=spans if kind == "model" else ()))
    axes = Axis("predicted", 0, top, percent=True), Axis("happened", 0, top, percent=True)
    return markup.drawing(
        charts.lines("What happened against what was predicted", *axes, series),
        f"Each dot is a tenth of the customers ({TOGETHER}), with the model's 95% intervals. On "
        "the diagonal, probabilities mean what they say.",
    )


def _spread(spread: Mapping[str, Any]) -> str:
    parts = [
        ("it happened", "model", spread["happened"]),
        ("it did not", "baseline", spread["did_not"]),
    ]
    axis = Axis("probability that serves", 0, spread["edges"][-1], percent=True)
    return markup.drawing(
        charts.stacked("How the probabilities spread", axis, spread["edges"], parts),
        "Far apart, the model separates the customers; close together, it does not.",
    )


def _tenths(bins: list[Mapping[str, Any]]) -> str:
    rows = [
        [
            str(number),
            f"{tenth['customers']:,}",
            f"{100 * tenth['predicted']:.1f}",
            _happened(tenth["happened"], tenth),
        ]
        for number, tenth in enumerate(bins, 1)
    ]
    caption = f"What serves, from the least to the most probable{_merged(bins)}, with 95% intervals"
    return markup.table(
        ["tenth of customers", "customers", "predicted, %", "happened, %"], rows, caption
    )


def _merged(*columns: Sequence[Mapping[str, Any]]) -> str:
    """Say that tenths were put together, where there are fewer than ten."""
    return f" ({TOGETHER})" if min(map(len, columns)) < TENTHS else ""


def _happened(share: float, ends: Mapping[str, Any]) -> str:
    return markup.percent({"value": share, "low": ends["low"], "high": ends["high"]})


def _groups(strata: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        [_group(name), *_predicted_and_happened(strata[name]), groups.error(strata[name]["ece"])]
        for name in groups.ordered(strata)
    ]
    return markup.table(
        ["group", "customers", "predicted, %", "happened, %", "calibration error"],
        rows,
        f"What serves, with 95% intervals of what happened. With fewer than {groups.GROUP_ROWS:,} "
        "customers, chance is most of what an error would show.",
    )


def _predicted_and_happened(group: Mapping[str, Any]) -> list[str]:
    """Return how many a group has, what was predicted of them, and what happened."""
    predicted = f"{100 * group['mean_probability']:.1f}"
    return [f"{group['rows']:,}", predicted, _happened(group["rate"], group)]


def _tenths_of_groups(found: Mapping[str, list[dict[str, float]]]) -> str:
    return markup.table(
        ["tenth", *map(_group, groups.ordered(found))],
        groups.tenths(found),
        "What serves, predicted / happened, in groups large enough to tell"
        f"{_merged(*found.values())}",
    )


def _asking(sides: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        [name, *_predicted_and_happened(sides[name])]
        for name in (asking.ASKED, asking.UNASKED)
        if name in sides
    ]
    heads = ["asked for it", "customers", "predicted, %", "happened, %"]
    return markup.table(heads, rows, asking.MEANS)


def _group(name: str) -> str:
    return name.replace("_", "-") if name in STRATA else name
