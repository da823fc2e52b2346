"""The blend's trees: small, slow, strongly regularised, averaged over seeds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.trees import Trees, bare, library
from training.folds import Integers
from training.recipe import Recipe, Task

# With fewer rows of the rarer class, trees learn noise; the regression alone remains.
FEWEST = 20
OBJECTIVES: dict[str, dict[str, Any]] = {
    "logit": {"objective": "binary", "metric": "binary_logloss"},
    "log": {"objective": "tweedie", "metric": "tweedie", "tweedie_variance_power": 1.5},
}


def fit(task: Task) -> tuple[Trees, Floats, int]:
    """Fit the boosters, stopping where unseen customers no longer gain.

    Returns
    -------
    trees : Trees
        One booster per seed, fitted on all customers; none if there is too little to learn from.
    out_of_fold : float64 array of shape (n,)
        Scores of fits without the row's customer.
    rounds : int
        Trees per booster; 0 if there is too little to learn from.
    """
    kept = np.flatnonzero(task.kept(task.recipe.most_rows))
    if _rarer(task, kept) < FEWEST:
        return Trees(()), np.zeros(len(task.examples)), 0
    data = (
        library()
        .Dataset(
            task.examples.features[kept],
            task.examples.labels[kept],
            weight=task.examples.weights[kept] if task.examples.weight is not None else None,
            params=_parameters(task, len(kept), task.seed),
            free_raw_data=False,
        )
        .construct()
    )
    # One thread per booster and as many boosters at a time as there are threads: LightGBM's own
    # threads wait for each other after every leaf, which on a busy machine takes thirty times
    # as long as the work.
    with ThreadPoolExecutor(task.recipe.threads) as pool:
        apart, rounds = _unseen(task, data, kept, pool)
        jobs = [
            (_parameters(task, len(kept), task.seed + number), _part(data, np.arange(len(kept))))
            for number in range(task.recipe.seeds)
        ]
        boosters = pool.map(lambda job: library().train(*job, num_boost_round=rounds), jobs)
        texts = tuple(bare(booster.model_to_string()) for booster in boosters)
    return Trees(texts), apart, rounds


def _unseen(task: Task, data: Any, kept: Integers, pool: ThreadPoolExecutor) -> tuple[Floats, int]:
    """Return out-of-fold scores and the number of rounds at which their loss was least."""
    folds = task.folds[kept]
    parts = [
        (_part(data, np.flatnonzero(folds != fold)), _part(data, np.flatnonzero(folds == fold)))
        for fold in range(task.recipe.folds)
    ]
    parameters = _parameters(task, len(kept), task.seed)
    runs = list(pool.map(lambda part: _stopped(task.recipe, parameters, *part), parts))
    shortest = min(len(curve) for _, curve in runs)
    shares = np.bincount(folds, minlength=task.recipe.folds)
    mean = np.average([curve[:shortest] for _, curve in runs], axis=0, weights=shares)
    rounds = int(np.argmin(mean)) + 1
    apart = np.empty(len(task.examples))
    for fold, (booster, _) in enumerate(runs):
        unseen = task.folds == fold
        apart[unseen] = booster.predict(
            task.examples.features[unseen], raw_score=True, num_iteration=rounds, num_threads=1
        )
    return apart, rounds


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
        callbacks=[
            library().early_stopping(recipe.patience, verbose=False),
            library().record_evaluation(curves),
        ],
    )
    (curve,) = curves["valid_0"].values()
    return booster, curve


def _part(data: Any, rows: Integers) -> Any:
    return data.subset(rows).construct()


def _rarer(task: Task, kept: Integers) -> int:
    """Return the rows of the rarer class (for money: with any)."""
    positive = int(np.count_nonzero(task.examples.labels[kept] > 0))
    return positive if task.link == "log" else min(positive, len(kept) - positive)


def _parameters(task: Task, rows: int, seed: int) -> dict[str, Any]:
    recipe: Recipe = task.recipe
    fewest_leaves, most_leaves = recipe.leaves
    least, most = recipe.rows_per_leaf
    return OBJECTIVES[task.link] | {
        "learning_rate": recipe.learning_rate,
        "num_leaves": int(np.clip(rows // 5000, fewest_leaves, most_leaves)),
        "min_data_in_leaf": int(np.clip(rows // 50, least, most)),
        "lambda_l2": recipe.l2,
        "feature_fraction": recipe.feature_fraction,
        "max_bin": recipe.max_bin,
        "feature_pre_filter": False,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
