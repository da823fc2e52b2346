from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.clock import DAY
from training.bundle.arrays import Flags, Floats
from training.bundle.odds import sigmoid
from training.snapshots.season import MOST_YEARS, YEAR, Counts, Levels, Past, Season, shrinkage

STEP, EMBARGO, EARLY = 28, 90, 28
BACK = tuple(EMBARGO + 14 * slice_ for slice_ in reversed(range(6)))
"""Days from the slices of a fit to the day that it is made for."""

Level = Callable[[Floats], Floats]


def past(
    level: Level,
    years: float = 4.0,
    customers: int = 4000,
    seed: int = 0,
    early: Level | None = None,
) -> Past:
    """Return counts of a shop with two kinds of customers and a level that moves with the days.

    The level of the first weeks of a label is that of the whole, unless said.
    """
    whole = counts(level, years, customers, seed, EMBARGO)
    return Past(whole, counts(early or level, years, customers, seed + 100, EARLY))


def counts(level: Level, years: float, customers: int, seed: int, embargo: int) -> Counts:
    days = np.arange(0.0, years * YEAR, STEP)
    draw = np.random.default_rng(seed)
    # The mix of the two kinds moves, too, and must not be taken for the level.
    share = 0.5 + 0.4 * np.sin(days / 100.0)
    asked = np.stack([customers * share, customers * (1 - share)], axis=1).astype(np.int64)
    rate = sigmoid(np.array([-1.0, 1.0]) + level(days)[:, None])
    cutoffs = np.round(days * DAY).astype(np.int64)
    return Counts(cutoffs, asked, draw.binomial(asked, rate), embargo)


def parts(known: Past) -> tuple[Counts, Counts]:
    return known.complete, known.early


def without(known: Counts, kept: Flags) -> Counts:
    """Return counts of some cutoffs only."""
    return Counts(known.cutoffs[kept], known.asked[kept], known.did[kept], known.embargo_days)


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


