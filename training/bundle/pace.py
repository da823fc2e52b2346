"""Terms of what a customer spent so far: at which pace, and how much in an order.

Each is the logarithm of the customer's own over the shop's, so that it means the same in any
currency. What the shop spends counts beside what the customer spent: who was there for a week is
hardly told apart, and who spent nothing has a pace, too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from training.bundle.arrays import Facts, Floats

YEAR = 365.0


def year(facts: Facts, parameters: Mapping[str, float]) -> Floats:
    """Return the pace of the past year, or of a shorter life.

    Parameters
    ----------
    facts : mapping
        With ``spend_365`` and ``days_since_first_activity``.
    parameters : mapping
        ``shop_pace``, the shop's mean spending a day, and ``horizon`` in days.

    Examples
    --------
    >>> facts = {"spend_365": [90.0, 0.0], "days_since_first_activity": [10.0, 800.0]}
    >>> facts = {name: np.array(values) for name, values in facts.items()}
    >>> np.exp(year(facts, {"shop_pace": 0.5, "horizon": 90.0})).round(3).tolist()
    [1.5, 0.198]
    """
    days = np.minimum(_age(facts, parameters), YEAR)
    return _pace(facts["spend_365"], days, parameters)


def life(facts: Facts, parameters: Mapping[str, float]) -> Floats:
    """Return the pace since the first activity; as `year`, with ``spend_ever``."""
    return _pace(facts["spend_ever"], _age(facts, parameters), parameters)


def order_value(facts: Facts, parameters: Mapping[str, float]) -> Floats:
    """Return the mean value of an order, beside one of the shop's.

    Parameters
    ----------
    facts : mapping
        With ``spend_ever`` and ``orders_ever``.
    parameters : mapping
        ``shop_order_value``, the shop's mean.
    """
    spent, orders = _least_nothing(facts["spend_ever"]), _least_nothing(facts["orders_ever"])
    shop = parameters["shop_order_value"]
    return np.asarray(np.log((spent + shop) / ((orders + 1.0) * shop)))


def _pace(spend: Floats, days: Floats, parameters: Mapping[str, float]) -> Floats:
    """Return the pace as if everybody had also spent a horizon at the shop's."""
    shop, horizon = parameters["shop_pace"], parameters["horizon"]
    own = _least_nothing(spend) + horizon * shop
    return np.asarray(np.log(own / ((days + horizon) * shop)))


def _age(facts: Facts, parameters: Mapping[str, float]) -> Floats:
    """Return days since the first activity, at least a horizon: a first order is no pace yet."""
    return np.maximum(np.nan_to_num(facts["days_since_first_activity"]), parameters["horizon"])


def _least_nothing(values: Floats) -> Floats:
    return np.maximum(np.nan_to_num(values), 0.0)
