"""The record: what `ladder score` says about one customer, its columns, ranks and JSON.

The schema is the contract of every output. `bases` is a struct, so that Parquet readers see a
dictionary with a fixed key per outcome; CSV carries it as JSON text, NDJSON as an object.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ACTS = ("refer", "share", "review")
"""The three acts of advocacy; `advocate` is any of them."""

_HIGH_SPEND = "spend_median"
"""What published runs call it, from when it could be nothing else."""

QUANTILES = 1001
"""How many numbers a published run keeps to place a customer who is scored live."""

OUTCOMES = ("churn", "return", *ACTS, "advocate", "spend")

SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        ("churn_horizon_days", pa.int32()),
        ("advocacy_horizon_days", pa.int32()),
        pa.field("model_version", pa.string(), nullable=False),
        ("basis", pa.string()),
        ("churn_probability", pa.float64()),
        ("churn_percentile", pa.float64()),
        ("risk_tier", pa.string()),
        ("return_probability", pa.float64()),
        ("spend_if_stays", pa.float64()),
        ("expected_spend", pa.float64()),
        ("value_at_risk", pa.float64()),
        ("extended_value_at_risk", pa.float64()),
        ("refer_probability", pa.float64()),
        ("share_probability", pa.float64()),
        ("review_probability", pa.float64()),
        ("advocate_probability", pa.float64()),
        ("advocacy_percentile", pa.float64()),
        ("rung", pa.string()),
        ("quadrant", pa.string()),
        ("expected_next_order", pa.date32()),
        ("reasons", pa.list_(pa.string())),
        ("bases", pa.struct([(outcome, pa.string()) for outcome in OUTCOMES])),
        pa.field("held_out", pa.bool_(), nullable=False),
        pa.field("suppressed", pa.bool_(), nullable=False),
    ]
)
"""Columns of ``ladder score``, in order."""


def column(values: Floats | Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return an Arrow array of `kind`; NaN becomes null."""
    return pa.array(values, kind, from_pandas=True)


def percentile(values: Floats, among: Floats) -> Floats:
    """Return 100 x mid-rank of each value among others, NaN for NaN.

    Parameters
    ----------
    values : float64 array of shape (n,)
    among : float64 array of shape (m,)
        Ascending, without NaN: a run's values, or quantiles of them.

    Examples
    --------
    >>> percentile(np.array([0.1, np.nan, 0.4]), np.array([0.1, 0.4, 0.4])).round(1)
    array([16.7,  nan, 66.7])
    """
    middles = (np.searchsorted(among, values) + np.searchsorted(among, values, "right")) / 2
    return np.where(np.isnan(values), np.nan, 100 * middles / max(1, len(among)))


def risk_tier(
    probability: Floats,
    lapsed: Flags,
    *,
    base_rate: float | None,
    medium_odds: float,
    high_odds: float,
) -> list[str | None]:
    """Return each customer's tier from churn odds against the base odds.

    Parameters
    ----------
    probability : float64 array of shape (n,)
        Of churn; NaN for whom it is not asked of.
    lapsed : bool array of shape (n,)
        Whose tier is `lost`.
    base_rate : float or None
        Of the training slices; None where churn was not learnt.
    medium_odds, high_odds : float
        From so many times the base odds on a tier is `medium`, or `high`; below it is `low`.
    """
    rate = np.nan if base_rate is None else base_rate
    # p / (1 - p) >= k b / (1 - b), multiplied out so that a probability of 1 needs no care.
    odds, base = probability * (1 - rate), rate * (1 - probability)
    conditions = [lapsed, np.isnan(odds), odds >= high_odds * base, odds >= medium_odds * base]
    code = np.select(conditions, range(4), 4)
    return [("lost", None, "high", "medium", "low")[int(k)] for k in code]


def quadrant(spend: Floats, advocacy: Floats, rich: float, loud: float) -> list[str | None]:
    """Return `champion`, `affluent`, `advocate` or `miser`; None where either input is NaN.

    Parameters
    ----------
    spend, advocacy : array of shape (n_customers,)
        Expected spend and advocate probability.
    rich, loud : float
        High from there on: by default the eligible customers' median expected spend and the
        training rate of advocacy.
    """
    names = (("miser", "advocate"), ("affluent", "champion"))
    known = ~(np.isnan(spend) | np.isnan(advocacy))
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
            _HIGH_SPEND: None if np.isnan(self.high_spend) else self.high_spend,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Standing:
        """Read what `to_json` wrote; of a run that wrote none, a standing that places nobody."""
        high = data.get(_HIGH_SPEND)
        return cls(
            np.array(data.get("churn", ()), dtype=np.float64),
            np.array(data.get("advocacy", ()), dtype=np.float64),
            np.nan if high is None else high,
        )

    @classmethod
    def of(cls, records: pa.Table, high_value: float = 0.5) -> Standing:
        """Return the standing of a run, where this quantile of expected spend is high."""
        churn, advocacy, spend = (
            np.sort(known[~np.isnan(known)])
            for known in (
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
            records = replace(records, name, column(values, pa.float64()))
        return self.divide(records, advocacy_rate)

    def divide(self, records: pa.Table, advocacy_rate: float) -> pa.Table:
        """Return records with the quadrant filled in, which needs no percentile."""
        spend, advocacy = (floats(records, n) for n in ("expected_spend", "advocate_probability"))
        said = quadrant(spend, advocacy, self.high_spend, advocacy_rate)
        return replace(records, "quadrant", column(said, pa.string()))


def _quantiles(ascending: Floats) -> list[float]:
    """Return all of some numbers, or evenly spaced ones where they are many."""
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


def floats(records: pa.Table, name: str) -> Floats:
    """Return a numeric column as float64, null as NaN."""
    numbers = records[name]
    if not pa.types.is_floating(numbers.type):
        numbers = numbers.cast(pa.float64())
    values = numbers.to_numpy()
    return np.asarray(values, dtype=np.float64)


def replace(records: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return the table with one column exchanged, its field unchanged."""
    position = records.schema.get_field_index(name)
    return records.set_column(position, records.schema.field(position), values)


def to_dicts(records: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield each record as JSON-ready values: dates as ISO text, nulls as None."""
    for batch in records.to_batches(max_chunksize=10_000):
        columns = [_plain(batch.column(i)) for i in range(batch.num_columns)]
        for row in zip(*columns, strict=True):
            yield dict(zip(records.column_names, row, strict=True))


def _plain(values: pa.Array) -> list[Any]:
    """Return an Arrow array as Python values that JSON can carry."""
    if pa.types.is_date32(values.type):
        values = values.cast(pa.string())
    return list(values.to_pylist())


def to_json(records: pa.Table) -> list[bytes]:
    """Return each record as the API serves it: `known` and `contact` added, compact UTF-8."""
    return [encode(served(record)) for record in to_dicts(records)]


def served(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with `known` after its id and whether it may be contacted at its end."""
    body = {"customer_id": record["customer_id"], "known": True, **record}
    return {**body, "contact": contact(record)}


def contact(record: Mapping[str, Any]) -> str:
    """Return `no` for who must not be contacted, `held_out` for a control, else `yes`."""
    if record["suppressed"]:
        return "no"
    return "held_out" if record["held_out"] else "yes"


def encode(value: Mapping[str, Any]) -> bytes:
    """Return compact UTF-8 JSON; NaN and infinity are refused rather than written."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_iso
    )
    return text.encode()


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"JSON carries no {type(value).__name__}")