def contrary(days: Floats) -> Floats:
    """Return a level that does in every year the opposite of the year before."""
    return np.where((days // YEAR) % 2 > 0, 1.0, -1.0) * np.sin(2 * np.pi * days / YEAR)


@pytest.mark.parametrize("day", [650.0, 730.0, 1400.0])
def test_years_that_contradict_each_other_are_not_followed(day: float) -> None:
    assert at(past(contrary), day).followed < 0.2


def test_less_than_half_a_year_to_hold_against_the_year_before_tells_nothing() -> None:
    least = YEAR + YEAR / 2 + EARLY
    assert at(past(swing), least - STEP).followed == 0.0
    assert at(past(swing), least + STEP).followed > 0.3


def test_the_first_weeks_of_a_label_tell_a_young_shop_whether_its_years_are_alike() -> None:
    """Not one day whose whole label is known can be held against the year before it."""
    day = YEAR + max(BACK) + EMBARGO - STEP / 2
    found = at(past(swing), day)
    assert found.years == 1
    assert found.shift == pytest.approx(found.followed * brought(swing, day), abs=0.08)
    assert found.followed > 0.3
    assert at(past(swing, early=contrary), day).followed < 0.1


@pytest.mark.parametrize("day", [640.0, 800.0])
def test_a_first_year_unlike_the_second_in_its_level_alone_hides_no_season(day: float) -> None:
    def grown(days: Floats) -> Floats:
        return swing(days) + np.where(days > YEAR, 0.8, 0.0)

    steady, moved = (at(past(swing, early=level), day).followed for level in (swing, grown))
    assert moved == pytest.approx(steady, abs=0.15)


def test_who_was_asked_is_no_season() -> None:
    made = past(swing)
    rate = sigmoid(np.array([-1.0, 1.0]) + swing(made.complete.cutoffs / DAY)[:, None])
    did = np.round(2000 * rate).astype(np.int64)
    alike = Past(
        *(replace(one, asked=did * 0 + 2000, did=did) for one in (made.complete, made.early))
    )
    assert at(made, 1400.0).shift == pytest.approx(at(alike, 1400.0).shift, abs=0.05)


@pytest.mark.parametrize("day", [660.0, 900.0, 1300.0])
def test_nothing_that_was_not_known_yet_is_looked_at(day: float) -> None:
    def hidden(known: Counts) -> Counts:
        unknown = known.cutoffs + known.embargo_days * DAY > day * DAY
        assert unknown.any()
        return replace(known, did=np.where(unknown[:, None], known.asked, known.did))

    made = past(swing)
    assert at(made, day).followed > 0.0
    assert at(Past(hidden(made.complete), hidden(made.early)), day) == at(made, day)


def test_without_slices_or_history_there_is_no_season() -> None:
    made = past(swing)
    assert made.season(int(made.complete.cutoffs[-1]), []) == Season()
    assert at(made, 100.0) == Season()


def test_a_level_is_what_moved_whoever_was_asked() -> None:
    """Of six kinds of customers, who came and went, with so many that chance hardly shows."""
    days = np.arange(0.0, 2 * YEAR, STEP)
    kinds, moved = np.linspace(-2.0, 2.0, 6), swing(days)
    mix = 1.2 + np.sin(days[:, None] / 100.0 + np.arange(6))
    asked = np.round(1e6 * mix).astype(np.int64)
    did = np.round(asked * sigmoid(kinds + moved[:, None])).astype(np.int64)
    known = Counts(np.round(days * DAY).astype(np.int64), asked, did, EMBARGO)
    last = int(known.cutoffs[-1]) + EMBARGO * DAY
    found, before = known.levels(last), known.levels(last - 1)
    assert found is not None
    assert before is not None
    assert (len(found.values), len(before.values)) == (len(days), len(days) - 1)
    np.testing.assert_allclose(found.days, days)
    np.testing.assert_allclose(found.values - found.values.mean(), moved - moved.mean(), atol=0.001)


def test_a_year_is_held_against_the_levels_beside_its_days_and_none_is_made_up() -> None:
    draw = np.random.default_rng(0)
    days = np.arange(0.0, 6 * YEAR, STEP)
    # A pause of months, and one in which a single cutoff told nothing.
    days = days[((days < 500) | (days > 800)) & (np.arange(len(days)) != 40)]
    values = draw.normal(size=len(days))

    def level(day: float) -> float:
        after = int(np.searchsorted(days, day))
        if not 0 < after < len(days) or days[after] - days[after - 1] > STEP:
            return np.nan
        share = (day - days[after - 1]) / STEP
        return float(values[after - 1] * (1 - share) + values[after] * share)

    then = np.array([[level(day - YEAR * ago) for day in days] for ago in range(1, MOST_YEARS + 1)])
    known = np.isfinite(then).any(axis=0)
    expected = np.nanmean(then[:, known], axis=0)
    before, since = Levels(days, values, EMBARGO).years_apart()
    np.testing.assert_allclose(before, expected - expected.mean())
    np.testing.assert_allclose(since, values[known] - values[known].mean())


def test_cutoffs_at_which_nobody_was_asked_are_no_trouble() -> None:
    made = past(swing)
    gap = np.isin(np.arange(len(made.complete.cutoffs)), (20, 21))[:, None]
    empty = (
        replace(one, asked=np.where(gap, 0, one.asked), did=one.did * ~gap)
        for one in (made.complete, made.early)
    )
    found = at(Past(*empty), 1400.0)
    assert found.shift == pytest.approx(at(made, 1400.0).shift, abs=0.15)


numbers = arrays(np.float64, 12, elements=st.floats(-3, 3, allow_nan=False))


@given(numbers, numbers, st.floats(0.0, 50.0))
def test_at_most_what_came_true_is_followed(foreseen: Floats, came: Floats, said: float) -> None:
    share = shrinkage(foreseen, came, said)
    assert 0.0 <= share <= 1.0
    # Followed so far, it would have come nearer to what came than standing still.
    before, after = float(came @ came), float((came - share * foreseen) @ (came - share * foreseen))
    assert after <= before + 1e-9


def test_more_years_that_agree_are_followed_further() -> None:
    shares = [at(past(swing, years), years * YEAR).followed for years in (2.3, 3.0, 4.0)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.05


def test_levels_are_not_made_up_of_years_in_which_the_shop_was_shut() -> None:
    whole = past(swing, 7.0)
    day = 6.5 * YEAR
    open_then = [
        (c.cutoffs < 3.0 * YEAR * DAY) | (c.cutoffs > 5.0 * YEAR * DAY) for c in parts(whole)
    ]
    paused = Past(*(without(c, kept) for c, kept in zip(parts(whole), open_then, strict=True)))
    found = at(paused, day)
    assert (at(whole, day).years, found.years) == (4, 2)
    assert found.shift == pytest.approx(brought(swing, day), abs=0.15)
