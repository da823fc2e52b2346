from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.checking.outlook import outlooks
from features.clock import DAY, midnight
from features.config import Config
from features.errors import LadderError
from features.history import History
from tests.training.snapshots.pasts import outcome, past, planned
from training.snapshots.auxiliary_cutoffs import (
    FURTHEST,
    MOST_ROWS,
    AuxiliaryCutoffs,
    CensoredCutoff,
)
from training.snapshots.cutoffs import plan, roll
from training.snapshots.outcome import Outcome
from training.snapshots.spacing import FORTNIGHT, WEEK, choose

days = st.dates(date(2015, 1, 1), date(2024, 12, 31))


def test_a_quarter_ahead_on_nine_months_of_history() -> None:
    made = planned(outcome(90), past(date(2010, 12, 1), date(2011, 9, 10), "Europe/London"))
    assert made.newest == date(2011, 6, 12)
    # 24 hours x 90 before the summer-time midnight of E is 23:00 on the 13th: that day begins it.
    assert made.evaluation[-1] == date(2011, 3, 13)
    assert made.evaluation[0] == date(2011, 1, 2)
    assert made.serving == tuple(date(2011, 6, 12) - timedelta(days=14 * k) for k in range(6))[::-1]
    assert made.notes == ()
    assert made.evaluation_auxiliary.censored == (
        CensoredCutoff(date(2011, 3, 29), 75),
        CensoredCutoff(date(2011, 4, 13), 60),
        CensoredCutoff(date(2011, 4, 28), 45),
        CensoredCutoff(date(2011, 5, 13), 30),
    )
    assert [str(one.day) for one in made.serving_auxiliary.censored] == [
        "2011-06-27",
        "2011-07-12",
        "2011-07-27",
        "2011-08-11",
    ]
    # Nothing is older than the first month but the evaluation fit's own.
    assert made.evaluation_auxiliary.earlier == ()
    assert [str(day) for day in made.serving_auxiliary.earlier] == [
        "2011-03-20",
        "2011-03-06",
        "2011-02-20",
        "2011-02-06",
        "2011-01-23",
        "2011-01-09",
    ]


def test_a_shop_with_rows_enough_has_no_other_cutoffs() -> None:
    most = MOST_ROWS // 6
    few, many = (
        planned(outcome(90), past(date(2022, 1, 1), date(2024, 1, 1), customers=count))
        for count in (most, most + 1)
    )
    assert few.serving_auxiliary.censored
    assert few.serving_auxiliary.earlier
    assert many.evaluation_auxiliary == many.serving_auxiliary == AuxiliaryCutoffs()
    assert (few.evaluation, few.serving, few.newest) == (
        many.evaluation,
        many.serving,
        many.newest,
    )


def newest_complete(end: date, days: int, zone: str) -> date:
    """Return the newest day from which so many times 24 hours end by the midnight of `end`."""
    day = end - timedelta(days=days)
    return day if midnight(day, zone) + days * DAY <= midnight(end, zone) else day - timedelta(1)


@given(days, st.integers(1, 200), st.integers(0, 30), st.integers(5, 900), st.integers(1, 12))
@example(date(2015, 1, 1), 14, 30, 89, 1)  # a clock put forward makes a day of a horizon too short
def test_no_label_of_the_fit_reaches_past_e_nor_past_the_history(
    first: date, horizon: int, gap: int, length: int, snapshots: int
) -> None:
    zone = "America/New_York"
    until = first + timedelta(days=length)
    history = past(first, until, zone, snapshots=snapshots)
    newest = newest_complete(until, horizon + gap, zone)
    if newest_complete(newest, horizon + gap, zone) <= first:
        with pytest.raises(LadderError, match=f"the history ends on {until}"):
            plan((outcome(horizon, gap),), history)
        return
    made, skipped = plan((outcome(horizon, gap),), history)
    end = midnight(until, zone)
    for one in made:
        embargo = (horizon + gap) * DAY
        assert midnight(one.newest, zone) + embargo <= midnight(until, zone)
        assert midnight(one.newest + timedelta(days=1), zone) + embargo > midnight(until, zone)
        assert midnight(one.evaluation[-1], zone) + embargo <= midnight(one.newest, zone)
        assert one.serving[-1] == one.newest
        assert first < one.evaluation[0]
        assert len(one.evaluation) <= snapshots >= len(one.serving)
        assert list(one.cutoffs) == sorted(set(one.cutoffs))
        fits = (
            (one.evaluation, one.evaluation_auxiliary, midnight(one.newest, zone)),
            (one.serving, one.serving_auxiliary, end),
        )
        for own, more, known_until in fits:
            newer = more.censored
            assert list(more.earlier) == sorted({*more.earlier}, reverse=True)
            for day in more.earlier:
                assert first + timedelta(days=30) <= day <= own[0] - timedelta(days=FORTNIGHT)
                assert (own[0] - day).days <= FURTHEST
            assert [each.day for each in newer] == sorted({each.day for each in newer})
            for each in newer:
                assert midnight(each.day, zone) + (gap + each.known_days) * DAY <= known_until
                assert each.known_days < horizon or horizon == 1
        assert all(each.day > one.evaluation[-1] for each in one.evaluation_auxiliary.censored)
        assert all(each.day > one.newest for each in one.serving_auxiliary.censored)
    assert not skipped


