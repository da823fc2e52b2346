from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.clock import DAY, midnight
from features.config import Config
from features.history import open_history
from features.reach.pauses import Pause
from tests.training.snapshots.pasts import outcome, past, planned
from training.snapshots.auxiliary_cutoffs import FURTHEST
from training.snapshots.cutoffs import plan, roll
from training.snapshots.outcomes import outcomes
from training.snapshots.shut import Shut, newest, shut, tells

ZONE = "Europe/Berlin"


def spoilt_days(cutoff: date, gap: int, horizon: int, pause: Pause) -> int:
    """Return how many days of a cutoff's horizon lie in a pause."""
    begin = cutoff + timedelta(days=gap)
    end = begin + timedelta(days=horizon)
    return max(0, (min(end, pause.end) - max(begin, pause.begin)).days)


@settings(max_examples=40)
@given(
    before=st.integers(100, 1000),
    days=st.integers(30, 800),
    since=st.integers(20, 500),
    horizon=st.integers(7, 120),
    gap=st.integers(0, 20),
)
def test_no_cutoff_teaches_or_judges_what_a_pause_spoils(
    before: int, days: int, since: int, horizon: int, gap: int
) -> None:
    first = date(2018, 1, 1)
    assume(before > 2 * (gap + horizon) + 30)
    assume(days >= horizon / 2)
    pause = Pause(first + timedelta(before), first + timedelta(before + days))
    history = past(first, pause.end + timedelta(since), ZONE, shut=pause)
    asked = outcome(horizon, gap)
    made, skipped = plan((asked,), history)
    assert not skipped
    for one in (*made, *roll(made[0], history)):
        fits = ((one.evaluation, one.evaluation_auxiliary), (one.serving, one.serving_auxiliary))
        known = [(day, horizon) for own, more in fits for day in (*own, *more.earlier)]
        known += [(each.day, each.known_days) for _, more in fits for each in more.censored]
        for day, long in [*known, (one.newest, horizon)]:
            assert spoilt_days(day, gap, long, pause) < long / 2
            assert not pause.begin < day <= pause.end
        label_ends = midnight(one.evaluation[-1], ZONE) + (gap + horizon) * DAY
        assert label_ends <= midnight(one.newest, ZONE)


def test_a_shop_that_was_shut_until_seven_months_ago_learns_from_both_sides() -> None:
    """And from what was before the pause: two years of it, as if there had been none."""
    pause = (date(2021, 6, 1), date(2023, 6, 1))
    made = planned(outcome(90), past(date(2019, 1, 1), date(2024, 1, 1), shut=pause))
    assert made.newest == date(2023, 10, 3)
    since, before = made.evaluation[3:], made.evaluation[:3]
    assert since == (date(2023, 6, 7), date(2023, 6, 21), date(2023, 7, 5))
    assert before == (date(2021, 3, 19), date(2021, 4, 2), date(2021, 4, 16))
    furthest = made.evaluation_auxiliary.earlier[-1]
    assert FURTHEST - 40 < (before[0] - furthest).days <= FURTHEST
    assert made.notes == (
        "cutoffs from 2021-04-17 to 2023-06-01 are left out, as orders have no row from "
        "2021-06-01 to 2023-05-31",
    )


def test_a_shop_that_opened_again_lately_is_judged_before_it_shut() -> None:
    pause = (date(2023, 3, 1), date(2023, 11, 1))
    made = planned(outcome(90), past(date(2020, 1, 1), date(2024, 1, 1), shut=pause))
    assert made.newest == made.serving[-1] == date(2023, 1, 14)


def test_where_all_is_spoilt_it_is_planned_as_if_it_were_not() -> None:
    """There is nothing better; it says so, and what would be."""
    pause = (date(2023, 2, 1), date(2023, 9, 1))
    beside = (date(2023, 1, 1), date(2023, 11, 1))
    made = planned(outcome(90), past(*beside, shut=pause))
    usual = planned(outcome(90), past(*beside))
    assert (made.cutoffs, made.notes[:-1]) == (usual.cutoffs, usual.notes)
    assert made.notes[-1] == (
        "most cutoffs lie in or just before a time without orders, and there are no others: "
        "figures and probabilities tell little; a horizon of at most 30 days would do now, or rows "
        "until 2024-02-29 would do"
    )
    since = past(beside[0], date(2024, 2, 29), shut=pause)
    assert "tell little" not in str(planned(outcome(90), since).notes)
    assert "tell little" not in str(planned(outcome(30), past(*beside, shut=pause)).notes)
    assert roll(made, past(*beside, shut=pause))[-1].newest == made.newest


@pytest.mark.parametrize(("days", "count"), [(44, 0), (45, 1)])
def test_a_pause_of_less_than_half_the_horizon_spoils_nothing(days: int, count: int) -> None:
    begin = date(2022, 6, 1)
    pause = Pause(begin, begin + timedelta(days=days))
    found = shut(outcome(90), past(date(2021, 1, 1), date(2024, 1, 1), shut=pause))
    assert len(found) == count
    if found:
        assert tells(date(2022, 4, 16), found)
        assert not tells(date(2022, 4, 17), found)
        assert not tells(pause.end, found)
        assert tells(pause.end + timedelta(days=1), found)
        assert newest(date(2022, 4, 16), found) == newest(date(2022, 4, 17), found)
        assert newest(date(2022, 4, 17), found) == newest(pause.end, found) == date(2022, 4, 16)
        assert newest(pause.end + timedelta(days=1), found) == pause.end + timedelta(days=1)


def test_so_many_cutoffs_are_spoilt_in_a_while() -> None:
    whole = [date(2022, 1, 1) + timedelta(days=n) for n in range(12)]
    spoilt = Shut(Pause(whole[5], whole[7]), whole[4], whole[7])
    for at, begin in enumerate(whole):
        for end in whole[at:]:
            lie = [day for day in whole if begin < day <= end and not tells(day, [spoilt])]
            assert spoilt.within(begin, end) == len(lie)


def test_what_was_before_a_long_pause_still_teaches() -> None:
    """Earlier cutoffs reach two open years back: a year since the shop opened again, and more."""
    pause = (date(2018, 6, 1), date(2022, 6, 1))
    made = planned(outcome(90), past(date(2016, 1, 1), date(2024, 1, 1), shut=pause))
    own, earlier = made.serving[0], made.serving_auxiliary.earlier
    spoilt = (date(2022, 6, 1) - date(2018, 4, 16)).days
    assert own > pause[1]
    assert FURTHEST - 28 <= (own - earlier[-1]).days - spoilt <= FURTHEST


def test_a_training_says_what_it_leaves_out() -> None:
    shut_then = {date(2023, 3, 1) + timedelta(days=n) for n in range(120)}
    days = (date(2022, 1, 1) + timedelta(days=n) for n in range(730))
    orders = pa.Table.from_pylist(
        [
            {"customer_id": f"c{day.toordinal() % 40}", "ordered_at": day, "amount": 9.0}
            for day in days
            if day not in shut_then
        ]
    )
    orders = orders.append_column("order_id", pa.array(map(str, range(len(orders)))))
    config = Config.from_dict({"shop": {"timezone": "UTC"}, "churn": {"horizon_days": 60}})
    with open_history(config, frames={"orders": orders}) as history:
        made, _ = plan(outcomes(config, history)[0][:1], history)
        pointed = [note for note in history.report.notes if "A training leaves out" in note]
    assert len(pointed) == 1
    assert made[0].notes == (
        "cutoffs from 2023-01-30 to 2023-06-29 are left out, as orders have no row from "
        "2023-03-01 to 2023-06-28",
    )
