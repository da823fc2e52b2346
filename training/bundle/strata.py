"""Who an outcome is asked of."""

from __future__ import annotations

from typing import Literal

import numpy as np

from training.bundle.arrays import Facts, Flags

ELIGIBILITY_FACTS = ("activity_ever", "activity_recent", "subscribed")

Asked = Literal["active", "subscribed", "lapsed"]


def eligible(asked: Asked, facts: Facts) -> Flags:
    """Return whom a question is put to.

    Parameters
    ----------
    asked : {"active", "subscribed", "lapsed"}
        ``active``: some activity in the active days before the cutoff; ``subscribed``: also not
        yet cancelled; ``lapsed``: activity, but none in those days.
    facts : mapping
        With `ELIGIBILITY_FACTS`; ``subscribed`` only where it is asked for.
    """
    chosen: Flags = np.nan_to_num(facts["activity_recent"]) > 0
    if asked == "lapsed":
        chosen = ~chosen & (np.nan_to_num(facts["activity_ever"]) > 0)
    elif asked == "subscribed":
        chosen &= facts["subscribed"] != 0
    return chosen
