"""Settings of the learner, and the data of one fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from training.bundle.arrays import Floats, Floats32, Integers
from training.snapshots.auxiliary import AuxiliaryExamples
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs
from training.snapshots.examples import Examples
from training.statistics import deviance
from training.statistics.folds import grouped
from training.statistics.regression import Link


@dataclass(frozen=True)
class Recipe:
    """Settings of the learner, the same for every shop.

    Parameters
    ----------
    folds : int
        Groups of customers that take turns in being unseen.
    seeds : int
        Boosters per fold; all of them are averaged.
    leaves : (int, int)
        Leaves of a tree: one per 5,000 rows, between these two.
    l2, feature_fraction, max_bin, learning_rate, max_rounds, patience :
        As LightGBM knows them; `patience` is for its early stopping.
    rows_per_leaf : (int, int)
        Least rows in a leaf: a fiftieth of the rows, between these two.
    penalties : tuple of float
        Ridge penalties per row to choose from, strongest first.
    most_rows, most_rows_linear : int
        A fit sees at most about the first many rows and its regression the second many, every
        example of a rare outcome before others (`training.snapshots.examples.Examples.thinning`):
        past these what is gained is not worth the time.
    habit_share : (float, float)
        Share of the blend that a habit is expected to deserve, and how far from that it may be
        found (mean and standard deviation of a normal prior, see `training.learning.habits`).
    censored : bool
        Whether slices of whose horizon only a part has passed are learnt from, too
        (`training.snapshots.auxiliary`), if all slices then have at most `most_rows` rows.
    earlier : bool
        Whether slices before a fit's own are learnt from, too, as many as there is room for.
    ranked : bool
        Whether the fit with censored slices learns from ranks of some features, too
        (`training.snapshots.ranked`).
    companion_share : (float, float), optional
        Share of an act's model that the model of any act is expected to deserve, and how far from
        that it may be found, as for `habit_share` (`training.learning.companions`); None for none.
    threads : int
        Fits at the same time; the result does not depend on it.
    """

    folds: int = 4
    seeds: int = 1
    leaves: tuple[int, int] = (6, 16)
    l2: float = 20.0
    feature_fraction: float = 0.3
    max_bin: int = 63
    learning_rate: float = 0.1
    max_rounds: int = 1500
    patience: int = 25
    rows_per_leaf: tuple[int, int] = (20, 200)
    penalties: tuple[float, ...] = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
    most_rows: int = 100_000
    most_rows_linear: int = 60_000
    habit_share: tuple[float, float] = (0.2, 0.1)
    censored: bool = True
    earlier: bool = True
    ranked: bool = True
    companion_share: tuple[float, float] | None = (0.4, 0.2)
    threads: int = 2

    def taught_by(self, auxiliary: AuxiliaryCutoffs) -> AuxiliaryCutoffs:
        """Return those of a fit's auxiliary cutoffs that it is to learn from."""
        return AuxiliaryCutoffs(
            auxiliary.censored if self.censored else (), auxiliary.earlier if self.earlier else ()
        )

    def leaves_for(self, rows: int) -> int:
        """Return the leaves of a tree that is fitted on so many rows.

        >>> [Recipe().leaves_for(rows) for rows in (1_000, 50_000, 1_000_000)]
        [6, 10, 16]
        """
        fewest, most = self.leaves
        return int(np.clip(rows // 5000, fewest, most))

    def to_json(self) -> dict[str, Any]:
        """Return the settings that a result depends on."""
        return {name: value for name, value in asdict(self).items() if name != "threads"}


@dataclass(frozen=True)
class Task:
    """One fit: its examples, their folds, and how to fit them.

    Parameters
    ----------
    examples : Examples
    link : {"logit", "log"}
    recipe : Recipe
    seed : int
    auxiliary : AuxiliaryExamples, optional
        Learnt from, but no part of the loss on unseen customers.
    folds, auxiliary_folds : int64 arrays of shape (n,)
        Which fold each row is of; dealt from the seed.
    """

    examples: Examples
    link: Link
    recipe: Recipe
    seed: int
    auxiliary: AuxiliaryExamples | None = None
    folds: Integers = field(init=False)
    auxiliary_folds: Integers = field(init=False)

    def __post_init__(self) -> None:
        """Deal the customers into folds."""
        customer, labels = self.examples.customer, self.examples.labels
        if self.auxiliary:
            # Dealt together: whom a fit has not seen, it has not seen on any slice.
            customer = np.concatenate([customer, self.auxiliary.examples.customer])
            labels = np.concatenate([labels, self.auxiliary.examples.labels])
        dealt = grouped(customer, labels, self.recipe.folds, self.seed)
        object.__setattr__(self, "folds", dealt[: len(self.examples)])
        object.__setattr__(self, "auxiliary_folds", dealt[len(self.examples) :])

    def drawn(self, most_rows: int) -> tuple[Integers, Floats]:
        """Return the rows to fit on, all unless there are more than `most_rows`.

        Returns
        -------
        rows : int64 array of shape (k,)
            Positions, ascending.
        weight : float64 array of shape (k,)
            How many rows of the shop each stands for.
        """
        # The examples themselves may have been drawn with the seed.
        rows, weight = self.examples.thinning(most_rows, self.seed + 1)
        return rows, np.ones(len(rows)) if weight is None else weight

    def features(self, rows: Integers) -> Floats32:
        """Return the features of some rows, in their ascending order; of all, without copying."""
        found = self.examples.features
        return found if len(rows) == len(found) else found[rows]

    def loss(self, score: Floats) -> float:
        """Return the weighted mean loss of the rows' scores."""
        each = deviance.of(self.link, self.examples.labels, score)
        return float(np.average(each, weights=self.examples.weights))
