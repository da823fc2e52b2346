"""How many rows fell on each local day, and which day a history reaches to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from statistics import median

from features.resources.workspace import Workspace, literal

Days = Mapping[date, int]

_FULL_DAY = 0.01
"""A day is full from this share of the median daily rows."""
_QUARTER = 900_000_000
"""Microseconds of a quarter of an hour."""


def rows_by_day(workspace: Workspace, rows: str, timezone: str) -> Days:
    """Return how many `rows`, a SELECT of TIMESTAMPTZ `moment`, each local day has that has any."""
    # Clocks everywhere differ by whole quarters of an hour (but for Monrovia's, until 1972): ask
    # for the local day of each quarter, not of each row.
    quarters = (
        f"SELECT min(moment) AS moment, count(*) AS n FROM ({rows}) "
        f"GROUP BY epoch_us(moment) // {_QUARTER}"
    )
    day = f"timezone({literal(timezone)}, moment)::DATE"
    found = workspace.rows(
        f"SELECT {day} AS day, sum(n)::BIGINT AS n FROM ({quarters}) GROUP BY day"
    )
    return {row["day"]: row["n"] for row in found}


def together(first: Days, second: Days) -> Days:
    """Return the rows of both on every day."""
    return Counter(first) + Counter(second)


def newest_full(days: Days) -> date | None:
    """Return the newest day with at least 1% of the median daily rows.

    Examples
    --------
    >>> newest_full({date(2024, 5, 1): 500, date(2024, 5, 2): 400, date(2031, 1, 1): 1})
    datetime.date(2024, 5, 2)
    """
    if not days:
        return None
    least = _FULL_DAY * median(days.values())
    return max(day for day, rows in days.items() if rows >= least)
