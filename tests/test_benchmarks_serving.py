"""The serving benchmark: what it publishes, what it asks, and what it believes of its client."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.serving.client import Load, middle, read
from benchmarks.serving.home import repeated
from benchmarks.serving.live import history
from benchmarks.serving.server import empty, status
from serving.records.record import SCHEMA
from serving.runs.scoring import Run

WRK = """
  Latency Distribution
     50%    2.13ms
     99%  870.00us
  25000 requests in 5.00s, 4.00MB read
Requests/sec:   5000.50
"""


@pytest.fixture(scope="module")
def run() -> Run:
    """Return a run of three customers, as far as publishing looks at it."""
    rows = [
        {
            "customer_id": f"real-{number}",
            "as_of": date(2026, 6, 1),
            "model_version": "3f9a2c",
            "held_out": False,
            "suppressed": False,
        }
        for number in range(3)
    ]
    packed = np.arange(6, dtype=np.float32).reshape(3, 2)
    return Run(pa.Table.from_pylist(rows, SCHEMA), packed, [b"a", b"b", b"c"])


def test_a_run_is_repeated_under_new_ids(run: Run) -> None:
    made = pa.Table.from_batches(repeated(run, 7))
    ids = made["customer_id"].to_pylist()
    assert len(set(ids)) == 7
    assert made["history"].to_pylist() == [b"a", b"b", b"c", b"a", b"b", b"c", b"a"]
    assert made["vector"].to_pylist()[3] == [0.0, 1.0]
    records = made["record"].to_pylist()
    assert all(name.encode() in record for name, record in zip(ids, records, strict=True))


def test_what_the_client_prints_is_read_in_milliseconds() -> None:
    assert read(WRK) == Load(5000.5, 0.87)
    assert middle([Load(1, 9), Load(5, 2), Load(2, 3)]) == Load(2, 3)


@pytest.mark.parametrize(
    "said", ["", WRK + "  Non-2xx or 3xx responses: 3", WRK + "  Socket errors: connect 0, read 1"]
)
def test_a_measurement_with_a_failed_answer_is_none(said: str) -> None:
    with pytest.raises(ValueError, match=r"^$|Requests"):
        read(said)


def test_the_reference_answers_where_the_server_does_until_it_is_stopped() -> None:
    with empty() as server:
        assert status(server.port, "/v1/customers/C-1/score") == 200
        assert server.seconds > 0
    assert status(server.port, "/readyz") == 0


def test_the_memory_of_a_server_is_seen() -> None:
    with empty() as server:
        assert server.resident() > 10_000_000


def test_a_history_has_two_hundred_events_and_is_the_same_again() -> None:
    one: dict[str, Any] = history(3)
    assert len(one["orders"]) + len(one["engagement"]) == 200
    assert one == history(3) != history(4)
