from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from features.sample import people
from features.sample.model import (
    ASKED,
    DAILY,
    FLAGS,
    HAPPY,
    MOODS,
    SITUATIONS,
    TREATED,
    Model,
    after_survey,
)
from features.sample.schedule import CAMPAIGNS, Schedule

MODEL, SCHEDULE = Model(), Schedule(date(2024, 1, 1))
VOUCHER_DAY, REMINDER_DAY, REFER_DAY, REVIEW_DAY = 40, 100, 50, 95


def situation(temper: str, mood: str) -> int:
    names = [one.name for one in people.TEMPERS]
    return names.index(temper) * MOODS + people.MOODS.index(mood)


@pytest.mark.parametrize("number", [0, VOUCHER_DAY, REMINDER_DAY, 30, 40, 51, 61, 2_000])
def test_everything_is_a_probability(number: int) -> None:
    day = SCHEDULE.day(number)
    np.testing.assert_allclose(MODEL.start.sum(), 1)
    for marks in MODEL.marks.values():
        np.testing.assert_allclose(marks.sum(axis=1), 1)
    for treated in (False, True):
        for truth in (False, True):
            moves = MODEL.moves(day, treated, truth)
            assert (moves >= 0).all()
            np.testing.assert_allclose(moves.sum(axis=2), 1)
            np.testing.assert_allclose(MODEL.letters(day, truth).sum(axis=1), 1)
    for name in DAILY:
        chances = MODEL.chances(name, day)
        assert chances.shape == (FLAGS, SITUATIONS)
        assert ((chances >= 0) & (chances < 0.2)).all()


def test_orders_follow_temper_calendar_and_voucher() -> None:
    day, devoted = SCHEDULE.day(VOUCHER_DAY), situation("devoted", "content")
    chances = MODEL.chances("order", day)
    assert day.campaign == "voucher"
    assert chances[0, devoted] == pytest.approx(1 - np.exp(-18 / 365.25 * day.bustle))
    assert chances[TREATED, devoted] < chances[0, devoted]  # some treatments do harm
    bargain = situation("bargain hunter", "content")
    assert chances[TREATED, bargain] > chances[0, bargain]
    assert chances[0, situation("devoted", "gone")] == 0


def test_a_reminder_drives_the_annoyed_off() -> None:
    day, steady = SCHEDULE.day(REMINDER_DAY), 0
    assert day.campaign == "reminder"
    left_alone, reminded = (
        MODEL.moves(day, treated, False)[steady, people.ANNOYED, people.GONE]
        for treated in (False, True)
    )
    assert reminded == pytest.approx(people.REMINDER_DRIVES_OFF * left_alone)


def test_a_ticket_annoys() -> None:
    calm, trouble = (MODEL.moves(SCHEDULE.day(5), False, ticket) for ticket in (False, True))
    assert (calm[:, people.CONTENT, people.ANNOYED] == 0).all()
    expected = people.TROUBLE_ANNOYS[people.CONTENT]
    assert (trouble[:, people.CONTENT, people.ANNOYED] == expected).all()


@pytest.mark.parametrize(("number", "asked_for"), [(REFER_DAY, "refer"), (REVIEW_DAY, "review")])
def test_asking_helps_what_is_asked_for(number: int, asked_for: str) -> None:
    day, fan = SCHEDULE.day(number), situation("steady", "fan")
    assert day.ask == asked_for
    for name in ("refer", "review", "share"):
        chances = MODEL.chances(name, day)[:, fan]
        assert (chances[ASKED] > 3 * chances[0]) == (name == asked_for)


def test_the_chance_of_sharing_is_the_same_for_all_on_every_day() -> None:
    chances = [MODEL.chances("share", SCHEDULE.day(number)) for number in (0, REFER_DAY, 900)]
    assert len(np.unique(chances)) == 1


def test_only_the_happy_and_contactable_are_asked() -> None:
    day = SCHEDULE.day(40)
    letters = MODEL.letters(day, contactable=True)
    assert letters[HAPPY, ASKED] == pytest.approx(people.ASKED)
    assert letters[HAPPY, 0] == pytest.approx(1 - people.ASKED)
    assert letters[0, 0] == 1
    assert MODEL.letters(day, contactable=False)[HAPPY, 0] == 1


def test_influence_ends_and_happiness_lasts_until_the_next_ask() -> None:
    over = SCHEDULE.day(CAMPAIGNS.first + CAMPAIGNS.lasts)
    assert MODEL.letters(over, True)[TREATED | HAPPY, HAPPY] == 1
    assert MODEL.letters(SCHEDULE.day(61), True)[ASKED | HAPPY | TREATED, HAPPY | TREATED] == 1
    assert MODEL.letters(SCHEDULE.day(62), True)[HAPPY, HAPPY] == 1


def test_the_latest_answer_counts() -> None:
    flags, answers = np.array([0, HAPPY, TREATED, ASKED | HAPPY]), np.array([2, 1, 2, 0])
    assert after_survey(flags, answers).tolist() == [HAPPY, 0, TREATED | HAPPY, ASKED]
