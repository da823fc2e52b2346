"""The rows that keep a customer alive, and the gaps between the days on which they fall."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from features.arithmetic.events import Events, local_days, new_days
from features.arithmetic.fields import MILLIONTHS, Field, Integers, flags
from features.clock import LocalCalendar


def activity_events(parent: Events, rows: Integers, calendar: LocalCalendar) -> Events:
    """Return the rows that keep a customer alive, with the gaps between their days."""
    return parent.only(
        rows,
        {
            "is_first_of_day": lambda events: flags(new_days(events, calendar)),
            "gap": lambda events: _gaps(events, calendar),
            "log_gap": lambda events: _logarithm(_gaps(events, calendar)),
        },
    )


def _gaps(events: Events, calendar: LocalCalendar) -> Field:
    days, new = local_days(events, calendar), new_days(events, calendar)
    known = new.copy()
    known[events.first[:-1][events.first[:-1] < len(days)]] = False
    return Field(np.where(known, np.diff(days, prepend=0), 0), known)


def _logarithm(gaps: Field) -> Field:
    bits = int(gaps.values.max(initial=0)).bit_length()
    return Field(_logarithms(bits)[gaps.values], gaps.valid, MILLIONTHS)


@lru_cache
def _logarithms(bits: int) -> Integers:
    """Return natural logarithms of all numbers of so many bits, the same wherever a row stands."""
    logs = [0, *(round(MILLIONTHS * math.log(n)) for n in range(1, 1 << bits))]
    return np.array(logs, dtype=np.int64)
