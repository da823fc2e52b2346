"""How well spend is predicted: the evaluation fit of ``s_stay`` judged once on E.

Amounts are heavy-tailed, so that squared errors would tell of a few big customers only. What a
shop needs is the order of its customers, the total, and amounts that are right where they are big.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import money, weighted
from training.bootstrap import LEVEL, Estimate
from training.bundle.arrays import Floats
from training.bundle.outcome import SpendModel
from training.dataset import Dataset
from training.evaluation import FEWEST_CUSTOMERS, Settings
from training.examples import Examples

Masks = NDArray[np.bool_]

DECILES = 10
YEAR = 365.0

FACTS = (
    "spend_365",
    "days_since_first_activity",
    "days_since_activity",
    "gap_count",
    "gap_mean_log",
)
"""What of a customer the money is fitted and judged from, beside the features."""


@dataclass(frozen=True)
class SpendJudgement:
    """What was found on E, among those who stayed.

    Parameters
    ----------
    rows : int
    correlation, baseline : Estimate
        Rank correlation of what was said and what was spent, of the model and of the customer's
        own past spending carried forward.
    gain : Estimate
        The difference of the two.
    total : Estimate
        What was said in total over what was spent, less 1.
    deciles : tuple of (float, float)
        Mean said and mean spent per decile of what was said, lowest first.
    """

    rows: int
    correlation: Estimate
    baseline: Estimate
    gain: Estimate
    total: Estimate
    deciles: tuple[tuple[float, float], ...]

    @property
    def total_error(self) -> float:
        """Return the error of the total alone."""
        return self.total.value

    @property
    def verdict(self) -> str:
        """Return what the figures mean, in one sentence."""
        own, past = self.correlation, self.baseline
        side = "high" if self.total_error > 0 else "low"
        total = " to ".join(f"{100 * end:+.0f}" for end in (self.total.low, self.total.high))
        return (
            f"spend: of those who stay, rank correlation {own.value:.3f} against {past.value:.3f} "
            f"for their own past spending ({self.gain.value:+.3f} [{self.gain.low:+.3f}, "
            f"{self.gain.high:+.3f}]); the total is {100 * abs(self.total_error):.0f}% too "
            f"{side} ({total}%)."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as JSON-ready data."""
        estimates = {"correlation": self.correlation, "baseline": self.baseline, "gain": self.gain}
        return {
            **{name: estimate.to_json() for name, estimate in estimates.items()},
            "rows": self.rows,
            "total_error": self.total_error,
            "total": self.total.to_json(),
            "deciles": [list(pair) for pair in self.deciles],
            "verdict": self.verdict,
        }


def stayers(data: Dataset, days: Iterable[date]) -> tuple[Examples, Masks]:
    """Return whom churn is asked of at some cutoffs with what they spent, and who stayed.

    Parameters
    ----------
    data : Dataset
        With churn and spend.
    days : iterable of date

    Returns
    -------
    spent : Examples
        Labelled with amounts, without features and with a few facts.
    stayed : bool array of shape (n,)
    """
    churn = data.plan("churn")
    assert churn is not None
    assert data.spend is not None
    answers = data.slices.answers(churn.outcome, days, FACTS)
    spent = data.slices.labels(churn.outcome, days, data.spend)
    return replace(answers, labels=spent), answers.labels == 0


def fit(data: Dataset, days: tuple[date, ...], settings: Settings) -> SpendModel:
    """Fit ``s_stay`` on those who stayed at some cutoffs, the same way for both fits."""
    churn = data.plan("churn")
    assert churn is not None
    spent, stayed = stayers(data, days)
    who = np.flatnonzero(stayed)
    spent = spent.take(who)
    rows, weight = spent.thinning(settings.recipe.most_rows, settings.seed)
    learnt = data.slices.examples(churn.outcome, days, who[rows])
    return money.fit_spend(
        spent,
        replace(learnt, labels=spent.labels[rows], weight=weight),
        horizon_days=churn.outcome.horizon_days,
        gap_days=churn.outcome.gap_days,
        asked=churn.outcome.who,
        seed=settings.seed,
        recipe=settings.recipe,
    )


