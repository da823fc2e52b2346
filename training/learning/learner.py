"""The learner: gradient-boosted trees, a regression and a habit, blended on an additive scale.

Averaged in log-odds, strongly regularised trees and a ridge regression on logarithms beat either
alone on most shops; a rule of a few numbers steadies them where months differ. Everything that is
chosen (rounds, penalty, weights) is chosen by the loss on customers the fit has not seen; one set
of defaults serves 300 customers and a million.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.bundle.blend import Blend
from training.bundle.linear import Linear
from training.bundle.ranks import Ranks
from training.bundle.trees import Trees
from training.learning import boosting, habits, ridge
from training.learning.habits import Voice
from training.learning.recipe import Recipe, Task
from training.snapshots.beside import Beside
from training.snapshots.examples import Examples
from training.statistics.regression import Link

TREE_WEIGHTS = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True)
class Fitted:
    """A blend and what it said of customers it had not seen.

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

    def on(self, ranks: Ranks | None, voice: Voice | None = None) -> Blend:
        """Return the blend of an outcome, on the day that it is for.

        Another outcome with the same numbers may have been fitted in its place: of the rule, only
        what it said was looked at.

        Parameters
        ----------
        ranks : Ranks, optional
            Of the day, if it was learnt from any.
        voice : Voice, optional
            The rule that is the outcome's habit.
        """
        habit = self.blend.habit
        if habit and voice:
            habit = replace(habit, rule=voice.rule, reads=voice.reads, told_by=voice.told_by)
        return replace(self.blend, ranks=ranks if self.ranked else None, habit=habit)


def fit(
    examples: Examples,
    seed: int = 7,
    *,
    link: Link = "logit",
    recipe: Recipe | None = None,
    voice: Voice | None = None,
    beside: Beside | None = None,
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
    voice : Voice, optional
        The rule that is the outcome's habit.
    beside : Beside, optional
        Examples of earlier and of censored slices. Where there are censored ones, trees and
        regression are fitted twice, without them and with them, and averaged: what newer rows know
        better and what their partial labels know worse come out even. So do ranks, from which the
        second of these fits learns a yes or no, too: they hold where everything drifts, and fail
        where those who are asked become others.

    Returns
    -------
    Fitted
        The same bytes for the same examples, recipe and seed.
    """
    recipe = recipe or Recipe()
    newer = beside is not None and bool(beside.newer.any())
    ranked = recipe.ranked and newer and link == "logit" and examples.ranks is not None
    task = Task(_telling(_columns(examples, ranked=ranked)), link, recipe, seed)
    more = _told(beside, task, ranked=ranked) if beside else None
    first = replace(task, beside=more.earlier if more else None)
    found = _halves(_unranked(first, len(examples.names)) if ranked else first)
    taught = more if more and found.rounds else None
    if taught and newer:
        found = found.and_also(_halves(replace(task, beside=taught)))
    weight = _tree_weight(task, found.trees_apart, found.linear_apart) if found.rounds else 0.0
    apart = weight * found.trees_apart + (1 - weight) * found.linear_apart
    habit = None
    if voice:
        habit, apart = habits.join(task, apart, voice)
    chosen = {
        "rounds": float(found.rounds),
        "penalty": found.penalty,
        "tree_weight": weight,
        "habit_share": habit.share if habit else 0.0,
        "censored_rows": float(np.count_nonzero(taught.newer)) if taught else 0.0,
        "earlier_rows": float(np.count_nonzero(~taught.newer)) if taught else 0.0,
        "loss": task.loss(apart),
    }
    blend = Blend(examples.names, found.trees, found.linear, weight, habit)
    return Fitted(blend, apart, chosen, ranked)


def _columns(examples: Examples, *, ranked: bool) -> Examples:
    """Return examples whose features are all columns to learn from."""
    return examples.with_ranks() if ranked else replace(examples, ranks=None)


def _telling(examples: Examples) -> Examples:
    return replace(examples, features=telling(examples.features))


def _unranked(task: Task, features: int) -> Task:
    """Return a task with every column blanked that comes after so many: with the ranks."""

    def blanked(examples: Examples) -> Examples:
        columns = examples.features.copy()
        columns[:, features:] = 0.0
        return replace(examples, features=columns)

    beside = task.beside
    known = replace(beside, examples=blanked(beside.examples)) if beside else None
    return replace(task, examples=blanked(task.examples), beside=known)


def _told(beside: Beside, task: Task, *, ranked: bool) -> Beside:
    """Return rows beside with those columns blanked that say nothing in the examples."""
    examples = _columns(beside.examples, ranked=ranked)
    features = examples.features.copy()
    features[:, ~task.examples.features.any(axis=0)] = 0.0
    return replace(beside, examples=replace(examples, features=features))


@dataclass(frozen=True)
class _Halves:
    """Trees and regression of one task, and what they said of customers they had not seen."""

    trees: Trees
    trees_apart: Floats
    rounds: int
    linear: Linear
    linear_apart: Floats
    penalty: float

    def and_also(self, other: _Halves) -> _Halves:
        """Return the mean of these and others; what was chosen is ours.

        A column that both know is standardised alike, as on the same examples; of one that only
        the others know, our weight is 0.
        """
        linear = replace(
            other.linear,
            weights=(self.linear.weights + other.linear.weights) / 2,
            intercept=(self.linear.intercept + other.linear.intercept) / 2,
        )
        return replace(
            self,
            trees=Trees((*self.trees.texts, *other.trees.texts)),
            trees_apart=(self.trees_apart + other.trees_apart) / 2,
            linear=linear,
            linear_apart=(self.linear_apart + other.linear_apart) / 2,
        )


def _halves(task: Task) -> _Halves:
    with ThreadPoolExecutor(task.recipe.threads) as pool:
        line = pool.submit(ridge.fit, task)
        trees, trees_apart, rounds = boosting.fit(task, pool)
        linear, linear_apart, penalty = line.result()
    return _Halves(trees, trees_apart, rounds, linear, linear_apart, penalty)


def telling(features: Floats32) -> Floats32:
    """Return the features with every column that repeats an earlier one blanked, as 0.

    A constant column says nothing, and one that is written twice (the last year's orders and all
    orders, in a shop of half a year) counts twice against a penalty on each. On newer rows the
    columns may differ, where nothing was learnt about the later one.

    Parameters
    ----------
    features : float32 array of shape (n, n_features)

    Examples
    --------
    >>> telling(np.array([[1, 1, 2], [3, 3, 4]], dtype=np.float32)).tolist()
    [[1.0, 0.0, 2.0], [3.0, 0.0, 4.0]]
    """
    bits = features.view(np.uint32)
    # Columns that are the same have the same sum: only of those every row is compared.
    sums = bits.sum(axis=0, dtype=np.uint64)
    out = features.copy()
    for number, known in enumerate(sums):
        alike = np.flatnonzero(sums[:number] == known)
        if any(np.array_equal(bits[:, number], bits[:, earlier]) for earlier in alike):
            out[:, number] = 0.0
    return out


def _tree_weight(task: Task, trees: Floats, linear: Floats) -> float:
    """Return a share of the trees halfway between an even one and the best on unseen customers.

    The loss is flat around its minimum, where a choice follows noise, and even shares are rarely
    far from the best on any shop.
    """
    losses = [task.loss(share * trees + (1 - share) * linear) for share in TREE_WEIGHTS]
    return round((float(TREE_WEIGHTS[int(np.argmin(losses))]) + 0.5) / 2, 4)
