"""Date formats told from the dates."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading.formats import counted_instant, date_formats

FORMATS = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M",
    "%Y/%m/%d",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%y %I:%M %p",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%d %b %Y",
    "%d-%B-%Y",
    "%d-%b-%y",
    "%a, %d %b %Y %H:%M:%S",
    "%b %d, %Y",
    "%B %d, %Y %I:%M %p",
    "%d.%m.%Y, %H:%M:%S",
    "%d.%m.%Y %H:%M Uhr",
]
DAYS = [datetime(2024, month, day, 14, 5, 9) for month in (1, 6, 12) for day in (1, 9, 28)]


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_is_told_from_its_dates(form: str) -> None:
    assert date_formats(day.strftime(form) for day in DAYS) == [form]


def test_the_commonest_format_comes_first_and_prose_is_left_out() -> None:
    written = ["2024/05/01", "13.5.2024", "14.5.2024", "last week"]
    assert date_formats(written) == ["%d.%m.%Y", "%Y/%m/%d"]


@pytest.mark.parametrize(
    ("numbers", "clock"),
    [
        (["45292", "45658.25"], "1899-12-30"),
        (["1704067200", "1735689600"], "to_timestamp(at)"),
        (["1704067200000"], "to_timestamp(at / 1000)"),
        (["3", "4"], None),
    ],
)
def test_instants_counted_in_numbers_are_told_by_their_size(
    numbers: list[str], clock: str | None
) -> None:
    found = counted_instant("at", numbers)
    assert (found is None) if clock is None else (found is not None and clock in found[0])


@given(st.lists(st.text(max_size=12)))
def test_any_text_is_survived(values: list[str]) -> None:
    assert isinstance(date_formats(values), list)
