"""Habits: which simple rule joins the blend of an outcome, and with what share.

On shops whose months differ, a rule of a few numbers mends what trees and a regression have learnt
too well, which no customer left out of the same months can show. So its share is expected
beforehand, and unseen customers only correct the expectation, by the weight of their number: in a
shop of a few thousand customers the share stays near what is expected, in one of a hundred
thousand it is what the data say (`docs/decisions/0011-habit.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.habit import COLUMNS, Habit
from training.bundle.rule import Rule
from training.learning.baselines import Baselines
from training.learning.recipe import Task
from training.snapshots.examples import Examples
from training.statistics.regression import rounded

RULES: Mapping[str, tuple[str, ...]] = {
    "churn": ("bg_nbd",),
    "refer": ("did_before",),
    "share": ("did_before",),
    "advocate": ("did_before",),
    "spend": ("past_year", "past_life", "order_value"),
}
"""The rules that may be an outcome's habit; the one that is best beforehand is."""

RHYTHM = "silence_over_gap_mean"
"""What BG/NBD speaks of: a silence, beside how often and how long somebody has bought."""

TOLD_BY: Mapping[str, str] = {
    "bg_nbd": RHYTHM,
    "past_year": "spend_365d",
    "past_life": "spend_total",
    "order_value": "spend_total",
}
"""The column that tells of a rule; of another, its only one does."""

SHARES = np.linspace(0.0, 0.4, 9)


@dataclass(frozen=True)
class HabitRule:
    """A rule that may join a blend.

    Parameters
    ----------
    rule : Rule
    reads : mapping of str to str
        The column of every fact that happened at all.
    told_by : str
        The column that tells of it.
    out_of_fold : float64 array of shape (n,)
        Its score per row of the examples, from fits without that customer.
    """

    rule: Rule
    reads: Mapping[str, str]
    told_by: str
    out_of_fold: Floats


def rule_of(examples: Examples, outcome: str, rules: Baselines) -> HabitRule | None:
    """Return the rule that is an outcome's habit; None if there is none, or no column tells it.

    `rules` are the baselines of the outcome, fitted on the same examples.
    """
    known = [name for name in RULES.get(outcome, ()) if name in rules.rules]
    if not known:
        return None
    name = min(known, key=lambda name: rules.losses[name])
    rule = rules.rules[name]
    reads = {
        fact: COLUMNS.get(fact, "")
        for fact in rule.facts
        if np.nan_to_num(examples.facts[fact]).any()
    }
    told_by = (TOLD_BY[name],) if name in TOLD_BY else tuple(reads.values())
    # Two acts have no column that tells of both.
    if len(told_by) != 1 or not {*told_by, *reads.values()} <= set(examples.names):
        return None
    return HabitRule(rule, reads, told_by[0], rules.out_of_fold[name])


def join(task: Task, unseen: Floats, habit_rule: HabitRule) -> tuple[Habit | None, Floats]:
    """Return the habit with its share, None where it has none, and the blended scores.

    `unseen` are the out-of-fold scores of trees and regression, shape (n,).
    """
    expected, spread = task.recipe.habit_share
    customers = len(np.unique(task.examples.customer))
    losses = [
        customers * task.loss((1 - share) * unseen + share * habit_rule.out_of_fold)
        + ((share - expected) / spread) ** 2 / 2
        for share in SHARES
    ]
    share = round(float(SHARES[int(np.argmin(losses))]), 4)
    if not share:
        return None, unseen
    usual = float(np.average(habit_rule.out_of_fold, weights=task.examples.weights))
    habit = Habit(
        habit_rule.rule,
        habit_rule.reads,
        habit_rule.told_by,
        rounded(usual),
        share,
        task.examples.names,
    )
    return habit, habit.joined(unseen, habit_rule.out_of_fold)
