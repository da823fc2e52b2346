"""The blend's trees: small, strongly regularised, averaged over folds of customers."""

from __future__ import annotations

from concurrent.futures import Executor
from itertools import product
from typing import Any

import numpy as np

from training.bundle.arrays import Flags, Floats, Integers
from training.bundle.trees import Trees, bare, library
from training.learning.recipe import Recipe, Task
from training.statistics import deviance, regression

# With fewer rows of the rarer class, trees learn noise; the regression alone remains.
FEWEST = 20
OBJECTIVES: dict[str, dict[str, Any]] = {
    "logit": {"objective": "binary", "metric": "binary_logloss"},
    "log": {"objective": "tweedie", "metric": "tweedie", "tweedie_variance_power": deviance.POWER},
}


def fit(task: Task, pool: Executor) -> tuple[Trees, Floats, int]:
    """Fit a booster without each fold, stopping where unseen customers no longer gain.

    Their average is what predicts: together they have seen every customer, and boosters that have
    seen different customers differ more, and so gain more by being averaged, than boosters of
    different seeds that have all seen the same. Each grows in one thread of the pool: LightGBM's
    own threads wait for each other after every leaf, which on a busy machine takes thirty times
    as long as the work.

    Returns
    -------
    trees : Trees
        A booster per fold and seed; none if there is too little to learn from.
    out_of_fold : float64 array of shape (n,)
        Scores by boosters that have not seen the row's customer.
    rounds : int
        Trees per booster; 0 if there is too little to learn from.
    """
    kept, weight = task.drawn(task.recipe.most_rows)
    if _rarer(task, kept) < FEWEST:
        return Trees(()), np.zeros(len(task.examples)), 0
    data, level = _dataset(task, kept, weight)
    folds, each = task.folds[kept], range(task.recipe.folds)
    taught = np.concatenate([folds, task.auxiliary_folds])
    settings = [
        _parameters(task, len(kept), task.seed + number) for number in range(task.recipe.seeds)
    ]

    def grown(parameters: dict[str, Any], fold: int) -> tuple[Any, list[float]]:
        seen, unseen = (_part(data, rows) for rows in (taught != fold, folds == fold))
        return _stopped(task.recipe, parameters, seen, unseen)

    jobs = list(product(settings, each))
    runs = list(pool.map(lambda job: grown(*job), jobs))
    shares = np.tile(np.bincount(folds, minlength=len(each)), task.recipe.seeds)
    rounds = _rounds([curve for _, curve in runs], shares)
    boosters = [booster for booster, _ in runs]
    apart = _unseen(task, boosters, [fold for _, fold in jobs], rounds, pool) + level
    texts = (_raised(one, level).model_to_string(num_iteration=rounds) for one in boosters)
    return Trees(tuple(map(bare, texts))), apart, rounds


def _unseen(
    task: Task, boosters: list[Any], folds: list[int], rounds: int, pool: Executor
) -> Floats:
    """Return each row's mean score by the boosters that have not seen its customer, shape (n,)."""

    def say(booster: Any, fold: int) -> Floats:
        grown = Trees((booster.model_to_string(num_iteration=rounds),), threads=1)
        return grown.score(task.examples.features[task.folds == fold])

    apart = np.zeros(len(task.examples))
    for fold, said in zip(folds, pool.map(say, boosters, folds), strict=True):
        apart[task.folds == fold] += said
    return apart / task.recipe.seeds


def _dataset(task: Task, kept: Integers, weight: Floats) -> tuple[Any, float]:
    """Return LightGBM's data, and the score that it lets every row begin with.

    Without auxiliary examples LightGBM finds the level itself.
    """
    features, labels = [task.features(kept)], task.examples.labels[kept]
    start, level = None, 0.0
    if task.auxiliary:
        level = float(regression.scores(task.link, np.average(labels, weights=weight)))
        start = level + np.concatenate([np.zeros(len(kept)), task.auxiliary.offset])
        features.append(task.auxiliary.examples.features)
        labels = np.concatenate([labels, task.auxiliary.examples.labels])
        weight = np.concatenate([weight, task.auxiliary.examples.weights])
    data = library().Dataset(
        features,
        labels,
        weight=None if (weight == 1.0).all() else weight,
        init_score=start,
        params=_parameters(task, len(kept), task.seed),
    )
    return data.construct(), level


def _raised(booster: Any, level: float) -> Any:
    """Return the booster with its first tree raised to the level that its rows began with."""
    if level:
        for leaf in range(booster.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]):
            booster.set_leaf_output(0, leaf, booster.get_leaf_output(0, leaf) + level)
    return booster


def _rounds(curves: list[list[float]], shares: Integers) -> int:
    """Return at which round the mean of the curves is least."""
    shortest = min(len(curve) for curve in curves)
    mean = np.average([curve[:shortest] for curve in curves], axis=0, weights=shares)
    return int(np.argmin(mean)) + 1


def _stopped(
    recipe: Recipe, parameters: dict[str, Any], train: Any, unseen: Any
) -> tuple[Any, list[float]]:
    """Return a booster and the curve of its loss on unseen customers, until that rises for long."""
    curves: dict[str, dict[str, list[float]]] = {}
    booster = library().train(
        parameters,
        train,
        num_boost_round=recipe.max_rounds,
        valid_sets=[unseen],
        # Else LightGBM drops the trees past this fold's own best round.
        keep_training_booster=True,
        callbacks=[
            library().early_stopping(recipe.patience, verbose=False),
            library().record_evaluation(curves),
        ],
    )
    (curve,) = curves["valid_0"].values()
    # A booster that waits for the others no longer needs its rows.
    return booster.free_dataset(), curve


def _part(data: Any, rows: Flags) -> Any:
    return data.subset(np.flatnonzero(rows)).construct()


def _rarer(task: Task, kept: Integers) -> int:
    """Return the rows of the rarer class (for money: with any)."""
    positive = int(np.count_nonzero(task.examples.labels[kept] > 0))
    return positive if task.link == "log" else min(positive, len(kept) - positive)


def _parameters(task: Task, rows: int, seed: int) -> dict[str, Any]:
    recipe: Recipe = task.recipe
    least, most = recipe.rows_per_leaf
    return OBJECTIVES[task.link] | {
        "learning_rate": recipe.learning_rate,
        "num_leaves": recipe.leaves_for(rows),
        "min_data_in_leaf": int(np.clip(rows // 50, least, most)),
        "lambda_l2": recipe.l2,
        "feature_fraction": recipe.feature_fraction,
        "max_bin": recipe.max_bin,
        "feature_pre_filter": False,
        "seed": seed,
        # Else every seed would call for data of its own.
        "data_random_seed": 1,
        "deterministic": True,
        # By rows, LightGBM would copy the columns drawn for every tree: half as long again.
        "force_col_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
