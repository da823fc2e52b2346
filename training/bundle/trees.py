"""An ensemble of LightGBM models kept as text: the only module that imports LightGBM to predict.

LightGBM is imported on first use, in `library`, because its import takes longer than all the rest
of a serving process together.

How many threads it may use is one number for the whole process, which every call sets. A call that
began with one and finds two half-way writes past its arrays, and the process dies: so every call,
in training, too, asks for one thread, and many rows are spread over threads of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from training.bundle.arrays import Floats, Floats32
from training.bundle.forest import Forest

# Starting threads costs more than predicting this few rows.
FEW_ROWS = 64
# From here on a split that looks at all rows is quicker than a row that goes from split to split.
MANY_ROWS = 1_000
# Rows whose columns stay in the processor's cache.
CHUNK = 50_000


def library() -> ModuleType:
    """Import LightGBM; every use of it in the product goes through here."""
    import lightgbm

    return lightgbm


def bare(text: str) -> str:
    """Return a LightGBM text without its ``parameters:`` block.

    The block records the thread count and paths of the training machine; prediction needs none of
    it, and without it the same trees are the same bytes.
    """
    before, _, rest = text.partition("\nparameters:")
    return before + rest.partition("end of parameters\n")[2]


@dataclass(frozen=True)
class Trees:
    """Boosters that each learnt from most of the customers, averaged on the scale of raw scores.

    Parameters
    ----------
    texts : tuple of str
        LightGBM models as text; none means a score of 0.
    threads : int
        Threads for prediction of many rows.
    """

    texts: tuple[str, ...]
    threads: int = 2

    @cached_property
    def _boosters(self) -> list[Any]:
        return [library().Booster(model_str=text) for text in self.texts]

    @cached_property
    def _forests(self) -> list[Forest]:
        """Return the boosters for many rows; none where one of them is only for LightGBM."""
        read = [Forest.read(text) for text in self.texts]
        found = [forest for forest in read if forest is not None]
        return found if len(found) == len(read) else []

    def score(self, features: Floats32) -> Floats:
        """Return the mean raw score (log-odds, or log money), shape (n_rows,)."""
        total = np.zeros(len(features))
        if len(features) >= MANY_ROWS and self._forests:
            for start in range(0, len(features), CHUNK):
                part = slice(start, start + CHUNK)
                columns = np.ascontiguousarray(features[part].T)
                for forest in self._forests:
                    total[part] += forest.score(columns)
        elif len(features):
            total += self._spread(features, lambda rows: self._sum(rows, raw_score=True))
        return total / max(1, len(self.texts))

    def contributions(self, features: Floats32) -> Floats:
        """Return what each feature adds to the mean raw score (exact TreeSHAP).

        Returns
        -------
        float64 array of shape (n_rows, n_features + 1)
            The last column is the base; rows sum to `score`.
        """
        total = np.zeros((len(features), features.shape[1] + 1))
        if len(features):
            total += self._spread(features, lambda rows: self._sum(rows, pred_contrib=True))
        return total / max(1, len(self.texts))

    def _sum(self, rows: Floats32, **what: bool) -> Floats:
        """Return the sum of all boosters' predictions for some rows."""
        each = (booster.predict(rows, num_threads=1, **what) for booster in self._boosters)
        return np.asarray(sum(each, start=0.0))

    def _spread(self, features: Floats32, predict: Callable[[Floats32], Floats]) -> Floats:
        """Return the predictions for every row, several parts at a time where there are many."""
        if len(features) <= FEW_ROWS or self.threads == 1 or not self._boosters:
            return predict(features)
        parts = np.array_split(features, self.threads)
        with ThreadPoolExecutor(self.threads) as pool:
            return np.concatenate(list(pool.map(predict, parts)))
