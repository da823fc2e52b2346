"""Whether calibration holds: a bundle's errors, overall and in each group, and their limit.

Errors are net of chance, and groups have a thousand customers or more (`training.judging.groups`),
so that one of them is hardly ever off by chance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.bundle import figures

Errors = Mapping[str, float]

LIMIT = 0.03
"""Net calibration error above which calibration does not hold."""

MOST_NAMED = 3
"""Errors that are named, at most."""


def errors(outcomes: Mapping[str, Any]) -> dict[str, float]:
    """Return the calibration errors of what serves, by outcome and group.

    Parameters
    ----------
    outcomes : mapping of str to mapping
        Those of a bundle's ``metrics.json``.

    Examples
    --------
    >>> groups = {"client": {"ece": 0.04}, "repeat": {"ece": None}}
    >>> errors({"churn": {"model": {"ece": {"value": 0.01}}, "strata": groups}})
    {'churn': 0.01, 'churn (client)': 0.04}
    """
    found: dict[str, float] = {}
    for name, judged in outcomes.items():
        found[name] = served(judged, "ece")
        for group, of in judged.get("strata", {}).items():
            if of["ece"] is not None:
                found[f"{name} ({group})"] = of["ece"]
    return found


def served(judged: Mapping[str, Any], figure: str) -> float:
    """Return a figure of what serves an outcome, NaN where nothing was judged."""
    value = figures.served(judged).get(figure, {}).get("value")
    return float("nan") if value is None else float(value)


def exceeding(found: Errors, champions: Errors | None = None) -> dict[str, float]:
    """Return the errors above `LIMIT` and above the champion's when it was judged, worst first.

    What a person promoted although it was off is not held against its successors.

    >>> exceeding({"churn": 0.01, "refer": 0.04, "churn (client)": 0.05}, {"refer": 0.06})
    {'churn (client)': 0.05}
    """
    allowed = champions or {}
    over = {who: error for who, error in found.items() if error > max(LIMIT, allowed.get(who, 0.0))}
    return dict(sorted(over.items(), key=lambda item: (-item[1], item[0])))


def sentence(over: Errors) -> str:
    """Return in words which errors are too large.

    >>> sentence({"churn (client)": 0.0512, "churn": 0.04})
    'calibration does not hold: churn (client) is off by 0.051, churn by 0.040 (at most 0.030)'
    """
    named = [*over.items()][:MOST_NAMED]
    verbs = (" is off", *[""] * len(named))
    words = ", ".join(
        f"{who}{verb} by {error:.3f}" for (who, error), verb in zip(named, verbs, strict=False)
    )
    more = f" and {len(over) - MOST_NAMED} more" if len(over) > MOST_NAMED else ""
    return f"calibration does not hold: {words}{more} (at most {LIMIT:.3f})"
