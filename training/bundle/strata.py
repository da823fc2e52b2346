"""Who an outcome is asked of, and the stratum a customer is calibrated in."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from features.rung import STRATA, stratum
from training.bundle.arrays import Facts

__all__ = ["ELIGIBILITY_FACTS", "STRATA", "Asked", "eligible", "stratum"]

ELIGIBILITY_FACTS = ("activity_ever", "activity_recent", "subscribed")

Asked = Literal["active", "subscribed", "lapsed"]


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
