"""A scored shop, made by rule rather than by a model, and a home to publish it in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from serving.home import create_home
from serving.records import OUTCOMES, SCHEMA, to_json
from serving.store import RunInfo

RUN = RunInfo(
    as_of=date(2026, 6, 1),
    model_version="3f9a2c",
    churn_horizon_days=90,
    advocacy_horizon_days=180,
    shop="Tea & Sons",
    currency="GBP",
)


def _record(number: int, version: str) -> dict[str, Any]:
    """Return one customer's record: of every ten, the tenth has lapsed and the ninth objects."""
    lapsed, risk = number % 10 == 9, (number % 97) / 97
    tier = "lost" if lapsed else ("low", "medium", "high")[number % 3]
    return {
        "customer_id": f"c{number:06d}",
        "as_of": RUN.as_of,
        "churn_horizon_days": 90,
        "advocacy_horizon_days": 180,
        "model_version": version,
        "basis": "model",
        "churn_probability": None if lapsed else risk,
        "churn_percentile": None if lapsed else 50.0,
        "risk_tier": tier,
        "return_probability": 0.25 if lapsed else None,
        "spend_if_stays": None if lapsed else 80.0,
        "expected_spend": None if lapsed else 80.0 * (1 - risk),
        "value_at_risk": None if lapsed else 80.0 * risk,
        "extended_value_at_risk": None if lapsed else 90.0 * risk,
        "refer_probability": None if lapsed else 0.1,
        "share_probability": None,
        "review_probability": None if lapsed else 0.2,
        "advocate_probability": None if lapsed else 0.25,
        "advocacy_percentile": None if lapsed else 50.0,
        "rung": ("first_time", "repeat", "client")[number % 3],
        "quadrant": None if lapsed else "affluent",
        "expected_next_order": None if lapsed else date(2026, 7, 14),
        "reasons": ["78 days since the last order, where 30 is usual: raises the risk"],
        "bases": dict.fromkeys(OUTCOMES, "model"),
        "held_out": number % 20 == 7,
        "suppressed": number % 10 == 8,
    }


@pytest.fixture(scope="session")
def scored() -> Callable[..., pa.Table]:
    """Return a function from a number of customers to a table that can be published."""

    def make(customers: int, version: str = RUN.model_version) -> pa.Table:
        rows = [_record(number, version) for number in range(customers)]
        table = pa.Table.from_pylist(rows, SCHEMA)
        return table.append_column("record", pa.array(to_json(table), pa.binary()))

    return make


@pytest.fixture(scope="session")
def run_info() -> RunInfo:
    """Return what the made-up run says about itself."""
    return RUN


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home."""
    return create_home(tmp_path / "models")
