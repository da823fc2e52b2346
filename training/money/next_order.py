"""When the next order is due, fitted from training rows: of customers who stay.

What serving makes of it is in `training.bundle.money`.
"""

from __future__ import annotations

import numpy as np

from training.bundle.arrays import Facts, Floats
from training.bundle.money import NextOrder
from training.bundle.rule import own_gap
from training.learning.baselines import shop_mean_log_gap
from training.statistics import weighted
from training.statistics.regression import rounded

DECILES = 10


def next_order(
    facts: Facts, days_to_next: Floats, horizon_days: int, weight: Floats | None = None
) -> NextOrder | None:
    """Fit when the next order is due, from training rows.

    Parameters
    ----------
    facts : mapping
        With ``gap_count``, ``gap_mean_log`` and ``days_since_activity``.
    days_to_next : float64 array of shape (n,)
        Days from the cutoff to the next order; NaN for those who left.
    horizon_days : int
        Days from the cutoff to the end of the churn horizon, a gap included.
    weight : float64 array of shape (n,), optional

    Returns
    -------
    NextOrder or None
        None if nobody stayed.
    """
    shop = rounded(shop_mean_log_gap(facts, weight))
    gap = own_gap(facts, shop)
    known = np.isfinite(days_to_next) & np.isfinite(facts["days_since_activity"])
    if not known.any():
        return None
    since, ahead = (facts["days_since_activity"] / gap)[known], (days_to_next / gap)[known]
    weight = None if weight is None else weight[known]
    edges = weighted.quantile(since, np.arange(1, DECILES) / DECILES, weight)
    decile = np.searchsorted(edges, since, side="right")
    tenths = (decile == number for number in range(DECILES))
    medians = tuple(
        weighted.median(ahead[rows], None if weight is None else weight[rows])
        for rows in (tenth if tenth.any() else np.ones_like(tenth) for tenth in tenths)
    )
    return NextOrder(shop, tuple(edges.tolist()), medians, horizon_days)
