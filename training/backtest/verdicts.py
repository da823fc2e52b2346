"""What a backtest means, in a sentence each: how good it was, and whether retraining paid."""

from __future__ import annotations

from collections.abc import Sequence

from features.units import count_of
from training.backtest.staleness import Price
from training.judging.judgement import Judgement
from training.money.expected import ExpectedJudgement
from training.money.judgement import SpendJudgement


def ranking(outcome: str, judged: Sequence[Judgement]) -> str:
    """Return in one sentence how often the model beat the best rule, and how far off it was.

    Parameters
    ----------
    outcome : str
    judged : sequence of Judgement
        Of days on which anything was predicted, be it a base rate.
    """
    ranked = [judgement for judgement in judged if judgement.model]
    significant = sum(judgement.gain["auroc"].low > 0 for judgement in ranked)
    errors = [100 * (judgement.predicted - judgement.test_rate) for judgement in judged]
    found = (
        f"the model ranks customers significantly better than the best rule on {significant} of "
        f"{count_of(len(ranked), 'day')}; its"
        if ranked
        else "base rates served, which rank nobody; the"
    )
    off = _range(errors, "+z.1f")
    return f"{outcome}: {found} mean probability was off by {off} percentage points."


def retraining(outcome: str, prices: Sequence[Price]) -> str:
    """Return in one sentence whether retraining more often would have paid."""
    if not prices:
        return f"{outcome}: under two days were judged: nothing tells whether retraining pays."
    least = prices[0]
    cost, days = least.log_loss, count_of(least.days, "day")
    loss = f"({cost:+.4f} log-loss)"
    if cost.low > 0:
        return f"{outcome}: a fit {days} older was worse {loss}: retraining paid."
    worse = next((price for price in prices if price.log_loss.low > 0), None)
    only = f", only one {count_of(worse.days, 'day')} older was" if worse else ""
    return (
        f"{outcome}: a fit {days} older was not significantly worse {loss}{only}: "
        "nothing shows that retraining more often would have paid."
    )


def spend(judged: Sequence[SpendJudgement], *, as_served: bool = False) -> str:
    """Return in one sentence how far the amounts of those who stay could be trusted."""
    if not any(judgement.gain for judgement in judged):
        return f"spend: means served, which know no rule; the total was off by {_totals(judged)}."
    ruled = sum(judgement.basis == "rule" for judgement in judged)
    serves = "served" if as_served else "would have served"
    note = f"; a rule {serves} on {count_of(ruled, 'day')}" if ruled else ""
    known = "spend: amounts of those who stay are significantly better than the best rule's"
    return f"{known} {_amounts(judged)}{note}."


def expected(judged: Sequence[ExpectedJudgement]) -> str:
    """Return in one sentence how far the amounts expected of everybody could be trusted."""
    known = (
        "expected spend: amounts of everybody, those who leave included, are significantly better "
        "than those of the best simple rules of churn and of spend together"
    )
    return f"{known} {_amounts(judged)}."


def _amounts(judged: Sequence[SpendJudgement] | Sequence[ExpectedJudgement]) -> str:
    """Return on how many days amounts were better, and by how much their total was off."""
    gains = [one.gain["deviance"] for one in judged if one.gain]
    significant = sum(gain.low > 0 for gain in gains)
    return (
        f"on {significant} of {count_of(len(gains), 'day')}; the total was off by {_totals(judged)}"
    )


def _totals(judged: Sequence[SpendJudgement] | Sequence[ExpectedJudgement]) -> str:
    errors = [one.served["total_error"] for one in judged]
    significant = sum(error.low > 0 or error.high < 0 for error in errors)
    days = f", significantly on {count_of(significant, 'day')}" if significant else ""
    return _range([100 * error.value for error in errors], "+z.0f", "%") + days


def _range(values: Sequence[float], form: str, unit: str = "") -> str:
    """Return the smallest and the largest value in words, as one where they read the same."""
    least, most = (f"{value:{form}}{unit}" for value in (min(values), max(values)))
    return least if least == most else f"{least} to {most}"
