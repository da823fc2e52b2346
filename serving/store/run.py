"""What a published run says about itself."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RunInfo:
    """What whoever publishes says about a run.

    Parameters
    ----------
    as_of : date
        The cutoff day of the scores.
    model_version : str
        The bundle's id.
    churn_horizon_days, advocacy_horizon_days : int
        How far ahead the probabilities look.
    shop : str
        The shop's name.
    currency : str or None
        The currency of every amount.
    metrics : mapping
        How good the bundle is beside its baselines: its ``metrics.json``.
    standing : mapping
        Quantiles of the run, to place whoever is scored live beside it.
    histories : bool
        Whether the run keeps what its customers did.
    attributes : sequence of str
        The attributes of customers that lists may filter by.
    phrases : mapping of str to sequence of str
        What its features say (`serving.explanations.sentences.Words`).
    """

    as_of: date
    model_version: str
    churn_horizon_days: int
    advocacy_horizon_days: int
    shop: str = ""
    currency: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    standing: Mapping[str, Any] = field(default_factory=dict)
    histories: bool = False
    attributes: Sequence[str] = field(default_factory=list)
    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the run's own words as JSON text."""
        return json.dumps(asdict(self), default=date.isoformat, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> RunInfo:
        """Return what :meth:`to_json` wrote; fields it does not know are left out."""
        data = json.loads(text)
        fields = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{**fields, "as_of": date.fromisoformat(data["as_of"])})


@dataclass(frozen=True)
class PublishedRun:
    """A run in the store.

    Parameters
    ----------
    run_id : str
        Its name.
    published_at : datetime
        When it was published, UTC.
    customers : int
        How many records it holds.
    info : RunInfo
        What its publisher said.
    serving : bool
        Whether it is the run that serves.
    """

    run_id: str
    published_at: datetime
    customers: int
    info: RunInfo
    serving: bool


def now() -> int:
    """Return the present as the store keeps it: microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def to_datetime(microseconds: int) -> datetime:
    """Return the UTC instant of a stored number of microseconds since 1970.

    Examples
    --------
    >>> to_datetime(1_500_000).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return EPOCH + timedelta(microseconds=microseconds)
