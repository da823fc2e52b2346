"""The blend's trees: small, slow, strongly regularised, averaged over seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.bundle.arrays import Floats
from training.bundle.trees import Trees, bare, library
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
    lightgbm = library()
    data = lightgbm.Dataset(
        task.examples.features[kept],
        task.examples.labels[kept],
        weight=task.examples.weights[kept] if task.examples.weight is not None else None,
        params=_parameters(task, len(kept), task.seed),
        free_raw_data=False,
    )
    apart, rounds = _unseen(task, data, kept)
    texts = []
    for position in range(task.recipe.seeds):
        settings = _parameters(task, len(kept), task.seed + position)
        booster = lightgbm.train(settings, data, num_boost_round=rounds)
        texts.append(bare(booster.model_to_string()))
    return Trees(tuple(texts), task.recipe.threads), apart, rounds


def _unseen(task: Task, data: Any, kept: np.ndarray[Any, Any]) -> tuple[Floats, int]:
    """Return out-of-fold scores and the number of rounds at which their loss was least."""
    lightgbm, folds = library(), task.folds[kept]
    result = lightgbm.cv(
        _parameters(task, len(kept), task.seed),
        data,
        num_boost_round=task.recipe.max_rounds,
        folds=[
            (np.flatnonzero(folds != fold), np.flatnonzero(folds == fold))
            for fold in range(task.recipe.folds)
        ],
        callbacks=[lightgbm.early_stopping(task.recipe.patience, verbose=False)],
        return_cvbooster=True,
    )
    boosters = result["cvbooster"]
    apart = np.empty(len(task.examples))
    for fold, booster in enumerate(boosters.boosters):
        unseen = task.folds == fold
        apart[unseen] = booster.predict(
            task.examples.features[unseen],
            raw_score=True,
            num_iteration=boosters.best_iteration,
            num_threads=task.recipe.threads,
        )
    return apart, int(boosters.best_iteration)


def _rarer(task: Task, kept: np.ndarray[Any, Any]) -> int:
    """Return the rows of the rarer class (for money: with any)."""
    positive = int(np.count_nonzero(task.examples.labels[kept] > 0))
    return positive if task.link == "log" else min(positive, len(kept) - positive)


def _parameters(task: Task, rows: int, seed: int) -> dict[str, Any]:
    recipe: Recipe = task.recipe
    least, most = recipe.rows_per_leaf
    return OBJECTIVES[task.link] | {
        "learning_rate": recipe.learning_rate,
        "num_leaves": recipe.leaves,
        "min_data_in_leaf": int(np.clip(rows // 50, least, most)),
        "lambda_l2": recipe.l2,
        "feature_fraction": recipe.feature_fraction,
        "max_bin": recipe.max_bin,
        "feature_pre_filter": False,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": recipe.threads,
        "verbosity": -1,
    }
