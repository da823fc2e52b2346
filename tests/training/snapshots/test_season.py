from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.clock import DAY
from training.bundle.arrays import Floats
from training.bundle.odds import sigmoid
from training.snapshots.season import YEAR, Past, Season, foretold

STEP, EMBARGO = 28, 90
BACK = tuple(EMBARGO + 14 * slice_ for slice_ in reversed(range(6)))
"""Days from the slices of a fit to the day that it is made for."""

Level = Callable[[Floats], Floats]


def past(level: Level, years: float = 4.0, customers: int = 4000, seed: int = 0) -> Past:
    """Return counts of a shop with two kinds of customers and a level that moves with the days."""
    days = np.arange(0.0, years * YEAR, STEP)
    draw = np.random.default_rng(seed)
    # The mix of the two kinds moves, too, and must not be taken for the level.
    share = 0.5 + 0.4 * np.sin(days / 100.0)
    asked = np.stack([customers * share, customers * (1 - share)], axis=1).astype(np.int64)
    rate = sigmoid(np.array([-1.0, 1.0]) + level(days)[:, None])
    cutoffs = np.round(days * DAY).astype(np.int64)
    return Past(cutoffs, asked, draw.binomial(asked, rate), EMBARGO)


def swing(days: Floats) -> Floats:
    return 0.5 * np.cos(2 * np.pi * days / YEAR)


def at(known: Past, day: float) -> Season:
    return known.season(round(day * DAY), [round((day - back) * DAY) for back in BACK])


def brought(level: Level, day: float, back: float = 0.0) -> float:
    """Return by how much a level at a day, or some days before it, lies above the slices'."""
    slices = level(day - np.array(BACK)).mean()
    return float(level(np.array([day - back]))[0] - slices)


@pytest.mark.parametrize("day", [1270.0, 1330.0, 1400.0, 1461.0])
def test_a_season_that_came_every_year_is_expected_again(day: float) -> None:
    found = at(past(swing), day)
    assert found.years >= 2
    assert 0.7 < found.followed <= 1.0
    assert found.shift == pytest.approx(found.followed * brought(swing, day), abs=0.08)
    newest = brought(swing, day, BACK[-1])
    assert found.newest == pytest.approx(found.followed * newest, abs=0.08)


@pytest.mark.parametrize("level", [lambda days: 0.0 * days, lambda days: 0.4 * (days / YEAR - 2)])
def test_without_a_season_next_to_nothing_is_expected(level: Level) -> None:
    shifts = [at(past(level, seed=seed), 1461.0).shift for seed in range(8)]
    # A trend goes on as it did: that is no season, and no mistake either.
    expected = brought(level, 1461.0)
    assert np.mean(shifts) == pytest.approx(expected, abs=0.1)
    assert np.abs(np.array(shifts) - expected).max() < 0.2


def test_years_that_contradict_each_other_are_not_followed() -> None:
    def level(days: Floats) -> Floats:
        return np.where((days // YEAR) % 2 > 0, 1.0, -1.0) * np.sin(2 * np.pi * days / YEAR)

    assert at(past(level), 1400.0).followed < 0.2


def test_less_than_half_a_year_to_hold_against_the_year_before_tells_nothing() -> None:
    longest = max(BACK) + YEAR + YEAR / 2 + EMBARGO
    assert at(past(swing), longest - 2 * STEP).followed == 0.0
    assert at(past(swing), longest + STEP).followed > 0.3


def test_who_was_asked_is_no_season() -> None:
    made = past(swing)
    alike = replace(made, asked=made.asked * 0 + 2000, did=made.did * 0)
    rate = sigmoid(np.array([-1.0, 1.0]) + swing(made.cutoffs / DAY)[:, None])
    alike = replace(alike, did=np.round(2000 * rate).astype(np.int64))
    assert at(made, 1400.0).shift == pytest.approx(at(alike, 1400.0).shift, abs=0.05)


@pytest.mark.parametrize("day", [900.0, 1300.0])
def test_nothing_that_was_not_known_yet_is_looked_at(day: float) -> None:
    made = past(swing)
    unknown = made.cutoffs + EMBARGO * DAY > day * DAY
    other = replace(made, did=np.where(unknown[:, None], made.asked, made.did))
    assert unknown.any()
    assert at(other, day) == at(made, day)


def test_without_slices_or_history_there_is_no_season() -> None:
    made = past(swing)
    assert made.season(int(made.cutoffs[-1]), []) == Season()
    assert at(made, 100.0) == Season()


def test_cutoffs_at_which_nobody_was_asked_are_no_trouble() -> None:
    made = past(swing)
    gap = np.isin(np.arange(len(made.cutoffs)), (20, 21))[:, None]
    found = at(replace(made, asked=np.where(gap, 0, made.asked), did=made.did * ~gap), 1400.0)
    assert found.shift == pytest.approx(at(made, 1400.0).shift, abs=0.15)


numbers = arrays(np.float64, 12, elements=st.floats(-3, 3, allow_nan=False))


@given(numbers, numbers, st.floats(0.0, 50.0))
def test_at_most_what_came_true_is_followed(foreseen: Floats, came: Floats, said: float) -> None:
    share = foretold(foreseen, came, said)
    assert 0.0 <= share <= 1.0
    # Followed so far, it would have come nearer to what came than standing still.
    before, after = float(came @ came), float((came - share * foreseen) @ (came - share * foreseen))
    assert after <= before + 1e-9


def test_more_years_that_agree_are_followed_further() -> None:
    shares = [at(past(swing, years), years * YEAR).followed for years in (2.3, 3.0, 4.0)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.05
