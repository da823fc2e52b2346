"""Forward filtering against the definition: a sum over every path the hidden situation can take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from features.sample.belief import beliefs
from features.sample.draws import Floats
from features.sample.model import DAILY, MOODS, SITUATIONS, TREATED, Model
from features.sample.schedule import Schedule
from features.sample.simulate import Crowd, Lives, live

MODEL, SCHEDULE = Model(), Schedule(date(2024, 1, 1))
CUTOFF = 45  # a newsletter on day 42, letters on the evenings of days 30 and 40


@pytest.fixture(scope="module")
def lives() -> Lives:
    return live(MODEL, SCHEDULE, Crowd.drawn(20_000, 60, seed=1), 60)


def chance_of_day(lives: Lives, customer: int, number: int, situation: int) -> float:
    """P(the customer's rows of a day | situation), happening by happening."""
    day, flag = SCHEDULE.day(number), int(lives.flags[number, customer])
    chance = 1.0
    for name in (*DAILY, "newsletter"):
        who, marks = lives.happenings[name].on(number)
        mark = marks[who == customer]
        happens = 1.0 if name == "newsletter" else MODEL.chances(name, day)[flag, situation]
        if len(mark):
            chance *= happens * MODEL.marks[name][situation, mark[0]]
        elif name != "newsletter":
            chance *= 1 - happens
    return chance


def paths(
    lives: Lives, customer: int, number: int, situation: int, chance: float
) -> Iterator[tuple[int, float]]:
    """Yield where each path ends and P(path and rows)."""
    if number == CUTOFF:
        yield situation, chance
        return
    chance *= chance_of_day(lives, customer, number, situation)
    trouble = customer in lives.happenings["ticket"].on(number)[0]
    treated = bool(lives.flags[number, customer] & TREATED)
    temper, mood = divmod(situation, MOODS)
    moves = MODEL.moves(SCHEDULE.day(number), treated, trouble)[temper, mood]
    for to in np.flatnonzero(moves):
        after = temper * MOODS + int(to)
        yield from paths(lives, customer, number + 1, after, chance * moves[to])


def by_enumeration(lives: Lives, customer: int) -> Floats:
    total = np.zeros(SITUATIONS)
    for first in np.flatnonzero(MODEL.start):
        start = int(lives.crowd.signed[customer]) + 1
        for end, chance in paths(lives, customer, start, int(first), float(MODEL.start[first])):
            total[end] += chance
    belief: Floats = total / total.sum()
    return belief


def test_filtering_equals_the_sum_over_all_paths(lives: Lives) -> None:
    belief = beliefs(MODEL, SCHEDULE, lives, CUTOFF)
    signed = lives.crowd.signed
    counts = [
        np.bincount(h.customer[h.day < CUTOFF], minlength=len(signed))
        for h in lives.happenings.values()
    ]
    rows = np.sum(counts, axis=0)
    # Whoever had the most to tell in four to five days, one of them without consent to letters.
    lately = np.flatnonzero((signed >= CUTOFF - 6) & (signed < CUTOFF - 4))
    busiest = lately[np.argsort(-rows[lately])][:5]
    unwilling = lately[~lives.crowd.marketing[lately]][:1]
    for customer in (*busiest.tolist(), *unwilling.tolist()):
        np.testing.assert_allclose(
            belief[customer], by_enumeration(lives, customer), rtol=1e-10, atol=1e-15
        )


def test_the_test_meets_letters_and_tickets(lives: Lives) -> None:
    assert len(lives.happenings["campaign"].on(30)[0])
    assert len(lives.happenings["ticket"].on(43)[0])


def test_who_orders_is_not_looking_and_who_just_came_is_as_drawn(lives: Lives) -> None:
    belief = beliefs(MODEL, SCHEDULE, lives, CUTOFF)
    customers = lives.happenings["order"].on(CUTOFF - 1)[0]
    looking = belief[customers].reshape(len(customers), -1, 6)[:, :, 0]
    assert looking.sum() == 0
    newcomers = np.flatnonzero(lives.crowd.signed == CUTOFF - 1)
    np.testing.assert_allclose(belief[newcomers], np.tile(MODEL.start, (len(newcomers), 1)))


def test_what_happens_later_changes_nothing(lives: Lives) -> None:
    shorter = live(MODEL, SCHEDULE, lives.crowd, CUTOFF)
    np.testing.assert_array_equal(
        beliefs(MODEL, SCHEDULE, shorter, CUTOFF), beliefs(MODEL, SCHEDULE, lives, CUTOFF)
    )
