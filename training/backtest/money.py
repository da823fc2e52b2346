"""Spend over time: the order of customers, the total, and amounts tenth by tenth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.backtest.run import SpendOrigin

Row = tuple[object, ...]

FIGURES = ["as_of", "customers", "figure", "value", "low", "high"]
DECILES = ["as_of", "decile", "said", "spent"]


def figures(origins: Sequence[SpendOrigin]) -> Iterator[Row]:
    """Yield rank correlations, the model's gain over past spending, and the total's error."""
    for origin in origins:
        judged = origin.judgement
        estimates = {
            "rank_correlation": judged.correlation,
            "past_spending_rank_correlation": judged.baseline,
            "gain": judged.gain,
            "total_error": judged.total,
        }
        for name, found in estimates.items():
            ends = (f"{end:.6g}" for end in (found.value, found.low, found.high))
            yield (origin.newest, judged.rows, name, *ends)


def deciles(origins: Sequence[SpendOrigin]) -> Iterator[Row]:
    """Yield what was said and what was spent per tenth of the customers, the lowest first."""
    for origin in origins:
        for number, (said, spent) in enumerate(origin.judgement.deciles, start=1):
            yield (origin.newest, number, f"{said:.6g}", f"{spent:.6g}")


def verdict(origins: Sequence[SpendOrigin]) -> str:
    """Return in one sentence how far the amounts could be trusted."""
    judged = [origin.judgement for origin in origins]
    surely = sum(one.gain.low > 0 for one in judged)
    errors = [one.total_error for one in judged]
    least, most = (f"{100 * one:+.0f}%" for one in (min(errors), max(errors)))
    apart = least if least == most else f"{least} to {most}"
    return (
        f"spend: ranks those who stay surely better than their own past spending on {surely} of "
        f"{len(judged)} days; the total was off by {apart}."
    )
