"""Money: what a customer is worth if they stay, what is lost if they leave, and when they are due.

The formulas are those of the glossary: p is the churn probability, a friend is a first-time buyer
brought by a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.bundle.arrays import Codes, Facts, Floats
from training.bundle.rule import own_gap


def expected_spend(p: Floats, stays: Floats, leaves: Floats | float) -> Floats:
    """Return ``(1 - p) s_stay + p s_leave``, shape (n_rows,)."""
    return np.asarray((1.0 - p) * stays + p * leaves)


def value_at_risk(p: Floats, stays: Floats, leaves: Floats | float) -> Floats:
    """Return ``p max(0, s_stay - s_leave)``, shape (n_rows,)."""
    return np.asarray(p * np.maximum(0.0, stays - leaves))


@dataclass(frozen=True)
class Friends:
    """What a customer who refers brings.

    Parameters
    ----------
    per_referrer : float
        First-time buyers per customer who referred.
    value : float
        A friend's mean spend in a churn horizon from the first order, in the shop's currency.
    source : str
        ``data`` or ``settings``.
    """

    per_referrer: float
    value: float
    source: str = "data"

    def expected(self, refer: Floats, churn_horizon: float, advocacy_horizon: float) -> Floats:
        """Return the friends expected in the churn horizon.

        ``(1 - (1 - refer)^(churn_horizon / advocacy_horizon)) friends_per_referrer``: the referral
        probability carried over to another span as if its hazard were even.

        Examples
        --------
        >>> Friends(2.0, 10.0).expected(np.array([0.75]), 90, 180).tolist()
        [1.0]
        """
        within = -np.expm1(
            np.log1p(-np.minimum(refer, 1 - 1e-15)) * churn_horizon / advocacy_horizon
        )
        return np.asarray(within * self.per_referrer)

    def extended(self, at_risk: Floats, p: Floats, expected: Floats) -> Floats:
        """Return ``value_at_risk + p friends friend_value``, shape (n_rows,)."""
        return np.asarray(at_risk + p * expected * self.value)


@dataclass(frozen=True)
class NextOrder:
    """When the next order is due, if the customer stays.

    Parameters
    ----------
    shop_mean_log_gap : float
        Mean natural logarithm of the gaps between order days, in days.
    edges : tuple of float
        Inner edges of the deciles of (days since last order / g).
    medians : tuple of float
        Per decile the median of (days to next order / g) of training stayers.
    horizon_days : int
        Days from the cutoff to the horizon's end: the date is never past it.
    """

    shop_mean_log_gap: float
    edges: tuple[float, ...]
    medians: tuple[float, ...]
    horizon_days: int

    def days(self, facts: Facts) -> Floats:
        """Return days from the cutoff to the expected next order: ``min(g m, horizon)``.

        Parameters
        ----------
        facts : mapping
            With ``gap_count``, ``gap_mean_log`` and ``days_since_activity``.

        Returns
        -------
        float64 array of shape (n_rows,)
            NaN for whom there is no order yet.
        """
        gap = own_gap(facts, self.shop_mean_log_gap)
        since = facts["days_since_activity"]
        decile = np.searchsorted(self.edges, np.nan_to_num(since) / gap, side="right")
        due = np.minimum(gap * np.array(self.medians)[decile], self.horizon_days)
        return np.where(np.isnan(since), np.nan, due)


@dataclass(frozen=True)
class Money:
    """The constants of money in a bundle; None where the shop's data could not tell.

    Parameters
    ----------
    leavers : tuple of float, optional
        s_leave per stratum, in the shop's currency; zeros where leaving is ordering nothing.
    friends : Friends, optional
    next_order : NextOrder, optional
    """

    leavers: tuple[float, ...] | None = None
    friends: Friends | None = None
    next_order: NextOrder | None = None

    def leaves(self, stratum: Codes) -> Floats:
        """Return s_leave of each row, shape (n_rows,)."""
        return np.asarray(self.leavers or (0.0, 0.0, 0.0))[stratum]

    def to_json(self) -> dict[str, Any]:
        """Return the constants as JSON data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Money:
        """Read what `to_json` wrote."""
        due = data["next_order"]
        if due is not None:
            due = NextOrder(**{**due, "edges": (*due["edges"],), "medians": (*due["medians"],)})
        friends = data["friends"]
        return cls(
            tuple(data["leavers"]) if data["leavers"] is not None else None,
            Friends(**friends) if friends is not None else None,
            due,
        )
