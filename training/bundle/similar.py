"""Similar customers: what a customer's numbers and contributions are told against.

They are asked the same and stand in the same stratum. Contributions are told against everybody;
beside a number that is usual for similar customers that reads wrong: a first-time buyer's one order
would raise the risk of each of them, and fewer visits than theirs might lower it. So what a feature
adds is told against what it adds for their *usual customer*, who has the median of every feature.
What is left still adds up: to the customer's log-odds less the usual customer's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from features.rung import CLIENT_PERIODS, STRATA, STRATUM_FACTS
from training.bundle.arrays import Codes, Flags, Floats, Floats32
from training.bundle.outcome import OutcomeModel
from training.bundle.rows import Dense

Medians = Mapping[str, Sequence[float | None]]
Ranges = Mapping[str, Sequence[Sequence[float] | None]]

_OF_STRATUM = np.array([[1.0, 1.0], [2.0, 1.0], [CLIENT_PERIODS, CLIENT_PERIODS]])
"""`STRATUM_FACTS` of somebody in each stratum."""


@dataclass(frozen=True)
class Similar:
    """What is usual among the customers that one outcome is asked of, by stratum.

    Parameters
    ----------
    medians : mapping of str to sequence of n_strata float or None
        Of features and facts.
    low, middle, high : float32 arrays of shape (n_strata, n_features)
        Quartiles of the model's features, as exact as these are; NaN where none are known.
    lacking : bool array of shape (n_strata, n_features)
        Where most similar customers have no value.
    effects : float64 array of shape (n_strata, n_features)
        What each feature adds to the usual customer's log-odds; 0 where none is known.
    ahead : float64 array of shape (n_strata,)
        The usual customer's log-odds less those of the base rate; 0 where none is known.
    """

    medians: Medians
    low: Floats32
    middle: Floats32
    high: Floats32
    lacking: Flags
    effects: Floats
    ahead: Floats

    @classmethod
    def of(cls, model: OutcomeModel, thresholds: Mapping[str, Any]) -> Self:
        """Return what a bundle's ``thresholds.json`` says of the customers of a model.

        Parameters
        ----------
        model : OutcomeModel
        thresholds : mapping
            With ``usual`` and ``usual_range``, by whom an outcome is asked of; bundles of earlier
            programs lack either.
        """
        medians: Medians = thresholds.get("usual", {}).get(model.asked, {})
        ranges: Ranges = thresholds.get("usual_range", {}).get(model.asked, {})
        nothing = (None,) * len(STRATA)
        middle = _by_stratum([medians.get(name, nothing) for name in model.names])
        low, high = (
            _by_stratum([_ends(ranges.get(name, nothing), end) for name in model.names])
            for end in (0, 1)
        )
        known = np.any(np.isfinite(middle), axis=1)
        effects, ahead = np.zeros(middle.shape), np.zeros(len(STRATA))
        if model.basis == "model" and known.any():
            columns = [*model.names, *STRATUM_FACTS]
            usual = Dense(np.column_stack([middle, _OF_STRATUM])[known], columns)
            parts = model.contributions(usual)
            effects[known] = parts[:, :-1]
            ahead[known] = parts.sum(axis=1) - np.log(model.base / (1.0 - model.base))
        lacking = np.isnan(middle) & (known & bool(ranges))[:, np.newaxis]
        return cls(
            medians=medians,
            low=low.astype("f4"),
            middle=middle.astype("f4"),
            high=high.astype("f4"),
            lacking=lacking,
            effects=effects,
            ahead=ahead,
        )

    def median(self, name: str, stratum: int) -> float | None:
        """Return the middle value of a feature or fact among a stratum's customers, if known."""
        return self.medians[name][stratum] if name in self.medians else None

    def unusual(self, values: Floats32, strata: Codes) -> Flags:
        """Return which values most similar customers do not have.

        Parameters
        ----------
        values : float32 array of shape (n, n_features)
        strata : int8 array of shape (n,)

        Returns
        -------
        bool array of shape (n, n_features)
            False between the quartiles, and where most lack a value as this customer does.
        """
        alike = (values >= self.low[strata]) & (values <= self.high[strata])
        return ~(alike | (np.isnan(values) & self.lacking[strata]))


def _by_stratum(values: Sequence[Sequence[float | None]]) -> Floats:
    """Return numbers of shape (n_strata, n_features), None as NaN."""
    return np.array(values, dtype=np.float64).reshape(-1, len(STRATA)).T


def _ends(ranges: Sequence[Sequence[float] | None], end: int) -> list[float | None]:
    return [None if ends is None else ends[end] for ends in ranges]
