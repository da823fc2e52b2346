"""Made-up examples whose true probabilities are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.bundle.arrays import Floats, Integers
from training.bundle.odds import sigmoid
from training.snapshots.examples import Examples

MakeExamples = Callable[..., Examples]
"""`examples`, as tests are given it."""


def examples(
    customers: int = 600,
    cutoffs: int = 3,
    features: int = 12,
    seed: int = 0,
    shift: float = 0.0,
) -> Examples:
    """Make examples of which the first three features tell, to be seen at several cutoffs.

    The log-odds of the truth are the fact ``true_log_odds``, `shift` added to all of them.
    """
    draw = np.random.default_rng(seed)
    rows = customers * cutoffs
    own = np.tile(draw.normal(size=(customers, features)), (cutoffs, 1))
    values = (own + 0.3 * draw.normal(size=(rows, features))).astype(np.float32)
    truth = shift + values[:, 0].astype(float) + (values[:, 1] > 0.5) - 0.8 * (values[:, 2] < 0)
    labels = (draw.random(rows) < sigmoid(truth)).astype(float)
    values[draw.random(values.shape) < 0.05] = np.nan
    days = 1.0 + draw.poisson(3.0, rows)
    since = draw.exponential(30.0, rows) * np.exp(0.5 * truth)
    facts = {
        "true_log_odds": truth,
        "activity_ever": days,
        "activity_recent": np.ones(rows),
        "activity_days": days,
        "activity_periods": np.minimum(days, 12.0),
        "days_since_activity": since,
        "days_since_first_activity": since + 20.0 * (days - 1.0),
        "gap_count": days - 1.0,
        "gap_mean_log": np.where(days > 1, np.log(20.0), np.nan),
        "spend_ever": 25.0 * days,
        "spend_365": 25.0 * np.minimum(days, 12.0),
        "orders_ever": days,
        "referred_ever": draw.poisson(0.2, rows).astype(float),
        "shared_ever": np.zeros(rows),
        "reviewed_positive_ever": np.zeros(rows),
    }
    return Examples(
        features=values,
        names=tuple(f"feature_{number}" for number in range(features)),
        labels=labels,
        customer=np.tile(np.arange(customers, dtype=np.int64), cutoffs),
        cutoff=np.repeat(np.arange(cutoffs, dtype=np.int64), customers),
        stratum=np.select([days <= 1, days >= 4], [0, 2], 1).astype(np.int8),
        facts=facts,
    )


def amounts(
    spent: Floats, customer: Integers | None = None, weight: Floats | None = None
) -> Examples:
    """Make rows that are labelled with amounts, a customer each, and hold nothing else."""
    rows = len(spent)
    return Examples(
        features=np.empty((rows, 0), np.float32),
        names=(),
        labels=spent,
        customer=np.arange(rows) if customer is None else customer,
        cutoff=np.zeros(rows, np.int64),
        stratum=np.zeros(rows, np.int8),
        facts={},
        weight=weight,
    )
