"""What a situation leads to: the exact probability of what the days ahead bring."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.sample.draws import Floats
from features.sample.model import (
    FLAG,
    FLAGS,
    HAPPY,
    MOODS,
    PROMOTER,
    SITUATIONS,
    TEMPERS,
    TREATED,
    Model,
)
from features.sample.schedule import Day, Schedule

Quiet = Callable[[Day], Floats]
"""P(the happenings in question stay away for a day), shape (flags, situations)."""


def stays_quiet(
    model: Model, schedule: Schedule, quiet: Quiet, window: tuple[int, int, int], contactable: bool
) -> Floats:
    """Return P(nothing in question happens | flags, situation), shape (flags, situations).

    ``u_t(f, z) = q_t(f, z) sum over answers a, moves y, letters g of P(a | z) P(y | z, f) P(g | f
    after a) u_{t+1}(g, y)`` with ``u = 1`` at the end. Surveys, letters and moves to come are
    summed over, hence the asking policy, which looks at answers to come, costs no exactness.

    Parameters
    ----------
    model, schedule : Model, Schedule
    quiet : callable
        ``q_t``.
    window : tuple of int
        The day at whose start flags and situation are given, the first day that counts, and the
        first that no longer does.
    contactable : bool
        Whether letters may be sent.
    """
    cutoff, first, end = window
    ahead = np.ones((FLAGS, SITUATIONS))
    for number in range(end - 1, cutoff - 1, -1):
        day = schedule.day(number)
        ahead = _before(model, day, model.letters(day, contactable) @ ahead)
        if number >= first:
            ahead *= quiet(day)
    return ahead


def _before(model: Model, day: Day, evening: Floats) -> Floats:
    """Step back from the evening's values over the day's moves and survey answers."""
    ahead = evening.reshape(FLAGS, TEMPERS, MOODS)
    both_arms = np.stack(
        [
            np.einsum("fkz,kyz->fky", ahead, _moves(model, day, treated)).reshape(FLAGS, -1)
            for treated in (False, True)
        ]
    )
    arm = (FLAG & TREATED > 0).astype(int)
    answers = model.chances("survey", day)
    promoters = answers * model.marks["survey"][:, PROMOTER]
    values: Floats = (
        promoters * both_arms[arm, FLAG | HAPPY]
        + (answers - promoters) * both_arms[arm, FLAG & ~HAPPY]
        + (1 - answers) * both_arms[arm, FLAG]
    )
    return values


def _moves(model: Model, day: Day, treated: bool) -> Floats:
    """Return P(mood tomorrow | temper, mood today), whether or not a ticket is opened."""
    trouble = model.chances("ticket", day)[0].reshape(TEMPERS, MOODS, 1)
    calm = (1 - trouble) * model.moves(day, treated, trouble=False)
    moves: Floats = calm + trouble * model.moves(day, treated, trouble=True)
    return moves
