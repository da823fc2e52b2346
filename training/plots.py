"""Pictures of an evaluation: reliability, gain, precision-recall, scores, importance.

Figures are made and drawn without pyplot, so that nothing is shown, kept or set for the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training import curves
from training.bundle.arrays import Floats
from training.judgement import Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, GREY, RULE = "#1f5fa8", "#8a8a8a", "#c9c9c9"
POINTS = 1_000
MOST_BARS = 20


def reliability(scores: Scores, title: str, path: Path) -> None:
    """Draw what happened against what was predicted, in ten equal-count bins."""
    with _picture(path, title, "predicted probability", "share that happened") as axes:
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1)
        top = 0.05
        for name, probability, colour in _both(scores):
            predicted, happened = _binned(scores, probability)
            axes.plot(predicted, happened, "o-", color=colour, label=name, markersize=4)
            top = min(1.0, 1.1 * max(top, *predicted, *happened))
        axes.set(xlim=(0, top), ylim=(0, top))


def gain(scores: Scores, title: str, path: Path) -> None:
    """Draw the share reached of those it happens to, by the share of customers contacted."""
    with _picture(path, title, "share of customers, most probable first", "share reached") as axes:
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1)
        for name, probability, colour in _both(scores):
            contacted, reached = _reached(scores, probability)
            x, y = contacted / contacted[-1], reached / max(1.0, reached[-1])
            axes.plot(np.r_[0.0, x], np.r_[0.0, y], color=colour, label=name)


def precision_recall(scores: Scores, title: str, path: Path) -> None:
    """Draw precision against recall; the grey line is the base rate."""
    with _picture(path, title, "recall", "precision") as axes:
        base = float(np.average(scores.labels, weights=scores.weight))
        axes.axhline(base, color=RULE, linewidth=1)
        for name, probability, colour in _both(scores):
            contacted, reached = _reached(scores, probability)
            recall = reached / max(1.0, reached[-1])
            axes.plot(recall, reached / contacted, color=colour, label=name, linewidth=1)
        axes.set_ylim(0, 1)


def distribution(scores: Scores, title: str, path: Path) -> None:
    """Draw how the model's probabilities spread, for those it happened to and the others."""
    with _picture(path, title, "predicted probability", "customers") as axes:
        happened = scores.labels > 0
        weight = np.ones(len(happened)) if scores.weight is None else scores.weight
        axes.hist(
            [scores.model[happened], scores.model[~happened]],
            weights=[weight[happened], weight[~happened]],
            bins=30,
            color=[BLUE, RULE],
            label=["it happened", "it did not"],
            stacked=True,
        )


def importance(shares: Mapping[str, float], title: str, path: Path) -> None:
    """Draw the features that moved the scores most.

    Parameters
    ----------
    shares : mapping of str to float
        Feature to its mean absolute contribution, in log-odds.
    title : str
    path : Path
    """
    largest = sorted(shares.items(), key=lambda item: -item[1])[:MOST_BARS][::-1]
    with _picture(path, title, "mean absolute contribution, log-odds", "", legend=False) as axes:
        axes.barh([name for name, _ in largest], [value for _, value in largest], color=BLUE)
        axes.tick_params(axis="y", labelsize=7)


def _both(scores: Scores) -> list[tuple[str, Floats, str]]:
    return [("model", scores.model, BLUE), ("best baseline", scores.baseline, GREY)]


def _reached(scores: Scores, probability: Floats) -> tuple[Floats, Floats]:
    """Return how many are contacted and reached, most probable first, at `POINTS` cuts at most."""
    order = np.argsort(-probability, kind="stable")
    weight = np.ones(len(order)) if scores.weight is None else scores.weight[order]
    # Densely at the top, where a few customers move the precision.
    at = np.unique((np.linspace(0.0, 1.0, POINTS) ** 3 * (len(order) - 1)).astype(np.int64))
    return np.cumsum(weight)[at], np.cumsum(weight * scores.labels[order])[at]


def _binned(scores: Scores, probability: Floats) -> tuple[list[float], list[float]]:
    bins = curves.reliability(scores.labels, probability, scores.weight)
    return [one["predicted"] for one in bins], [one["happened"] for one in bins]


@contextmanager
def _picture(path: Path, title: str, x: str, y: str, *, legend: bool = True) -> Iterator[Axes]:
    """Yield axes to draw on, then write the picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    yield axes
    if legend:
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)
