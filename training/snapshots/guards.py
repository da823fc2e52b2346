"""Guards: what is too good to be true blocks promotion until a person has looked.

They cannot prove a leak and they cannot rule one out; they find the ones that are commonly made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from features.catalogue import Column
from features.errors import LadderError
from features.expressions.trees import walk
from features.units import count_of
from training.bundle.arrays import Floats, Floats32
from training.snapshots.examples import Examples
from training.statistics.bootstrap import Estimate
from training.statistics.weighted import ranks

TOO_GOOD = 0.95
"""AUROC above which a figure must be explained by activity times alone."""

EXPLAINED_WITHIN = 0.02

MOST_ROWS = 50_000
"""Rows that single columns are looked at on: what is too good shows on fewer."""

FROM_TIMES_ALONE = ("inactivity", "own_rhythm", "bg_nbd")
"""Baselines that see nothing but when a customer was active."""


def refuse_foresight(columns: Iterable[Column]) -> None:
    """Refuse to learn from a feature or fact whose window reaches past the cutoff.

    Columns are data, so that this is known without computing anything. That the engine keeps to
    the windows is shown by the tests, by what every training plants (`canary`) and by `ladder
    features --check`.

    Raises
    ------
    LadderError
        Naming the columns.
    """
    found = [column.name for column in columns if _latest(column) > 0]
    if found:
        raise LadderError(
            "Features must not use rows at or after the cutoff.",
            f"The window of {', '.join(found)} ends after it.",
            "End its window at 0 days from the cutoff or before.",
        )


def _latest(column: Column) -> int:
    """Return the day from the cutoff at which the last of a column's windows ends."""
    spans = [getattr(node, "span", None) for node in walk(column.expression)]
    ends = [span.end for span in spans if span is not None]
    return max(int(end) for end in (column.window.end, *ends))


def alarms(
    train: Examples, test: Examples, figures: Mapping[str, Mapping[str, Estimate]]
) -> tuple[str, ...]:
    """Return what is wrong with an evaluation, a sentence each.

    Parameters
    ----------
    train, test : Examples
        The evaluation fit's slices and E.
    figures : mapping of str to mapping
        On E: ``model`` and each baseline to its figures.
    """
    return (*_overlap(train, test), *_too_good(test, figures))


def _overlap(train: Examples, test: Examples) -> Iterator[str]:
    shared = np.intersect1d(train.cutoff, test.cutoff)
    if len(shared):
        cutoffs = count_of(len(shared), "cutoff is", "cutoffs are")
        yield f"{cutoffs} in both the fit and the test"


def _too_good(test: Examples, figures: Mapping[str, Mapping[str, Estimate]]) -> Iterator[str]:
    auroc = {name: found["auroc"] for name, found in figures.items()}
    times = max((auroc[name].value for name in FROM_TIMES_ALONE if name in auroc), default=0.0)
    limit = max(TOO_GOOD, times + EXPLAINED_WITHIN)
    model = auroc.get("model")
    if model is not None and model.value > limit and model.low > times:
        yield (
            f"AUROC {model.value:.3f} is too good to be true: activity times alone reach "
            f"{times:.3f}; look for a column that knows the future"
        )
    for name, alone in _single_columns(test).items():
        # Of hundreds of columns one is above it by chance, where hardly anybody did it.
        if alone > limit and alone - 2.0 * _chance(alone, test) > times:
            yield (
                f"the column {name} alone has AUROC {alone:.3f}, activity times {times:.3f}; "
                "look whether it is written after the fact"
            )


def _single_columns(test: Examples) -> dict[str, float]:
    """Return the AUROC of each feature alone, whichever way round, missing values ranked last."""
    step = -(-len(test) // MOST_ROWS) or 1
    labels, features = test.labels[::step], test.features[::step]
    weight = None if test.weight is None else test.weight[::step]
    if len(np.unique(labels)) < 2:
        return {}
    alone = (_auroc(labels, features[:, position], weight) for position in range(len(test.names)))
    return {name: max(auroc, 1.0 - auroc) for name, auroc in zip(test.names, alone, strict=True)}


def _chance(auroc: float, test: Examples) -> float:
    """Return the standard error of an AUROC, the wider by which class is called the positive.

    References
    ----------
    Hanley and McNeil (1982): The meaning and use of the area under a receiver operating
    characteristic curve. Equation 1, with their estimates of Q1 and Q2.
    """
    positive = float((test.labels > 0).sum())
    few, many = sorted((positive, len(test) - positive))
    square = auroc**2
    both_few, both_many = auroc / (2.0 - auroc), 2.0 * square / (1.0 + auroc)
    spread = auroc * (1.0 - auroc) + (few - 1.0) * (both_few - square)
    return math.sqrt((spread + (many - 1.0) * (both_many - square)) / (few * many))


def _auroc(labels: Floats, values: Floats32, weight: Floats | None) -> float:
    """Return the AUROC of any values by Mann-Whitney's count, ties half, missing below all."""
    known = np.where(np.isnan(values), np.float32(-np.inf), values)
    if weight is not None:
        yes, no = weight @ labels, weight @ (1.0 - labels)
        above = (weight * labels) @ ranks(known.astype(np.float64), weight) - yes * (
            yes + 1.0
        ) / 2.0
        # Sums of weights are off in their last bits: at the ends they would leave no deviation.
        return float(np.clip(np.round(above / (yes * no), 12), 0.0, 1.0))
    # Neighbours are looked up one after the other: in order, three times as fast.
    ordered, positive = np.sort(known), np.sort(known[labels > 0])
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    counted = float(below.sum()) / 2.0 - len(positive) ** 2 / 2.0
    return counted / (len(positive) * (len(labels) - len(positive)))
