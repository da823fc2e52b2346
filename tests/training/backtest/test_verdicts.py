"""What a backtest's verdicts say."""

from __future__ import annotations

from dataclasses import replace

from training.backtest import Backtest, verdicts
from training.judging.judgement import Judgement
from training.money.judgement import SpendJudgement
from training.statistics.bootstrap import Estimate


def test_days_on_which_the_model_was_significantly_better_are_counted(found: Backtest) -> None:
    newest = found.origins["churn"][-1].judgement
    assert newest.scores is not None
    off = 100 * (newest.predicted - newest.test_rate)

    def with_gain(low: float) -> Judgement:
        gain = {**newest.gain, "auroc": Estimate(0.03, low, 0.06)}
        return replace(newest, gains={newest.best: gain})

    sentence = verdicts.ranking("churn", [with_gain(0.01), with_gain(-0.01), with_gain(0.02)])
    assert "significantly better than the best rule on 2 of 3 days" in sentence
    assert f"off by {off:+z.1f} percentage points." in sentence
    twice = replace(newest, scores=replace(newest.scores, model=newest.scores.model * 2))
    assert f"off by {off:+z.1f} to " in verdicts.ranking("churn", [newest, twice])


def test_days_on_which_a_rule_served_or_the_total_was_off_are_counted(found: Backtest) -> None:
    newest = found.spend[-1].judgement
    ruled, model = (replace(newest, basis=basis) for basis in ("rule", "model"))
    assert "; a rule would have served on 2 days." in verdicts.spend([ruled, model, ruled])
    assert "; a rule served on 1 day." in verdicts.spend([ruled], as_served=True)
    assert "would have served" not in verdicts.spend([model])
    total = newest.baselines[newest.best]["total_error"].value
    assert f"off by {100 * total:+.0f}%" in verdicts.spend([ruled])

    def off(value: float, low: float, high: float) -> SpendJudgement:
        total = Estimate(value, low, high)
        return replace(model, model={**model.model, "total_error": total})

    hardly = off(-0.002, -0.02, 0.02)
    assert "off by +0%." in verdicts.spend([hardly])
    days = [hardly, off(0.1, 0.05, 0.2), off(-0.1, -0.2, -0.05)]
    assert "off by -10% to +10%, significantly on 2 days." in verdicts.spend(days)
