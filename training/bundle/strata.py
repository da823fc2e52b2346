"""Who an outcome is asked of, and the stratum a customer is calibrated in."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from training.bundle.arrays import Codes, Facts

STRATA = ("first_time", "repeat", "client")
STRATUM_FACTS = ("activity_days", "activity_periods")
ELIGIBILITY_FACTS = ("activity_ever", "activity_recent", "subscribed")

Asked = Literal["active", "subscribed", "lapsed"]

CLIENT_PERIODS = 4


def stratum(facts: Facts) -> Codes:
    """Return each customer's position in `STRATA`.

    Parameters
    ----------
    facts : mapping
        With `STRATUM_FACTS`.

    Examples
    --------
    >>> days, periods = np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 6.0])
    >>> stratum({"activity_days": days, "activity_periods": periods}).tolist()
    [0, 1, 2]
    """
    days = np.nan_to_num(facts["activity_days"])
    client = np.nan_to_num(facts["activity_periods"]) >= CLIENT_PERIODS
    return np.select([days <= 1, client], [0, 2], 1).astype(np.int8)


def eligible(asked: Asked, facts: Facts) -> npt.NDArray[np.bool_]:
    """Return whom a question is put to.

    Parameters
    ----------
    asked : {"active", "subscribed", "lapsed"}
        ``active``: some activity in the active days before the cutoff; ``subscribed``: also not
        yet cancelled; ``lapsed``: activity, but none in those days.
    facts : mapping
        With `ELIGIBILITY_FACTS`; ``subscribed`` only where it is asked for.
    """
    chosen: npt.NDArray[np.bool_] = np.nan_to_num(facts["activity_recent"]) > 0
    if asked == "lapsed":
        chosen = ~chosen & (np.nan_to_num(facts["activity_ever"]) > 0)
    elif asked == "subscribed":
        chosen &= facts["subscribed"] != 0
    return chosen
