"""The loyalty ladder: each customer's rung and stratum, from facts (`features.facts`)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RUNGS = ("awareness", "research", "first_time", "repeat", "client", "advocate")
"""From the lowest to the highest."""

STRATA = ("first_time", "repeat", "client")

CLIENT_PERIODS = 4
"""A client is active in at least so many of the last twelve thirty-day periods."""


def rung(table: pa.Table) -> pa.Array:
    """Return the rung of every row: the highest that fits.

    Parameters
    ----------
    table : Arrow table
        With the facts ``activity_days, activity_periods, advocacy_acts_365, research_acts_90``.

    Returns
    -------
    Arrow array of strings
    """
    days, periods = _fact(table, "activity_days"), _fact(table, "activity_periods")
    conditions = [
        (days >= 1) & (_fact(table, "advocacy_acts_365") >= 1),
        periods >= CLIENT_PERIODS,
        days >= 2,
        days == 1,
        _fact(table, "research_acts_90") >= 1,
    ]
    return pa.array(np.select(conditions, RUNGS[:0:-1], RUNGS[0]).tolist(), pa.string())


def stratum(table: pa.Table) -> NDArray[np.int8]:
    """Return positions in `STRATA`: at most one activity day, a client's regularity, or between."""
    client = _fact(table, "activity_periods") >= CLIENT_PERIODS
    first = _fact(table, "activity_days") <= 1
    return np.select([first, client], [0, 2], 1).astype(np.int8)


def _fact(table: pa.Table, name: str) -> NDArray[np.float64]:
    values: NDArray[np.float64] = table[name].to_numpy()
    return values
