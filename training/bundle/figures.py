"""The figures of a bundle's ``metrics.json``: what they are called, and how one is told."""

from __future__ import annotations

from collections.abc import Mapping

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


def told(figure: Figure, form: str, unknown: str = "unknown") -> str:
    """Return a figure with its interval, each number in a format.

    >>> told({"value": 0.74132, "low": 0.7251, "high": 0.7577}, ".3f")
    '0.741 [0.725, 0.758]'
    >>> told({"value": 0.74132, "low": None, "high": None}, "+.2f")
    '+0.74'
    """
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return unknown
    if low is None or high is None:
        return f"{value:{form}}"
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def told_of_spend(name: str, figure: Figure, sign: str = "", unknown: str = "unknown") -> str:
    """Return one of `SPEND_FIGURES`; errors of the total have a sign, and are in percent.

    >>> told_of_spend("total_error", {"value": 0.08, "low": 0.01, "high": 0.15})
    '+8.0 [+1.0, +15.0]'
    """
    if name == "total_error":
        return told(scaled(figure, 100), "+.1f", unknown)
    return told(figure, f"{sign}.3f", unknown)


def scaled(figure: Figure, by: float) -> Figure:
    """Return a figure in another unit: 100 for percent, a worth for money."""
    return {part: None if number is None else by * number for part, number in figure.items()}
