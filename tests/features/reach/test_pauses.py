from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pytest

from features.reach.days import Days
from features.reach.pauses import Pause, pauses

OPENED = date(2020, 1, 1)


def rows(numbers: Iterable[int], each: int = 10) -> Days:
    return {OPENED + timedelta(days=number): each for number in numbers}


def summers(years: int) -> list[int]:
    """Return the days of a shop that opens from March to September."""
    return [n for n in range(365 * years) if 60 <= n % 365 < 270]


def test_a_shop_that_was_shut_in_the_midst_paused() -> None:
    shut = range(400, 500)
    days = rows(n for n in range(800) if n not in shut)
    (found,) = pauses(days)
    assert found == Pause(OPENED + timedelta(days=400), OPENED + timedelta(days=500))
    assert found.days == 100


def test_two_pauses_at_other_times_of_year_are_both_told() -> None:
    shut = {*range(300, 400), *range(800, 860)}
    assert [one.days for one in pauses(rows(n for n in range(1200) if n not in shut))] == [100, 60]


@pytest.mark.parametrize(
    "open_on",
    [
        pytest.param([n for n in range(900) if n % 365 < 351], id="a fortnight at Christmas"),
        pytest.param([n for n in range(900) if n % 7 < 5], id="weekends"),
        pytest.param(summers(4), id="every winter"),
        pytest.param(range(0, 2000, 60), id="bills every other month"),
        pytest.param([*range(10), *range(100, 110)], id="too few days to tell"),
        pytest.param([n for n in range(300) if not 200 <= n < 227], id="less than four weeks"),
        pytest.param([1, *range(700, 1400)], id="a single early row"),
        pytest.param([*range(700), 1400], id="a single late row"),
        pytest.param([], id="nothing"),
    ],
)
def test_what_is_usual_is_no_pause(open_on: Iterable[int]) -> None:
    assert pauses(rows(open_on)) == ()


def test_a_tiny_shop_with_rows_on_few_days_does_not_pause_by_chance() -> None:
    draw = np.random.default_rng(3)
    found = [pauses(rows(np.flatnonzero(draw.random(1500) < 0.05).tolist())) for _ in range(200)]
    assert sum(map(bool, found)) <= 2


def test_a_season_hides_no_pause() -> None:
    days = summers(5)
    (short,) = pauses(rows(n for n in days if not 890 <= n < 950))
    (long,) = pauses(rows(n for n in days if not 790 <= n < 1000))
    assert short.days == 60
    assert long.days == 155 + 210 + 155
