"""The record: what `ladder score` says about one customer, its columns and JSON.

The schema is the contract of every output. `bases` is a struct, so that Parquet readers see a
dictionary with a fixed key per outcome; CSV carries it as JSON text, NDJSON as an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from training.bundle.advocacy import ACTS
from training.bundle.arrays import Flags, Floats

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


AT_LEAST = 1.0 - 1e-9
"""What a rate is multiplied by, so that who is at it but for rounding is not below it."""


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
    rate = np.nan if base_rate is None else base_rate * AT_LEAST
    # p / (1 - p) >= k b / (1 - b), multiplied out so that a probability of 1 needs no care.
    odds, base = probability * (1 - rate), rate * (1 - probability)
    conditions = [lapsed, np.isnan(odds), odds >= high_odds * base, odds >= medium_odds * base]
    code = np.select(conditions, range(4), 4)
    return [("lost", None, "high", "medium", "low")[int(k)] for k in code]


def floats(records: pa.Table, name: str) -> Floats:
    """Return a numeric column as float64, null as NaN."""
    numbers = records[name]
    if not pa.types.is_floating(numbers.type):
        numbers = numbers.cast(pa.float64())
    values = numbers.to_numpy()
    return np.asarray(values, dtype=np.float64)


def with_column(records: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return the table with one column exchanged, its field unchanged."""
    position = records.schema.get_field_index(name)
    return records.set_column(position, records.schema.field(position), values)


def to_dicts(records: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield each record as JSON-ready values: dates as ISO text, nulls as None."""
    for batch in records.to_batches(max_chunksize=10_000):
        columns = [_plain(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield dict(zip(records.column_names, row, strict=True))


def _plain(values: pa.Array) -> list[Any]:
    """Return an Arrow array as Python values that JSON can carry."""
    if pa.types.is_date32(values.type):
        values = values.cast(pa.string())
    plain: list[Any] = values.to_pylist()
    return plain


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
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()
