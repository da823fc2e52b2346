"""The learner: gradient-boosted trees, a regression and a habit, blended on an additive scale.

Averaged in log-odds, strongly regularised trees and a ridge regression on logarithms beat either
alone on most shops; a rule of a few numbers steadies them where months differ. Everything that is
chosen (rounds, penalty, weights) is chosen by the loss on customers the fit has not seen; one set
of defaults serves 300 customers and a million.
"""

from __future__ import annotations

from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from training.bundle.arrays import Flags, Floats, Floats32
from training.bundle.blend import Blend
from training.bundle.linear import Linear
from training.bundle.ranks import Ranks
from training.bundle.trees import Trees
from training.learning import boosting, habits, ridge
from training.learning.habits import HabitRule
from training.learning.recipe import Recipe, Task
from training.snapshots.auxiliary import AuxiliaryExamples
from training.snapshots.examples import Examples
from training.statistics.regression import Link

TREE_WEIGHTS = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True)
class Fitted:
    """A blend and its scores of customers it had not seen.

    Parameters
    ----------
    blend : Blend
        Where it was learnt from ranks, those of the day that it is for are still to come.
    out_of_fold : float64 array of shape (n,)
        Blended score per row of the examples from fits without that customer: log-odds, or the
        logarithm of money. What calibration is fitted on.
    chosen : dict
        ``rounds``, ``penalty``, ``tree_weight``, ``habit_share``, ``censored_rows`` (of slices
        whose horizon has passed in part), ``earlier_rows`` and the out-of-fold ``loss``.
    ranked : bool
        Whether it was learnt from ranks, too.
    """

    blend: Blend
    out_of_fold: Floats
    chosen: dict[str, float]
    ranked: bool = False

    def on(self, ranks: Ranks | None, habit_rule: HabitRule | None = None) -> Blend:
        """Return the blend of an outcome, on the day that it is for.

        The fit may be another outcome's with the same numbers (`training.learning.memory`): of the
        habit's rule, only its scores were looked at.

        Parameters
        ----------
        ranks : Ranks, optional
            Of the day, if it was learnt from any.
        habit_rule : HabitRule, optional
            The rule that is the outcome's habit.
        """
        habit = self.blend.habit
        if habit and habit_rule:
            habit = replace(
                habit, rule=habit_rule.rule, reads=habit_rule.reads, told_by=habit_rule.told_by
            )
        return replace(self.blend, ranks=ranks if self.ranked else None, habit=habit)


def fit(
    examples: Examples,
    seed: int = 7,
    *,
    link: Link = "logit",
    recipe: Recipe | None = None,
    habit_rule: HabitRule | None = None,
    auxiliary: AuxiliaryExamples | None = None,
) -> Fitted:
    """Fit the blend and its out-of-fold scores.

    Parameters
    ----------
    examples : Examples
        Labels of 0 and 1, or amounts of at least 0 with the ``log`` link.
    seed : int
        Draws the folds and the boosters.
    link : {"logit", "log"}
    recipe : Recipe, optional
    habit_rule : HabitRule, optional
        The rule that is the outcome's habit.
    auxiliary : AuxiliaryExamples, optional
        Examples of earlier and of censored slices. Where there are censored ones, trees and
        regression are fitted twice, without them and with them, and averaged: newer rows know
        more of the present, but their labels are partial. A yes or no is learnt from ranks, too,
        in the second of these fits: ranks hold where everything drifts, and mislead where another
        kind of customers is asked.

    Returns
    -------
    Fitted
        The same bytes for the same examples, recipe and seed.
    """
    recipe = recipe or Recipe()
    newer = auxiliary is not None and bool(auxiliary.newer.any())
    ranked = recipe.ranked and newer and link == "logit" and examples.ranks is not None
    own = _columns(examples, ranked=ranked)
    task = Task(_blanked(own, repeats(own.features)), link, recipe, seed)
    if auxiliary:
        auxiliary = _of_columns_that_speak(auxiliary, task.examples, ranked=ranked)
    found = _both_halves(task, auxiliary, len(examples.names) if ranked else None)
    taught = auxiliary if found.rounds else None
    weight = tree_weight(task, found.trees_unseen, found.linear_unseen) if found.rounds else 0.0
    unseen = weight * found.trees_unseen + (1 - weight) * found.linear_unseen
    habit = None
    if habit_rule:
        habit, unseen = habits.join(task, unseen, habit_rule)
    chosen = {
        "rounds": float(found.rounds),
        "penalty": found.penalty,
        "tree_weight": weight,
        "habit_share": habit.share if habit else 0.0,
        "censored_rows": float(np.count_nonzero(taught.newer)) if taught else 0.0,
        "earlier_rows": float(np.count_nonzero(~taught.newer)) if taught else 0.0,
        "loss": task.loss(unseen),
    }
    blend = Blend(examples.names, found.trees, found.linear, weight, habit)
    return Fitted(blend, unseen, chosen, ranked)


