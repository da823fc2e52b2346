"""Pictures of an evaluation: reliability, amounts, gain, precision-recall, scores, importance.

Figures are made and drawn without pyplot, so that nothing is shown, kept or set for the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.bundle.arrays import Floats
from training.judging import curves
from training.judging.curves import Scores
from training.statistics.metrics import cuts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, GREY, RULE = "#1f5fa8", "#8a8a8a", "#c9c9c9"
POINTS = 1_000
MOST_BARS = 20
LETTER = 0.0115
"""Share of a picture's width that a letter of a bar's name takes."""


def reliability(scores: Scores, title: str, path: Path) -> None:
    """Draw what happened against what was predicted, in ten bins with intervals."""
    with _picture(path, f"Reliability: {title}", "predicted", "happened") as axes:
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1, label="as predicted")
        top = 0.05
        for name, probability, colour in _both(scores):
            bins = curves.reliability(scores.labels, probability, scores.weight)
            predicted, happened, low, high = (
                np.array([one[side] for one in bins])
                for side in ("predicted", "happened", "low", "high")
            )
            off = [happened - low, high - happened]
            axes.errorbar(
                predicted,
                happened,
                off,
                fmt="o-",
                color=colour,
                label=name,
                markersize=4,
                elinewidth=0.7,
            )
            top = min(1.0, 1.05 * max(top, *predicted, *high))
        axes.set(xlim=(0, top), ylim=(0, top))
        in_percent(axes, "xy")


def amounts(deciles: Sequence[tuple[float, float]], currency: str | None, path: Path) -> None:
    """Draw what customers spent against what was predicted, per tenth of the predictions.

    Parameters
    ----------
    deciles : sequence of (float, float)
        Mean predicted and mean spent, in units of the currency.
    currency : str or None
        None where the shop does not name its own.
    path : Path
    """
    unit = f", {currency}" if currency else ""
    x, y = f"predicted{unit}", f"spent{unit}"
    with _picture(path, "Reliability: spend", x, y) as axes:
        top = 1.05 * max((max(pair) for pair in deciles), default=0.0) or 1.0
        axes.plot([0, top], [0, top], color=RULE, linewidth=1, label="as predicted")
        predicted, spent = [pair[0] for pair in deciles], [pair[1] for pair in deciles]
        axes.plot(predicted, spent, "o-", color=BLUE, label="what serves", markersize=4)
        axes.set(xlim=(0, top), ylim=(0, top))


def gain(scores: Scores, title: str, path: Path) -> None:
    """Draw the share reached of those it happens to, by the share of customers contacted."""
    x, y = "customers contacted, most probable first", "reached of all whom it happens to"
    with _picture(path, f"Gain: {title}", x, y) as axes:
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1, label="at random")
        for name, probability, colour in _both(scores):
            contacted, reached = _reached(scores, probability)
            x_values, y_values = contacted / contacted[-1], reached / max(1.0, reached[-1])
            axes.plot(np.r_[0.0, x_values], np.r_[0.0, y_values], color=colour, label=name)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        in_percent(axes, "xy")


def precision_recall(scores: Scores, title: str, path: Path) -> None:
    """Draw precision against recall, beside the base rate."""
    x = "recall: reached of all whom it happens to"
    y = "precision: happens to of those contacted"
    with _picture(path, f"Precision and recall: {title}", x, y) as axes:
        base = float(np.average(scores.labels, weights=scores.weight))
        axes.axhline(base, color=RULE, linewidth=1, label=f"base rate, {100 * base:.1f}%")
        for name, probability, colour in _both(scores):
            contacted, reached = _reached(scores, probability)
            recall = reached / max(1.0, reached[-1])
            axes.plot(recall, reached / contacted, color=colour, label=name, linewidth=1)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        in_percent(axes, "xy")


def distribution(scores: Scores, title: str, path: Path) -> None:
    """Draw how the model's probabilities spread, for those it happened to and the others."""
    x = "probability by the model"
    with _picture(path, f"Scores: {title}", x, "customers", left=0.19) as axes:
        happened = scores.labels > 0
        weight = np.ones(len(happened)) if scores.weight is None else scores.weight
        # From 0: probabilities that hardly differ must look as if they hardly differed.
        top = max(0.05, float(scores.model.max(initial=0.0)))
        axes.hist(
            [scores.model[happened], scores.model[~happened]],
            weights=[weight[happened], weight[~happened]],
            bins=30,
            range=(0.0, top),
            color=[BLUE, RULE],
            label=["it happened", "it did not"],
            stacked=True,
        )
        axes.set_xlim(0, top)
        in_percent(axes, "x")


def importance(shares: Mapping[str, float], title: str, path: Path) -> None:
    """Draw the features with the largest mean absolute contributions, in log-odds."""
    largest = sorted(shares.items(), key=lambda item: -item[1])[:MOST_BARS][::-1]
    what = "mean absolute contribution, log-odds"
    longest = max((len(name) for name, _ in largest), default=0)
    left = min(0.03 + LETTER * longest, 0.6)
    with _picture(path, f"Importance: {title}", what, "", left=left, legend=False) as axes:
        axes.barh(range(len(largest)), [value for _, value in largest], color=BLUE)
        # A price level of $$ is no formula, whatever Matplotlib thinks.
        axes.set_yticks(range(len(largest)), [name for name, _ in largest], parse_math=False)
        axes.tick_params(axis="y", labelsize=7)


def _both(scores: Scores) -> list[tuple[str, Floats, str]]:
    return [("model", scores.model, BLUE), ("best simple rule", scores.baseline, GREY)]


def _reached(scores: Scores, probability: Floats) -> tuple[Floats, Floats]:
    """Return how many are contacted and reached, most probable first, at `POINTS` cuts at most."""
    contacted, reached = cuts(scores.labels, probability, scores.weight)
    # Densely at the top, where a few customers move the precision.
    at = 1 + np.unique((np.linspace(0.0, 1.0, POINTS) ** 3 * (len(contacted) - 2)).astype(np.int64))
    return contacted[at], reached[at]


def in_percent(axes: Axes, which: str) -> None:
    """Write the numbers along some axes, ``x``, ``y`` or both, as percent."""
    from matplotlib.ticker import PercentFormatter

    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_formatter(PercentFormatter(1.0, symbol="%"))


def open_sided(axes: Axes) -> None:
    """Take away the lines that bound a drawing above and at its right, which say nothing."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


@contextmanager
def _picture(
    path: Path, title: str, x: str, y: str, *, left: float = 0.13, legend: bool = True
) -> Iterator[Axes]:
    """Yield axes to draw on, then write the picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4))
    # A layout that looks for its own margins draws everything twice, and so does a title.
    figure.subplots_adjust(left=left, right=0.95, bottom=0.13, top=0.92)
    axes = figure.subplots()
    axes.set_title(title, y=1.02)
    axes.set(xlabel=x, ylabel=y)
    open_sided(axes)
    yield axes
    if legend:
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)
