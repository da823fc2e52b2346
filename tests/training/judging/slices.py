"""Slices of made-up examples, and what judging them gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import cast

from features.expressions.expression import Constant
from training.judging.evaluation import judge
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.cutoffs import Plan
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.season import Seasons
from training.snapshots.slices import Slices

CHURN = Outcome("churn", Constant(0.0), "none", "orders", 0, 0, 90)
PLAN = Plan(CHURN, date(2024, 6, 1), (date(2024, 2, 1), date(2024, 3, 1)), (date(2024, 6, 1),))
QUICK = Settings(recipe=Recipe(max_rounds=60, seeds=1, learning_rate=0.1), resamples=60)


class Prepared:
    """Slices whose examples are made up: the last cutoff is E."""

    def __init__(self, made: Examples) -> None:
        self.fit, self.test = (made.take(rows) for rows in (made.cutoff < 2, made.cutoff == 2))
        self.subjects: dict[str, str] = {}

    def examples(self, asked: Outcome, days: Iterable[date]) -> Examples:
        del asked
        return self.test if tuple(days) == (PLAN.newest,) else self.fit

    answers = examples

    def count(self, asked: Outcome, days: Iterable[date]) -> int:
        return len(self.examples(asked, days))

    def learnt(
        self,
        asked: Outcome,
        days: Iterable[date],
        most: int,
        seed: int,
        drawn_for: Outcome | None = None,
    ) -> Examples:
        every = self.examples(asked, days)
        rows, weight = self.examples(drawn_for or asked, days).thinning(most, seed)
        return replace(every.take(rows), weight=weight)

    def auxiliary(self, *_: object) -> tuple[()]:
        return ()

    def channels(self, *_: object) -> None:
        return None

    def was_asked(self, *_: object) -> None:
        return None

    def ranks(self, *_: object) -> None:
        return None

    def seasons(self, _: Plan) -> Seasons:
        return Seasons()


def judged(made: Examples) -> Judgement:
    return judge(PLAN, cast(Slices, Prepared(made)), QUICK)