def judge(data: Dataset, settings: Settings) -> SpendJudgement | None:
    """Fit on the evaluation cutoffs and judge on E; None where either holds too few stayers."""
    churn = data.plan("churn")
    if churn is None or data.spend is None:
        return None
    train, stayed = stayers(data, churn.evaluation)
    test, stays = stayers(data, (churn.newest,))
    if min(len(np.unique(train.customer[stayed])), stays.sum()) < FEWEST_CUSTOMERS:
        return None
    model = fit(data, churn.evaluation, settings)
    said = model.amount(data.slices.rows(churn.outcome, (churn.newest,)))[stays]
    test = test.take(stays)
    past = _carried_forward(test, churn.outcome.horizon_days)
    return found(test.labels, said, past, settings, test.weight)


def found(
    spent: Floats, said: Floats, past: Floats, settings: Settings, weight: Floats | None = None
) -> SpendJudgement:
    """Return the figures of predictions of one row per customer.

    Parameters
    ----------
    spent, said, past : float64 arrays of shape (n,)
        What was spent, what the model said, what past spending said.
    settings : Settings
        Of the bootstrap.
    weight : float64 array of shape (n,), optional
        How many customers of the shop each stands for, where they were sampled.
    """
    ranks = [weighted.ranks(values, weight) for values in (spent, said, past)]
    each = np.ones(len(spent)) if weight is None else weight
    draw = np.random.default_rng(settings.seed)
    rows = len(spent)

    def figures(weight: Floats) -> tuple[float, float, float]:
        own, past = (_correlation(ranks[0], other, weight) for other in ranks[1:])
        return own, past, float((weight @ said) / max(float(weight @ spent), 1e-12) - 1.0)

    drawn = np.array(
        [
            figures(each * np.bincount(draw.integers(0, rows, rows), minlength=rows))
            for _ in range(settings.resamples)
        ]
    )
    own, base, total = figures(each)
    deciles = _deciles(said, each)
    return SpendJudgement(
        rows=weighted.total(weight, rows),
        correlation=_estimate(own, drawn[:, 0]),
        baseline=_estimate(base, drawn[:, 1]),
        gain=_estimate(own - base, drawn[:, 0] - drawn[:, 1]),
        total=_estimate(total, drawn[:, 2]),
        deciles=tuple(
            (
                float(np.average(said[d], weights=each[d])),
                float(np.average(spent[d], weights=each[d])),
            )
            for d in deciles
            if len(d)
        ),
    )


def _deciles(said: Floats, weight: Floats) -> list[NDArray[np.int64]]:
    """Return the rows of each tenth of the customers, the lowest first."""
    order = np.argsort(said, kind="stable")
    before = np.cumsum(weight[order]) - weight[order]
    tenths = np.minimum(before * DECILES // weight.sum(), DECILES - 1)
    return np.split(order, np.searchsorted(tenths, np.arange(1, DECILES)))


def _carried_forward(examples: Examples, horizon_days: int) -> Floats:
    """Return what a customer spends in a horizon at the pace of the past year, or of their life."""
    known = np.nan_to_num(examples.facts["days_since_first_activity"], nan=YEAR)
    days = np.clip(known, horizon_days, YEAR)
    return np.maximum(np.nan_to_num(examples.facts["spend_365"]), 0.0) * horizon_days / days


def _correlation(a: Floats, b: Floats, weight: Floats) -> float:
    """Return the weighted correlation of two columns of ranks."""
    a, b = (ranks - np.average(ranks, weights=weight) for ranks in (a, b))
    spread = float(np.sqrt((weight @ (a * a)) * (weight @ (b * b))))
    return float(weight @ (a * b)) / spread if spread > 0 else 0.0


def _estimate(value: float, drawn: Floats) -> Estimate:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))
