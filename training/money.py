"""Money, fitted: spend of those who stay and who leave, friends brought, and the next order.

What serving makes of these numbers is in `training.bundle.money`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.clock import DAY
from training import calibration, learner, weighted
from training.baselines import shop_mean_log_gap
from training.bundle.arrays import Codes, Facts, Floats
from training.bundle.money import Friends, NextOrder
from training.bundle.outcome import SpendModel
from training.bundle.rule import own_gap
from training.bundle.strata import STRATA, Asked
from training.examples import Examples
from training.recipe import Recipe
from training.regression import significant

# Fewer stayers who spent anything teach no more than the strata's means.
FEWEST_SPENDERS = 50
FEWEST_FRIENDS = 30
DECILES = 10
# Leavers of a stratum count beside this many of the shop's.
SHRINKAGE = 20.0


def fit_spend(
    stayers: Examples,
    *,
    horizon_days: int,
    gap_days: int = 0,
    asked: Asked = "active",
    seed: int = 7,
    recipe: Recipe | None = None,
) -> SpendModel:
    """Fit ``s_stay``: what a customer who stays spends in the churn horizon.

    The logarithm of the expected amount is blended and calibrated like log-odds; trees minimise
    the Tweedie deviance, the regression and the calibration the Poisson quasi-likelihood, whose
    best fit has the right total.

    Parameters
    ----------
    stayers : Examples
        Rows whose churn label is 0; labels are amounts of at least 0.
    horizon_days, gap_days, asked :
        As the churn outcome has them.
    seed : int
    recipe : Recipe, optional
    """
    weight = stayers.customer_weights
    enough = np.count_nonzero(stayers.labels > 0) >= FEWEST_SPENDERS
    # In units of the mean, regularisation means the same in every currency.
    unit = float(np.average(stayers.labels, weights=stayers.weights)) if enough else 1.0
    scaled = replace(stayers, labels=stayers.labels / unit)
    fitted = learner.fit(scaled, seed, link="log", recipe=recipe) if enough else None
    score = fitted.out_of_fold if fitted else np.zeros(len(stayers))
    return SpendModel(
        name="spend",
        asked=asked,
        horizon_days=horizon_days,
        gap_days=gap_days,
        basis="model" if fitted else "prior",
        base=float(np.average(stayers.labels, weights=stayers.weights)) if len(stayers) else 0.0,
        calibration=calibration.fit(score, stayers.labels, stayers.stratum, weight, link="log"),
        blend=fitted.blend if fitted else None,
        most=_most(stayers) if len(stayers) else 0.0,
    )


def _most(stayers: Examples) -> float:
    """Return what hardly anybody exceeds."""
    return float(weighted.quantile(stayers.labels, np.array([0.999]), stayers.weight)[0])


def leavers_spend(spend: Floats, stratum: Codes, weight: Floats | None = None) -> tuple[float, ...]:
    """Return ``s_leave``: the leavers' mean spend per stratum, shrunk towards their overall mean.

    Parameters
    ----------
    spend : float64 array of shape (n,)
        Of rows whose churn label is 1, in the churn horizon.
    stratum : int8 array of shape (n,)
    weight : float64 array of shape (n,), optional

    Examples
    --------
    >>> leavers_spend(np.zeros(3), np.array([0, 1, 2], dtype=np.int8))
    (0.0, 0.0, 0.0)
    """
    weight = np.ones(len(spend)) if weight is None else weight
    overall = float(weight @ spend) / max(float(weight.sum()), 1e-12)
    total = np.bincount(stratum, weight * spend, len(STRATA)) + SHRINKAGE * overall
    count = np.bincount(stratum, weight, len(STRATA)) + SHRINKAGE
    return tuple(float(mean) for mean in significant(total / count))


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
    shop = float(significant(np.array([shop_mean_log_gap(facts, weight)]))[0])
    gap = own_gap(facts, shop)
    known = np.isfinite(days_to_next) & np.isfinite(facts["days_since_activity"])
    if not known.any():
        return None
    since, ahead = (facts["days_since_activity"] / gap)[known], (days_to_next / gap)[known]
    weight = None if weight is None else weight[known]
    edges = weighted.quantile(since, np.arange(1, DECILES) / DECILES, weight)
    decile = np.searchsorted(edges, since, side="right")
    overall = weighted.median(ahead, weight)
    medians = [
        weighted.median(ahead[mine], None if weight is None else weight[mine])
        if (mine := decile == number).any()
        else overall
        for number in range(DECILES)
    ]
    return NextOrder(shop, tuple(edges.tolist()), tuple(medians), horizon_days)


def friends(
    orders: pa.Table,
    customers: pa.Table,
    referrers: pa.Array | pa.ChunkedArray,
    *,
    horizon_days: int,
    until: int,
) -> Friends | None:
    """Return what customers who refer bring, or None if fewer than 30 friends tell.

    Parameters
    ----------
    orders, customers : pa.Table
        Canonical tables, all rows before `until`.
    referrers : Arrow array of str
        Customers with a ``referred`` act; those named in ``referred_by`` are added.
    horizon_days : int
        The churn horizon: a friend's window from the first order.
    until : int
        Exclusive end of the orders, microseconds UTC; later windows are not complete.
    """
    named = customers.filter(pc.not_equal(customers["referred_by"], customers["customer_id"]))
    bought = _first_orders(orders, until).join(
        named.select(["customer_id", "referred_by"]), "customer_id", join_type="inner"
    )
    complete = bought.filter(pc.less_equal(_micros(bought["first"]), until - horizon_days * DAY))
    if complete.num_rows < FEWEST_FRIENDS:
        return None
    brought = pc.count_distinct(
        pa.chunked_array([*_chunks(referrers), *_chunks(bought["referred_by"])], pa.string())
    ).as_py()
    spend = _spend_after(orders, complete, horizon_days)
    winsorised = np.minimum(spend, np.quantile(spend, 0.99))
    per_referrer, value = significant(np.array([bought.num_rows / brought, winsorised.mean()]))
    return Friends(float(per_referrer), float(value))


def _first_orders(orders: pa.Table, until: int) -> pa.Table:
    """Return ``customer_id, first``: when each customer first bought."""
    bought = pc.and_(pc.invert(orders["is_return"]), pc.greater(orders["amount"], 0.0))
    before = pc.less(_micros(orders["ordered_at"]), until)
    first = orders.filter(pc.and_(bought, before)).group_by("customer_id")
    return first.aggregate([("ordered_at", "min")]).rename_columns(["customer_id", "first"])


def _spend_after(orders: pa.Table, firsts: pa.Table, horizon_days: int) -> Floats:
    """Return each friend's net spend within the horizon from the first order, floored at 0."""
    place = pc.index_in(orders["customer_id"], value_set=firsts["customer_id"]).to_numpy(
        zero_copy_only=False
    )
    theirs = np.isfinite(place)
    place = place[theirs].astype(np.int64)
    first = _micros(firsts["first"]).to_numpy()[place]
    at = _micros(orders["ordered_at"]).to_numpy()[theirs]
    inside: npt.NDArray[np.bool_] = (at >= first) & (at < first + horizon_days * DAY)
    amount = orders["amount"].to_numpy()[theirs]
    total = np.bincount(place[inside], amount[inside], firsts.num_rows)
    return np.maximum(total, 0.0)


def _micros(times: pa.ChunkedArray) -> pa.ChunkedArray:
    return times.cast(pa.int64())


def _chunks(values: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    return [chunk.cast(pa.string()) for chunk in chunks]
