"""What a backtest means, in a sentence each: how good it was, and whether retraining paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.units import count_of
from training.backtest.staleness import Price

if TYPE_CHECKING:
    from training.backtest.run import SpendOrigin
    from training.judging.judgement import Judgement


def better(outcome: str, judged: Sequence[Judgement]) -> str:
    """Return in one sentence how often the model beat the best rule, and how far off it was."""
    significant = sum(one.gain["auroc"].low > 0 for one in judged)
    apart = [100 * (one.predicted - one.test_rate) for one in judged]
    return (
        f"{outcome}: the model ranks customers significantly better than the best rule on "
        f"{significant} of {count_of(len(judged), 'day')}; its mean probability was off by "
        f"{_ends(apart, '+z.1f')} percentage points."
    )


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
        f"{outcome}: a fit {days} older was not significantly worse {said}{after}: "
        "nothing shows that retraining more often would have paid."
    )


def spend(origins: Sequence[SpendOrigin]) -> str:
    """Return in one sentence how far the amounts could be trusted."""
    judged = [origin.judgement for origin in origins]
    better = sum(one.gain["deviance"].low > 0 for one in judged)
    errors = [one.served["total_error"].value for one in judged]
    apart = _ends([100 * one for one in errors], "+z.0f", "%")
    ruled = sum(one.basis == "rule" for one in judged)
    serves = f"; a rule would have served on {count_of(ruled, 'day')}" if ruled else ""
    return (
        f"spend: amounts of those who stay are significantly better than the best rule's on "
        f"{better} of {len(judged)} days; the total was off by {apart}{serves}."
    )


def _ends(values: Sequence[float], form: str, unit: str = "") -> str:
    """Return from where to where values reach, once where that reads the same."""
    least, most = (f"{one:{form}}{unit}" for one in (min(values), max(values)))
    return least if least == most else f"{least} to {most}"
