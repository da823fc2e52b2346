"""What the rows tell of a customer: exact forward filtering.

References
----------
.. [1] Rabiner: A tutorial on hidden Markov models and selected applications in speech recognition.
   Proceedings of the IEEE 77, 1989. Equations (19) to (21), the forward procedure, with
   transitions that also depend on what happened on the day (a ticket) and on covariates, and with
   each step divided by its sum.
"""

from __future__ import annotations

import numpy as np

from features.sample.draws import Floats
from features.sample.model import (
    DAILY,
    FLAGS,
    HAPPY,
    MOODS,
    SITUATIONS,
    TEMPERS,
    TREATED,
    Model,
)
from features.sample.schedule import Day, Schedule
from features.sample.simulate import Lives


def beliefs(model: Model, schedule: Schedule, lives: Lives, day: int) -> Floats:
    """Return P(situation at the start of `day` | all earlier rows), shape (present, situations).

    ``belief'(y)`` is proportional to the sum over z of ``belief(z) P(rows of the day | z, flags)
    P(z -> y | ticket, flags)``. What a row says beyond its day, kind and mark is drawn regardless
    of the situation and cancels.
    """
    belief = np.tile(model.start[:, None], (1, lives.crowd.present(day)))
    for number in range(day):
        present = lives.crowd.present(number)
        if present:
            today = schedule.day(number)
            belief[:, :present] = _day_after(model, today, lives, belief[:, :present])
    return belief.T


def _day_after(model: Model, day: Day, lives: Lives, belief: Floats) -> Floats:
    """Return tomorrow's beliefs given today's, both of shape (situations, present)."""
    flags = lives.flags[day.number, : belief.shape[1]].astype(np.int64)
    silent = np.ones((FLAGS, SITUATIONS))
    for name in DAILY:
        chances = model.chances(name, day)
        silent *= 1 - chances
        customers, marks = lives.happenings[name].on(day.number)
        odds = (chances / (1 - chances))[flags[customers]].T
        belief[:, customers] *= odds * model.marks[name][:, marks]
    readers, marks = lives.happenings["newsletter"].on(day.number)
    belief[:, readers] *= model.marks["newsletter"][:, marks]

    group = flags & ~HAPPY  # being happy changes no chance, only who is asked
    group[lives.happenings["ticket"].on(day.number)[0]] += FLAGS
    after = np.empty_like(belief)
    for state in np.unique(group):
        flag, trouble = int(state % FLAGS), bool(state >= FLAGS)
        who = np.flatnonzero(group == state)
        moves = model.moves(day, bool(flag & TREATED), trouble)
        weighted = (belief[:, who] * silent[flag][:, None]).reshape(TEMPERS, MOODS, -1)
        # Not a matrix product: that would start threads, which cost more than they save here.
        after[:, who] = np.einsum("kyn,kyz->kzn", weighted, moves).reshape(SITUATIONS, -1)
    normalised: Floats = after / after.sum(axis=0)
    return normalised
