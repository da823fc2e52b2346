"""Spend over time: amounts beside the best rule's, the total, and amounts tenth by tenth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from features.units import count_of

if TYPE_CHECKING:
    from training.backtest.run import SpendOrigin

Row = tuple[object, ...]

FIGURES = ["as_of", "customers", "basis", "best_baseline", "who", "figure", "value", "low", "high"]
DECILES = ["as_of", "decile", "said", "spent"]


def figures(origins: Sequence[SpendOrigin]) -> Iterator[Row]:
    """Yield every figure of the model, of each rule, and of the gain over it."""
    for origin in origins:
        judged = origin.judgement
        sides = {"model": judged.model, **judged.baselines}
        sides |= {f"gain over {rule}": gain for rule, gain in judged.gains.items()}
        for who, said in sides.items():
            for name, found in said.items():
                ends = (f"{end:.6g}" for end in (found.value, found.low, found.high))
                yield (origin.newest, judged.rows, judged.basis, judged.best, who, name, *ends)


def deciles(origins: Sequence[SpendOrigin]) -> Iterator[Row]:
    """Yield what was said and what was spent per tenth of the customers, the lowest first."""
    for origin in origins:
        for number, (said, spent) in enumerate(origin.judgement.deciles, start=1):
            yield (origin.newest, number, f"{said:.6g}", f"{spent:.6g}")


def verdict(origins: Sequence[SpendOrigin]) -> str:
    """Return in one sentence how far the amounts could be trusted."""
    judged = [origin.judgement for origin in origins]
    surely = sum(one.gain["deviance"].low > 0 for one in judged)
    errors = [one.served["total_error"].value for one in judged]
    least, most = (f"{100 * one:+z.0f}%" for one in (min(errors), max(errors)))
    apart = least if least == most else f"{least} to {most}"
    ruled = sum(one.basis == "rule" for one in judged)
    serves = f"; a rule would have served on {count_of(ruled, 'day')}" if ruled else ""
    return (
        f"spend: amounts of those who stay are surely better than the best rule's on {surely} of "
        f"{len(judged)} days; the total was off by {apart}{serves}."
    )
