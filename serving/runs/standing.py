"""Standing: the parts of a record that compare a customer with all others of the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from serving.records.record import column, floats, with_column
from training.bundle.arrays import Floats

QUANTILES = 1001
"""How many numbers a published run keeps to place a customer who is scored live."""


def percentile(values: Floats, among: Floats) -> Floats:
    """Return 100 x mid-rank of each value among others, NaN for NaN.

    Parameters
    ----------
    values : float64 array of shape (n,)
    among : float64 array of shape (m,)
        Ascending, without NaN: a run's values, or quantiles of them. Among none, all is NaN.

    Examples
    --------
    >>> percentile(np.array([0.1, np.nan, 0.4]), np.array([0.1, 0.4, 0.4])).round(1)
    array([16.7,  nan, 66.7])
    """
    middles = (np.searchsorted(among, values) + np.searchsorted(among, values, "right")) / 2
    return np.where(np.isnan(values), np.nan, 100 * middles / (len(among) or np.nan))


def quadrant(spend: Floats, advocacy: Floats, rich: float, loud: float) -> list[str | None]:
    """Return `champion`, `affluent`, `advocate` or `miser`; None where any input is NaN.

    Parameters
    ----------
    spend, advocacy : array of shape (n_customers,)
        Expected spend and advocate probability.
    rich, loud : float
        High from there on: by default the eligible customers' median expected spend and the
        training rate of advocacy.
    """
    names = (("miser", "advocate"), ("affluent", "champion"))
    known = ~np.isnan(spend + advocacy + rich + loud)
    high = zip(spend >= rich, advocacy >= loud, known, strict=True)
    return [names[int(value)][int(voice)] if both else None for value, voice, both in high]


@dataclass(frozen=True)
class Standing:
    """What a run says about where one customer stands among all.

    Parameters
    ----------
    churn, advocacy : float64 arrays
        The run's churn and advocate probabilities, ascending.
    high_spend : float
        From when on expected spend is high: the median of those asked about churn, or another
        quantile (``[standing] high_value``); NaN where there are none.
    """

    churn: Floats
    advocacy: Floats
    high_spend: float

    def to_json(self) -> dict[str, Any]:
        """Return the standing as JSON data, at most `QUANTILES` numbers of each kind."""
        return {
            "churn": _quantiles(self.churn),
            "advocacy": _quantiles(self.advocacy),
            "high_spend": None if np.isnan(self.high_spend) else self.high_spend,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Standing:
        """Read what `to_json` wrote; of a run that wrote none, a standing that places nobody."""
        high = data.get("high_spend")
        return cls(
            np.array(data.get("churn", ()), dtype=np.float64),
            np.array(data.get("advocacy", ()), dtype=np.float64),
            np.nan if high is None else high,
        )

    @classmethod
    def of(cls, records: pa.Table, high_value: float) -> Standing:
        """Return the standing of a run, where this quantile of expected spend is high."""
        churn, advocacy, spend = (
            np.sort(values[~np.isnan(values)])
            for values in (
                floats(records, name)
                for name in ("churn_probability", "advocate_probability", "expected_spend")
            )
        )
        near = spend[neighbours(len(spend), high_value)]
        return cls(churn, advocacy, between(near, len(spend), high_value))

    def place(self, records: pa.Table, advocacy_rate: float) -> pa.Table:
        """Return records with percentiles and quadrant filled in.

        Parameters
        ----------
        records : Arrow table
            Of the run, or scored live beside it.
        advocacy_rate : float
            The training rate of advocacy.
        """
        for name, of, among in (
            ("churn_percentile", "churn_probability", self.churn),
            ("advocacy_percentile", "advocate_probability", self.advocacy),
        ):
            values = percentile(floats(records, of), among)
            records = with_column(records, name, column(values, pa.float64()))
        return self.divide(records, advocacy_rate)

    def divide(self, records: pa.Table, advocacy_rate: float) -> pa.Table:
        """Return records with the quadrant filled in, which needs no percentile."""
        spend, advocacy = (floats(records, n) for n in ("expected_spend", "advocate_probability"))
        quadrants = quadrant(spend, advocacy, self.high_spend, advocacy_rate)
        return with_column(records, "quadrant", column(quadrants, pa.string()))


def _quantiles(ascending: Floats) -> list[float]:
    """Return ascending numbers: all of them, or evenly spaced ones where they are many."""
    return [float(value) for value in ascending[quantile_places(len(ascending))]]


def neighbours(count: int, share: float) -> list[int]:
    """Return the places, ascending, of the numbers next to a quantile of so many: two, one or none.

    >>> neighbours(5, 0.5), neighbours(4, 0.5), neighbours(0, 0.5)
    ([2], [1, 2], [])
    """
    at = share * (count - 1)
    return sorted({math.floor(at), math.ceil(at)}) if count else []


def between(near: Floats, count: int, share: float) -> float:
    """Return a quantile of so many numbers from those at its `neighbours`; NaN of none.

    >>> between(np.array([1.0, 2.0]), 4, 0.5)
    1.5
    """
    if not count:
        return float("nan")
    beyond = share * (count - 1) % 1
    return float(near[0] * (1 - beyond) + near[-1] * beyond)


def quantile_places(count: int) -> NDArray[np.intp]:
    """Return which of so many ascending numbers a published run keeps: all, or `QUANTILES`."""
    if count <= QUANTILES:
        return np.arange(count)
    return np.linspace(0, count - 1, QUANTILES).round().astype(np.intp)
