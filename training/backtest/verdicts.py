"""What a backtest means, in a sentence each: whether retraining paid, how far off amounts were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.units import count_of
from training.backtest.staleness import Price

if TYPE_CHECKING:
    from training.backtest.run import SpendOrigin


def retraining(outcome: str, prices: Sequence[Price]) -> str:
    """Return in one sentence whether retraining more often would have paid."""
    if not prices:
        return f"{outcome}: under two days were judged: nothing tells whether retraining pays."
    least = prices[0]
    cost, days = least.log_loss, count_of(least.days, "day")
    said = f"({cost:+.4f} log-loss)"
    if cost.low > 0:
        return f"{outcome}: a fit {days} older was worse {said}: retraining paid."
    late = next((one for one in prices if one.log_loss.low > 0), None)
    after = f", only one {count_of(late.days, 'day')} older was" if late else ""
    return (
        f"{outcome}: a fit {days} older was not surely worse {said}{after}: "
        "nothing shows that retraining more often would have paid."
    )


def spend(origins: Sequence[SpendOrigin]) -> str:
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
