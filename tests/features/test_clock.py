"""Instants, windows and the shop's local days, with the clock changes of real timezones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.clock import (
    DAY,
    EARLIEST,
    LocalCalendar,
    Window,
    day_begun,
    day_of,
    day_to_begin,
    end_before,
    instant,
    local_date,
    midnight,
)
from features.errors import UsageError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = [
    *("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("America/Santiago", "Pacific/Apia", "UTC"),
]


def utc(instant_: int) -> str:
    return (EPOCH + timedelta(microseconds=instant_)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "timezone", "starts"),
    [
        (date(2024, 1, 15), "Europe/London", "2024-01-15 00:00"),
        (date(2024, 7, 15), "Europe/London", "2024-07-14 23:00"),
        (date(2024, 3, 31), "Europe/London", "2024-03-31 00:00"),  # clocks change later that day
        (date(2024, 4, 1), "Europe/London", "2024-03-31 23:00"),
        (date(2024, 11, 3), "America/New_York", "2024-11-03 04:00"),
        (date(2024, 11, 4), "America/New_York", "2024-11-04 05:00"),
        (date(2024, 2, 29), "Asia/Kolkata", "2024-02-28 18:30"),
        # midnight came twice, or not at all: standard time counts
        (date(2024, 4, 7), "America/Santiago", "2024-04-07 04:00"),
        (date(2024, 9, 8), "America/Santiago", "2024-09-08 04:00"),
    ],
)
def test_midnight_is_where_the_local_day_starts(day: date, timezone: str, starts: str) -> None:
    assert utc(midnight(day, timezone)) == starts


@settings(max_examples=200, derandomize=True)
@given(st.dates(date(1971, 1, 1), date(2099, 12, 31)), st.sampled_from(ZONES[:4]))
def test_midnight_is_the_first_instant_of_its_day(day: date, timezone: str) -> None:
    start = midnight(day, timezone)
    assert local_date(start, timezone) == day
    assert local_date(start - 1, timezone) == day - timedelta(days=1)


@settings(max_examples=200, derandomize=True)
@given(
    st.datetimes(datetime(1975, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([*ZONES, "America/Havana"]),
)
@example(datetime(2024, 11, 3, 4, 30, tzinfo=UTC), "America/Havana")  # before its second midnight
@example(datetime(2024, 7, 14, 23, tzinfo=UTC), "Europe/London")  # at midnight itself
def test_an_instant_lies_between_two_midnights(at: datetime, timezone: str) -> None:
    moment, one = instant(at), timedelta(days=1)
    begun, ahead = day_begun(moment, timezone), day_to_begin(moment, timezone)
    assert midnight(begun, timezone) <= moment < midnight(begun + one, timezone)
    assert midnight(ahead - one, timezone) < moment <= midnight(ahead, timezone)


def test_a_history_ends_between_the_first_day_of_any_row_and_tomorrow() -> None:
    assert end_before(EARLIEST, "UTC") == DAY
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert end_before(tomorrow, "UTC") == midnight(tomorrow, "UTC")


def test_an_instant_needs_a_timezone() -> None:
    assert instant(datetime(1970, 1, 2, 1, tzinfo=ZoneInfo("Europe/Paris"))) == DAY
    with pytest.raises(ValueError, match="timezone"):
        instant(datetime(1970, 1, 2))


@pytest.mark.parametrize(
    ("moment", "timezone", "day", "weekday", "hour"),
    [
        ("2024-03-31T00:59:59.999999Z", "Europe/London", "2024-03-31", 6, 0),
        ("2024-03-31T01:00:00Z", "Europe/London", "2024-03-31", 6, 2),
        ("2024-10-27T00:30:00Z", "Europe/London", "2024-10-27", 6, 1),
        ("2024-10-27T01:30:00Z", "Europe/London", "2024-10-27", 6, 1),  # 01:30 once more
        ("2024-10-26T23:00:00Z", "Europe/London", "2024-10-27", 6, 0),
        ("2024-02-29T23:59:59Z", "Europe/London", "2024-02-29", 3, 23),
        ("2024-03-10T06:59:59Z", "America/New_York", "2024-03-10", 6, 1),
        ("2024-03-10T07:00:00Z", "America/New_York", "2024-03-10", 6, 3),
        ("2024-06-30T23:30:00Z", "Asia/Kolkata", "2024-07-01", 0, 5),
        ("1969-12-31T23:00:00Z", "UTC", "1969-12-31", 2, 23),
    ],
)
def test_local_days_weekdays_and_hours(
    moment: str, timezone: str, day: str, weekday: int, hour: int
) -> None:
    calendar = LocalCalendar(timezone)
    at = np.array([instant(datetime.fromisoformat(moment))])
    assert date(1970, 1, 1) + timedelta(days=int(calendar.days(at)[0])) == date.fromisoformat(day)
    assert calendar.weekdays(at).tolist() == [weekday]
    assert calendar.hours(at).tolist() == [hour]


@settings(max_examples=300, derandomize=True)
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
)
def test_the_calendar_agrees_with_zoneinfo(moment: datetime, timezone: str) -> None:
    local = moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=UTC)
    assert LocalCalendar(timezone).local(np.array([instant(moment)])).tolist() == [instant(local)]


@pytest.mark.parametrize(
    ("window", "starts", "ends", "days"),
    [
        (Window.before(7), -7, 0, 7),
        (Window.before(None), None, 0, None),
        (Window.after(14, 90), 14, 104, 90),
        (Window(-365, -274), -365, -274, 91),
    ],
)
def test_windows_are_days_from_the_cutoff(
    window: Window, starts: int | None, ends: int, days: int | None
) -> None:
    assert (window.start, window.end, window.days) == (starts, ends, days)


@pytest.mark.parametrize(
    "named",
    [
        date(2024, 7, 1),
        "2024-07-01",
        datetime(2024, 7, 1),
        datetime(2024, 6, 30, 23, tzinfo=UTC),
        pd.Timestamp("2024-07-01"),
        pd.Timestamp("2024-07-01", tz="Europe/London"),
        np.datetime64("2024-07-01"),
        np.datetime64("2024-07-01", "ns"),
    ],
)
def test_a_day_is_taken_in_whatever_form_a_frame_or_a_person_has_it(named: date | str) -> None:
    assert day_of(named, "Europe/London") == date(2024, 7, 1)


def test_a_day_may_be_named_by_its_first_instant_where_midnight_is_missing() -> None:
    zone = "America/Santiago"
    first = datetime(2024, 9, 8, 1, tzinfo=ZoneInfo(zone))
    assert day_of(first, zone) == date(2024, 9, 8)


@pytest.mark.parametrize(
    "wrong",
    [
        datetime(2024, 7, 1, 17),
        pd.Timestamp("2024-07-01", tz="UTC"),  # 01:00 in London
        pd.NaT,
        np.datetime64("NaT"),
        "yesterday",
        "",
        20240701,
    ],
)
def test_anything_else_is_refused_with_what_to_pass(wrong: date | str) -> None:
    with pytest.raises(UsageError, match=r"(?s)midnight in Europe/London.*Pass the date alone"):
        day_of(wrong, "Europe/London")
