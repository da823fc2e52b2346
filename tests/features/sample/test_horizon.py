"""Backward recursion against the definition: a walk through every possible future."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from features.sample import people
from features.sample.draws import Floats
from features.sample.horizon import stays_quiet
from features.sample.model import ASKED, HAPPY, MOODS, PROMOTER, TREATED, Model
from features.sample.schedule import ASKS, CAMPAIGNS, Day, Schedule

MODEL, SCHEDULE = Model(), Schedule(date(2024, 1, 1))


def walk(name: str, window: tuple[int, int, int], may: bool, flag: int, situation: int) -> float:
    """P(nothing of the name happens), by trying every survey answer, ticket, letter and move."""
    number, first, end = window
    if number == end:
        return 1.0
    day = SCHEDULE.day(number)
    quiet = 1 - MODEL.chances(name, day)[flag, situation] if number >= first else 1.0
    answer = MODEL.chances("survey", day)[flag, situation]
    promoter = MODEL.marks["survey"][situation, PROMOTER]
    ticket = MODEL.chances("ticket", day)[flag, situation]
    total = 0.0
    for evening, says in (
        (flag, 1 - answer),
        (flag | HAPPY, answer * promoter),
        (flag & ~HAPPY, answer * (1 - promoter)),
    ):
        for tomorrow, sent in letters(number, evening, may):
            for trouble, opens in ((True, ticket), (False, 1 - ticket)):
                temper, mood = divmod(situation, MOODS)
                moves = MODEL.moves(day, bool(flag & TREATED), trouble)[temper, mood]
                for to in np.flatnonzero(moves * says * sent * opens):
                    ahead = walk(
                        name, (number + 1, first, end), may, tomorrow, temper * MOODS + int(to)
                    )
                    total += says * sent * opens * moves[to] * ahead
    return float(quiet * total)


def letters(number: int, flag: int, may: bool) -> list[tuple[int, float]]:
    """The flags of the next day and their chances, told once more in plain words."""
    if CAMPAIGNS.starting(number):
        treated = people.CONTACTED * people.TREATED if may else 0.0
        return [(flag | TREATED, treated), (flag & ~TREATED, 1 - treated)]
    if ASKS.starting(number):
        asked = people.ASKED if may and flag & HAPPY else 0.0
        left = flag & ~HAPPY
        return [(left | ASKED, asked), (left & ~ASKED, 1 - asked)]
    if CAMPAIGNS.ends(number):
        flag &= ~TREATED
    if ASKS.ends(number):
        flag &= ~ASKED
    return [(flag, 1.0)]


@pytest.mark.parametrize(
    ("name", "start"),
    [("order", 29), ("refer", 40), ("review", 84), ("order", 50), ("refer", 60)],
    ids=["campaign", "ask to refer", "ask to review", "campaign ends", "ask ends"],
)
@pytest.mark.parametrize("may", [True, False], ids=["contactable", "not contactable"])
def test_recursion_equals_the_walk(name: str, start: int, may: bool) -> None:
    window = (start, start + 1, start + 3)

    def quiet(day: Day) -> Floats:
        return 1 - MODEL.chances(name, day)

    ahead = stays_quiet(MODEL, SCHEDULE, quiet, window, may)
    for flag, situation in ((0, 1), (HAPPY, 2), (TREATED, 15), (ASKED | TREATED, 20), (7, 26)):
        expected = walk(name, window, may, flag, situation)
        assert ahead[flag, situation] == pytest.approx(expected, rel=1e-12)


def test_an_empty_horizon_is_quiet() -> None:
    ahead = stays_quiet(
        MODEL, SCHEDULE, lambda day: 1 - MODEL.chances("order", day), (9, 9, 9), True
    )
    assert (ahead == 1).all()
