"""The loyalty ladder: each customer's rung and stratum, from facts (`features.facts`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RUNGS = ("awareness", "research", "first_time", "repeat", "client", "advocate")
"""From the lowest to the highest."""

STRATA = ("first_time", "repeat", "client")

STRATUM_FACTS = ("activity_days", "activity_periods")
RUNG_FACTS = (*STRATUM_FACTS, "advocacy_acts_365", "research_acts_90")
"""What they are told from."""
ORDER_FACTS = ("order_days", "order_periods")
"""What the rung looks at in place of activity where a shop with orders has another activity."""

CLIENT_PERIODS = 4
"""A client is active in at least so many of the last twelve thirty-day periods.

The rung's may be set (``[standing] client_periods``); the stratum's is part of the models.
"""

Facts: TypeAlias = Mapping[str, NDArray[np.float64]] | pa.Table


def rung(facts: Facts, client_periods: int = CLIENT_PERIODS) -> pa.Array:
    """Return the rung of every row: the highest that fits.

    Parameters
    ----------
    facts : mapping or Arrow table
        With `RUNG_FACTS`, and `ORDER_FACTS` where there are any.
    client_periods : int
        Periods with an order, of the last twelve, that make a client.

    Returns
    -------
    Arrow array of strings
    """
    names = facts.column_names if isinstance(facts, pa.Table) else facts
    counted = ORDER_FACTS if ORDER_FACTS[0] in names else STRATUM_FACTS
    days, periods = (_fact(facts, name) for name in counted)
    conditions = [
        (days >= 1) & (_fact(facts, "advocacy_acts_365") >= 1),
        periods >= client_periods,
        days >= 2,
        days == 1,
        _fact(facts, "research_acts_90") >= 1,
    ]
    return pa.array(np.select(conditions, RUNGS[:0:-1], RUNGS[0]).tolist(), pa.string())


def stratum(facts: Facts) -> NDArray[np.int8]:
    """Return positions in `STRATA`, from `STRATUM_FACTS`: first-time, repeat, or a regular client.

    Examples
    --------
    >>> days, periods = np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 6.0])
    >>> stratum({"activity_days": days, "activity_periods": periods}).tolist()
    [0, 1, 2]
    """
    client = _fact(facts, "activity_periods") >= CLIENT_PERIODS
    first = _fact(facts, "activity_days") <= 1
    return np.select([first, client], [0, 2], 1).astype(np.int8)


def _fact(facts: Facts, name: str) -> NDArray[np.float64]:
    return np.asarray(facts[name], dtype=np.float64)
