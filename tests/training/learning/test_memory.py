from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest

from tests.training.made import MakeExamples
from training.learning import learner
from training.learning.habits import HabitRule
from training.learning.memory import Memory
from training.learning.recipe import Recipe
from training.snapshots.auxiliary import AuxiliaryExamples
from training.snapshots.examples import Examples

QUICK = Recipe(folds=2, max_rounds=10, penalties=(0.1,))


def test_the_same_question_is_answered_once(
    make_examples: MakeExamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[Examples] = []
    fit = learner.fit

    def counted(
        examples: Examples,
        seed: int,
        *,
        recipe: Recipe,
        habit_rule: HabitRule | None,
        auxiliary: AuxiliaryExamples | None,
    ) -> learner.Fitted:
        fits.append(examples)
        return fit(examples, seed, recipe=recipe, habit_rule=habit_rule, auxiliary=auxiliary)

    monkeypatch.setattr(learner, "fit", counted)
    memory, made = Memory(), make_examples(customers=150, cutoffs=2)
    first = memory.fit(made, 7, QUICK)
    # Another outcome with the same rows and labels.
    assert memory.fit(replace(made, labels=made.labels.copy()), 7, QUICK) is first
    assert len(fits) == 1
    others = [
        (replace(made, labels=1.0 - made.labels), 7, QUICK),
        (replace(made, weight=np.full(len(made), 2.0)), 7, QUICK),
        (replace(made, ranks=np.ones((len(made), 1), dtype=np.float32)), 7, QUICK),
        (made, 8, QUICK),
        (made, 7, replace(QUICK, l2=5.0)),
    ]
    assert all(memory.fit(*other) is not first for other in others)
    newer = np.ones(len(made), dtype=bool)
    auxiliary = [AuxiliaryExamples(made, np.full(len(made), at), newer) for at in (0.0, 1.0)]
    auxiliary.append(AuxiliaryExamples(made, auxiliary[0].offset, ~newer))
    found = [memory.fit(made, 7, QUICK, auxiliary=more) for more in auxiliary]
    assert len({id(fitted) for fitted in (first, *found)}) == 1 + len(found)
    assert len(fits) == 1 + len(others) + len(auxiliary)


def test_who_asks_while_the_same_is_fitted_waits_for_it(
    make_examples: MakeExamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, fits = Event(), []
    fit = learner.fit

    def slow(examples: Examples, seed: int, **how: Any) -> learner.Fitted:
        fits.append(seed)
        begun.wait(60.0)
        return fit(examples, seed, **how)

    monkeypatch.setattr(learner, "fit", slow)
    memory, made = Memory(), make_examples(customers=150, cutoffs=2)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(memory.fit, made, 7, QUICK) for _ in range(2)]
        begun.set()
    assert both[0].result() is both[1].result()
    assert fits == [7]


def test_a_fit_that_fails_fails_whoever_asks_for_it(
    make_examples: MakeExamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> learner.Fitted:
        raise MemoryError

    monkeypatch.setattr(learner, "fit", fails)
    memory, made = Memory(), make_examples(customers=150, cutoffs=2)
    for _ in range(2):
        with pytest.raises(MemoryError):
            memory.fit(made, 7, QUICK)