@given(days, st.integers(1, 800), st.integers(1, 12))
def test_cutoffs_are_as_many_and_as_far_apart_as_there_is_room(
    start: date, past_days: int, want: int
) -> None:
    limit = start + timedelta(days=past_days)
    chosen, note = choose(limit, start, start + timedelta(days=1), want)
    gaps = {(later - earlier).days for earlier, later in pairwise(chosen)}
    assert chosen[-1] == limit
    assert len(gaps) <= 1
    assert all(WEEK <= gap <= FORTNIGHT for gap in gaps)
    if past_days >= 30 + FORTNIGHT * want:
        assert (len(chosen), note) == (want, "")
    assert bool(note) == (len(chosen) < want or gaps not in (set(), {FORTNIGHT}))


def test_a_one_year_log_with_a_six_month_horizon_still_trains() -> None:
    made = planned(outcome(180), past(date(2023, 1, 1), date(2024, 1, 1)))
    assert made.evaluation == (date(2023, 1, 6),)
    assert made.notes == ("one cutoff up to 2023-01-06, for want of older history",)


def test_slices_before_a_kind_was_recorded_are_dropped() -> None:
    began = midnight(date(2023, 10, 1), "UTC") + 1
    made = planned(outcome(30, since=began), past(date(2022, 1, 1), date(2024, 1, 1)))
    assert made.evaluation[0] == date(2023, 10, 5)
    assert made.evaluation[-1] == date(2023, 11, 2)
    assert "5 cutoffs 7 days apart" in made.notes[0]


def test_a_history_that_is_too_short_is_told_when_it_will_do_and_what_would_do_now() -> None:
    with pytest.raises(LadderError) as caught:
        plan((outcome(90),), past(date(2024, 1, 1), date(2024, 5, 1)))
    assert "until 2024-06-30, the history ends on 2024-05-01" in caught.value.came
    assert "a horizon of at most 60 days would work now" in caught.value.came
    planned(outcome(60), past(date(2024, 1, 1), date(2024, 5, 1)))
    planned(outcome(90), past(date(2024, 1, 1), date(2024, 6, 30)))


@given(
    first=days,
    long=st.integers(2, 500),
    horizon=st.integers(1, 300),
    gap=st.sampled_from((0, 7)),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/Santiago")),
)
def test_the_check_and_the_training_say_the_same_of_a_short_history_and_it_is_so(
    first: date, long: int, horizon: int, gap: int, zone: str
) -> None:
    def told(end: date, days: int) -> tuple[str, str]:
        history, settings = past(first, end, zone), {"horizon_days": days, "gap_days": gap}
        config = Config.from_dict({"shop": {"timezone": zone}, "churn": settings})
        look, refused = (
            next(iter(outlooks(config, history.span, {}))),
            refusal(outcome(days, gap), history),
        )
        assert look.possible == (not refused)
        return look.why, refused

    check, training = told(first + timedelta(days=long), horizon)
    if not training:
        return
    opens = re.search(r"rows until (\S+), ", training)
    longest = re.search(r"at most (\d+) days", training)
    assert opens
    assert f"works from {opens[1]} on" in check
    day = date.fromisoformat(opens[1])
    assert not told(day, horizon)[1]
    assert told(day - timedelta(days=1), horizon)[1]
    assert ("or now with" in check) == bool(longest)
    if longest:
        assert f"at most {longest[1]}." in check
        assert not told(first + timedelta(days=long), int(longest[1]))[1]
        assert told(first + timedelta(days=long), int(longest[1]) + 1)[1]


def refusal(asked: Outcome, history: History) -> str:
    """Return why no plan can be made; nothing if one can."""
    try:
        plan((asked,), history)
    except LadderError as error:
        return error.came
    return ""


def test_an_outcome_with_too_long_a_horizon_is_skipped_beside_one_that_works() -> None:
    history = past(date(2024, 1, 1), date(2024, 9, 1))
    made, skipped = plan((outcome(90), outcome(180)), history)
    assert len(made) == 1
    assert "2024-12-27" in skipped[0].why


@given(first=days, long=st.integers(200, 1500), horizon=st.integers(7, 90), count=st.integers(1, 9))
def test_rolled_plans_end_before_they_are_judged_and_the_last_is_the_plan(
    first: date, long: int, horizon: int, count: int
) -> None:
    history = past(first, first + timedelta(days=long), "Europe/Berlin")
    newest = planned(outcome(horizon), history)
    rolled = roll(newest, history, count)
    assert 1 <= len(rolled) <= count
    assert (rolled[-1].newest, rolled[-1].evaluation) == (newest.newest, newest.evaluation)
    for early, late in pairwise(rolled):
        assert late.newest - early.newest >= timedelta(days=WEEK)
    for one in rolled:
        label_ends = midnight(one.evaluation[-1], "Europe/Berlin") + horizon * DAY
        assert label_ends <= midnight(one.newest, "Europe/Berlin")
        assert one.evaluation[0] > first
        for newer in one.evaluation_auxiliary.censored:
            known_until = midnight(newer.day, "Europe/Berlin") + newer.known_days * DAY
            assert known_until <= midnight(one.newest, "Europe/Berlin")


def test_by_default_a_day_of_judgement_every_half_horizon_over_the_whole_history() -> None:
    history = past(date(2022, 1, 1), date(2024, 1, 1))
    rolled = roll(planned(outcome(90), history), history)
    assert len(rolled) == 8
    # The first has a warm-up, a slice to learn from and its horizon before it.
    assert date(2022, 5, 2) <= rolled[0].newest <= date(2022, 5, 15)
    shorter = past(date(2022, 1, 1), date(2023, 3, 1))
    every = pairwise(one.newest for one in roll(planned(outcome(90), shorter), shorter))
    assert [(late - early).days for early, late in every] == [53] * 4, "no closer than 45 days"
