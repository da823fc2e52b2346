"""The figures of a bundle's ``metrics.json``: their names, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Figure = Mapping[str, float | None]
"""A figure as JSON holds it: `value`, `low` and `high` of its interval, null where unknown."""

MAIN_FIGURES: Mapping[str, str] = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "brier": "Brier",
    "brier_skill": "Brier skill",
    "log_loss": "log-loss",
    "ece": "calibration error",
}
"""The figures that every report shows, with their names."""

SPEND_FIGURES: Mapping[str, str] = {
    "deviance": "deviance",
    "correlation": "rank correlation",
    "total_error": "error of the total, %",
}
"""The figures of spend, with their names."""


def with_interval(figure: Figure | None, form: str, unknown: str = "unknown") -> str:
    """Return a figure with its interval, each number in a format.

    >>> with_interval({"value": 0.74132, "low": 0.7251, "high": 0.7577}, ".3f")
    '0.741 [0.725, 0.758]'
    >>> with_interval({"value": 0.74132, "low": None, "high": None}, "+.2f")
    '+0.74'
    """
    if figure is None or (value := figure["value"]) is None:
        return unknown
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return f"{value:{form}}"
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def cell(name: str, figure: Figure | None, sign: str = "", unknown: str = "unknown") -> str:
    """Return a figure as tables show it by its name; errors of the total are signed percents.

    >>> cell("total_error", {"value": 0.08, "low": 0.01, "high": 0.15})
    '+8.0 [+1.0, +15.0]'
    """
    if figure and name == "total_error":
        return with_interval(scaled(figure, 100), "+.1f", unknown)
    return with_interval(figure, f"{sign}.3f", unknown)


def served(judged: Mapping[str, Any]) -> Mapping[str, Figure]:
    """Return the figures of what serves an outcome: the model's, or the best rule's.

    Parameters
    ----------
    judged : mapping
        Of an outcome, as ``metrics.json`` has it; without figures where nothing was judged.
    """
    best: Mapping[str, Figure] = judged.get("baselines", {}).get(judged.get("best"), {})
    model: Mapping[str, Figure] = judged.get("model", {})
    return best if judged.get("basis") == "rule" else model


def scaled(figure: Figure, by: float) -> Figure:
    """Return a figure in another unit: 100 for percent, a worth for money."""
    return {part: None if number is None else by * number for part, number in figure.items()}
