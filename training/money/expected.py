"""Expected spend, judged on E among everybody whom churn is asked of.

Spend itself is judged among those who stayed. What budgets and quadrants rest on is
``(1 - p) s_stay + p s_leave`` of everybody, so this is judged as well, beside what the best simple
rule of churn and the best simple rule of spend say together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from training.bundle.arrays import Floats
from training.bundle.money import Money, expected_spend
from training.judging.curves import Scores
from training.judging.evaluation import MODEL
from training.judging.judgement import Figures
from training.judging.verdicts import compared
from training.learning.settings import Settings
from training.money import amounts
from training.money.stayers import stayers, without_giant
from training.snapshots.dataset import Dataset

RULES = "rules"
"""The best simple rules of churn and of spend, together."""


@dataclass(frozen=True)
class ExpectedJudgement:
    """What was found on E, among everybody whom churn is asked of.

    Parameters
    ----------
    verdict : str
        One sentence.
    rows : int
        Customers who were asked.
    served, rules, gain : mapping of str to Estimate
        Figures (`training.money.amounts.FIGURES`) of what serves and of the two rules together, and
        by how much the former is better.
    deciles : tuple of (float, float)
        Mean predicted and mean spent per tenth of what serves, lowest first.
    totals : (float, float)
        Predicted by what serves, and spent, by all of them; not stored.
    """

    verdict: str
    rows: int
    served: Figures
    rules: Figures
    gain: Figures
    deciles: tuple[tuple[float, float], ...]
    totals: tuple[float, float]


def judge(
    data: Dataset, scores: Scores, stays: Mapping[str, Floats], money: Money, settings: Settings
) -> ExpectedJudgement:
    """Judge expected spend on E.

    Parameters
    ----------
    data : Dataset
        With churn and spend.
    scores : Scores
        Of churn on E: probabilities of what serves, and of the best rule.
    stays : mapping of str to float64 array of shape (n,)
        Spend of the same rows if they stay, in the shop's currency: under `MODEL` as it serves,
        under `RULES` as the best rule of spend says.
    money : Money
        Knows what who leaves spends. It, the scores and the amounts are those of one fit.
    settings : Settings
        Of the bootstrap.
    """
    churn = data.plan("churn")
    assert churn is not None
    asked, _ = stayers(data, (churn.newest,))
    leaves = money.leaves(asked.stratum)
    predicted = {
        MODEL: expected_spend(scores.served, stays[MODEL], leaves),
        RULES: expected_spend(scores.baseline, stays[RULES], leaves),
    }
    usual = without_giant(asked)
    asked, predicted = asked.take(usual), {name: all_[usual] for name, all_ in predicted.items()}
    drawn = amounts.judge(asked, predicted, resamples=settings.resamples, seed=settings.seed)
    judged = ExpectedJudgement(
        verdict="",
        rows=asked.stands_for,
        served=drawn.estimates(MODEL),
        rules=drawn.estimates(RULES),
        gain=drawn.gains(MODEL, RULES),
        deciles=amounts.deciles(asked, predicted[MODEL]),
        totals=amounts.totals(asked, predicted[MODEL]),
    )
    return replace(judged, verdict=verdict(judged))


def verdict(judged: ExpectedJudgement) -> str:
    """Return what the figures mean, in one sentence."""
    apart = ", ".join(
        f"{words} {judged.served[name].value:.3f} against {judged.rules[name].value:.3f} "
        f"({judged.gain[name]:+.3f})"
        for name, words in (("deviance", "deviance"), ("correlation", "rank correlation"))
    )
    return (
        f"expected spend: of all {judged.rows:,} customers, those who leave included, what serves "
        f"is {compared(judged.gain['deviance'])} the best simple rules of churn and of spend "
        f"together: {apart}; {amounts.total(judged.served)}."
    )
