"""Room for two horizons, across the nights on which the clocks change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from features.clock import midnight
from features.reach.room import Room

ZONE = "Europe/Berlin"


@pytest.mark.parametrize("known", [date(2024, 3, 1), date(2024, 9, 20), date(2024, 12, 1)], ids=str)
@pytest.mark.parametrize("days", [1, 10, 15, 30])
def test_the_day_and_the_horizon_that_are_named_are_the_first_and_the_longest(
    known: date, days: int
) -> None:
    def until(day: date) -> Room:
        return Room(known, midnight(day, ZONE), ZONE)

    opens = until(known).opens(days)
    assert until(opens).holds(days)
    assert not until(opens - timedelta(days=1)).holds(days)
    for later in range(40):
        room = until(known + timedelta(days=later))
        longest = room.longest()
        assert longest == 0 or room.holds(longest)
        assert not room.holds(longest + 1)