def _of_columns_that_speak(
    auxiliary: AuxiliaryExamples, examples: Examples, *, ranked: bool
) -> AuxiliaryExamples:
    """Return auxiliary examples without columns that say nothing in the examples themselves."""
    silent = np.asarray(~examples.features.any(axis=0))
    rows = _columns(auxiliary.examples, ranked=ranked)
    return replace(auxiliary, examples=_blanked(rows, silent))


def _columns(examples: Examples, *, ranked: bool) -> Examples:
    """Return examples whose features are all columns to learn from."""
    return examples.with_ranks() if ranked else replace(examples, ranks=None)


def _blanked(examples: Examples, columns: Flags | slice) -> Examples:
    """Return examples with some feature columns set to 0."""
    features = examples.features.copy()
    features[:, columns] = 0.0
    return replace(examples, features=features)


def _unranked(task: Task, features: int) -> Task:
    """Return a task without what comes after so many feature columns: the ranks."""
    ranks, auxiliary = slice(features, None), task.auxiliary
    if auxiliary:
        auxiliary = replace(auxiliary, examples=_blanked(auxiliary.examples, ranks))
    return replace(task, examples=_blanked(task.examples, ranks), auxiliary=auxiliary)


@dataclass(frozen=True)
class _Halves:
    """Trees and regression of one task, and their scores of customers they had not seen."""

    trees: Trees
    trees_unseen: Floats
    rounds: int
    linear: Linear
    linear_unseen: Floats
    penalty: float

    def averaged(self, other: _Halves) -> _Halves:
        """Return the mean of these and of another fit, with what was chosen for these.

        A column that both know is standardised alike, as on the same examples; of one that only
        the other fit knows, the weight here is 0.
        """
        linear = replace(
            other.linear,
            weights=(self.linear.weights + other.linear.weights) / 2,
            intercept=(self.linear.intercept + other.linear.intercept) / 2,
        )
        return replace(
            self,
            trees=Trees((*self.trees.texts, *other.trees.texts)),
            trees_unseen=(self.trees_unseen + other.trees_unseen) / 2,
            linear=linear,
            linear_unseen=(self.linear_unseen + other.linear_unseen) / 2,
        )


def _both_halves(task: Task, auxiliary: AuxiliaryExamples | None, unranked: int | None) -> _Halves:
    """Return the halves, averaged with those that censored slices teach where there are any.

    `unranked` is the number of columns before the ranks, None without ranks.
    """
    first = replace(task, auxiliary=auxiliary.earlier if auxiliary else None)
    found = _halves(first if unranked is None else _unranked(first, unranked))
    if auxiliary and auxiliary.newer.any() and found.rounds:
        return found.averaged(_halves(replace(task, auxiliary=auxiliary)))
    return found


def _halves(task: Task) -> _Halves:
    with ThreadPoolExecutor(task.recipe.threads) as pool:
        line = pool.submit(ridge.fit, task)
        trees, trees_unseen, rounds = boosting.fit(task, pool)
        linear, linear_unseen, penalty = line.result()
    return _Halves(trees, trees_unseen, rounds, linear, linear_unseen, penalty)


def repeats(features: Floats32) -> Flags:
    """Return which columns repeat an earlier one in every row, shape (n_features,).

    A column that is there twice (the last year's orders and all orders, in a shop of half a year)
    has its weight split, so that a penalty holds it back less.

    Examples
    --------
    >>> repeats(np.array([[1, 1, 2], [3, 3, 4]], dtype=np.float32)).tolist()
    [False, True, False]
    """
    bits = features.view(np.uint32)
    # Equal columns have equal sums: only columns of equal sums are compared row by row.
    sums = bits.sum(axis=0, dtype=np.uint64)

    def repeated(column: int) -> bool:
        earlier = np.flatnonzero(sums[:column] == sums[column])
        return any(np.array_equal(bits[:, column], bits[:, one]) for one in earlier)

    return np.array([repeated(column) for column in range(len(sums))], dtype=np.bool_)


def tree_weight(task: Task, trees: Floats, linear: Floats) -> float:
    """Return a share of the trees halfway between an even one and the best on unseen customers.

    The loss is flat around its minimum, where a choice follows noise, and even shares are rarely
    far from the best on any shop.
    """

    @cache
    def loss(at: int) -> float:
        share = TREE_WEIGHTS[at]
        return task.loss(share * trees + (1 - share) * linear)

    # Losses are convex in the score, and so in the share: there is one valley.
    least = bisect_left(range(len(TREE_WEIGHTS) - 1), True, key=lambda at: loss(at) <= loss(at + 1))
    return round((float(TREE_WEIGHTS[least]) + 0.5) / 2, 4)
