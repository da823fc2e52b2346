"""What contacting a customer is worth: profit, cost, and how sure that is.

Profit is linear in gamma, the chance that the offer keeps someone, so that a choice needs only
gamma's mean and a total's interval only gamma's spread. One gamma for everybody is an assumption
until randomised results exist; every list says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats, Integers


@dataclass(frozen=True)
class Gamma:
    """The chance that an offer keeps someone: Beta(alpha, beta).

    Examples
    --------
    >>> Gamma().mean, [round(q, 3) for q in Gamma().interval]
    (0.3, [0.147, 0.476])
    """

    alpha: float = 6.0
    beta: float = 14.0

    @property
    def mean(self) -> float:
        """Return the mean chance."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 5% and the 95% quantile, to four decimals."""
        chance = (np.arange(100_000) + 0.5) / 100_000
        log = (self.alpha - 1) * np.log(chance) + (self.beta - 1) * np.log1p(-chance)
        weight = np.cumsum(np.exp(log - log.max()))
        low, high = np.interp([0.05, 0.95], weight / weight[-1], chance)
        return float(low), float(high)


@dataclass(frozen=True)
class Campaign:
    """What one contact costs and what is earned on a customer's spend.

    Parameters
    ----------
    margin : float
        Share of spend that is profit.
    offer : float
        Cost of the offer to the shop when a customer takes it, in the shop's currency.
    contact_cost : float
        Cost of reaching a customer, in the shop's currency.
    gamma : Gamma
        The chance that the offer keeps someone.
    """

    margin: float = 1.0
    offer: float = 0.0
    contact_cost: float = 0.0
    gamma: Gamma = Gamma()


@dataclass(frozen=True)
class Worth:
    """Expected worth per customer: ``gain * gamma - sunk`` in profit, `cost` spent to get it.

    Parameters
    ----------
    gain, sunk, cost : float64 arrays of shape (n_customers,)
        Money in the shop's currency.
    gamma : Gamma
        The chance that the offer keeps someone.
    """

    gain: Floats
    sunk: Floats
    cost: Floats
    gamma: Gamma

    @property
    def profit(self) -> Floats:
        """Return the expected profit at gamma's mean, shape (n_customers,)."""
        return self.gain * self.gamma.mean - self.sunk

    @property
    def profit_per_cost(self) -> Floats:
        """Return profit per expected cost; profit itself where nothing costs anything."""
        return np.divide(self.profit, self.cost, out=self.profit, where=self.cost > 0)

    def total(self, chosen: Integers) -> tuple[float, float, float]:
        """Return the expected profit of the chosen positions, and its 90% interval over gamma."""
        gain, sunk = float(self.gain[chosen].sum()), float(self.sunk[chosen].sum())
        low, high = (gain * gamma - sunk for gamma in self.gamma.interval)
        return gain * self.gamma.mean - sunk, low, high


def keeping(churn: Floats, value_at_risk: Floats, campaign: Campaign) -> Worth:
    """Return the worth of trying to keep each customer.

    Profit is ``p gamma (V - d) - (1 - p) d - f`` with p the churn probability, V = margin x value
    at risk / p, d the offer and f the contact: whoever would have stayed anyway takes it, too.

    Examples
    --------
    >>> campaign = Campaign(margin=0.5, offer=4.0, contact_cost=1.0)
    >>> worth = keeping(np.array([0.5]), np.array([100.0]), campaign)
    >>> round(float(worth.profit[0]), 6)  # V = 100: 0.5 x 0.3 x (100 - 4) - 0.5 x 4 - 1
    11.4
    """
    offer, contact = campaign.offer, campaign.contact_cost
    stays = 1 - churn
    return Worth(
        gain=campaign.margin * value_at_risk - churn * offer,
        sunk=stays * offer + contact,
        cost=(churn * campaign.gamma.mean + stays) * offer + contact,
        gamma=campaign.gamma,
    )


def winning_back(returning: Floats, spend: float, campaign: Campaign) -> Worth:
    """Return the worth of trying to win each lapsed customer back.

    Profit is ``return_probability gamma (margin x spend - d) - f``, where `spend` is what a
    returning customer spends in a churn horizon, d the offer and f the contact.
    """
    return Worth(
        gain=returning * (campaign.margin * spend - campaign.offer),
        sunk=np.full_like(returning, campaign.contact_cost),
        cost=returning * campaign.gamma.mean * campaign.offer + campaign.contact_cost,
        gamma=campaign.gamma,
    )
