from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.clock import DAY, midnight
from features.sample.schedule import (
    ASKS,
    CAMPAIGNS,
    LETTERS_LEAVE,
    TIMEZONE,
    Rounds,
    Schedule,
    opening_hours,
)

SCHEDULE = Schedule(date(2024, 1, 1))


@given(
    st.integers(0, 1_000),
    st.integers(0, 400),
    st.integers(-3, 3),
    st.floats(0, 1, exclude_max=True),
)
def test_a_window_of_24_hour_days_holds_whole_local_days(
    cutoff: int, horizon: int, beside: int, share: float
) -> None:
    day = cutoff + horizon + beside
    end = midnight(SCHEDULE.start + timedelta(days=cutoff), TIMEZONE) + horizon * DAY
    start_of_day = midnight(SCHEDULE.start + timedelta(days=day), TIMEZONE)
    moment = start_of_day + int(opening_hours(np.array([share]))[0])
    assert (moment < end) == (beside < 0)
    assert (start_of_day + LETTERS_LEAVE < end) == (beside < 0)


def test_rounds_take_turns() -> None:
    rounds = Rounds(first=3, every=10, lasts=2, kinds=("a", "b"))
    assert {day: kind for day in range(30) if (kind := rounds.starting(day))} == {
        3: "a",
        13: "b",
        23: "a",
    }
    assert {day: kind for day in range(20) if (kind := rounds.under_way(day))} == {
        4: "a",
        5: "a",
        14: "b",
        15: "b",
    }
    assert [day for day in range(20) if rounds.ends(day)] == [5, 15]


def test_a_round_is_over_before_the_next_begins() -> None:
    assert all(rounds.lasts < rounds.every for rounds in (CAMPAIGNS, ASKS))


def test_december_is_busier_and_people_grow_weary() -> None:
    june, december = SCHEDULE.day(155), SCHEDULE.day(155 + 26 * 7)
    assert december.bustle > june.bustle
    assert december.weariness > june.weariness


def test_midnights_are_local() -> None:
    assert SCHEDULE.midnights(200)[[0, 199]].tolist() == [
        midnight(date(2024, 1, 1), TIMEZONE),
        midnight(date(2024, 7, 18), TIMEZONE),
    ]
    assert SCHEDULE.number(date(2024, 7, 18)) == 199
