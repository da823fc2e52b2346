"""A run that is made by rule, so that what must come back from a store can be told beforehand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa

from serving.records.record import OUTCOMES, SCHEMA, to_json
from serving.store import RunInfo

CUSTOMERS = 400
"""Of the run that a server serves in the tests."""

RUN = RunInfo(
    as_of=date(2026, 6, 1),
    model_version="3f9a2c",
    churn_horizon_days=90,
    advocacy_horizon_days=180,
    shop="Tea & Sons",
    currency="GBP",
    metrics={"outcomes": {"return": {"basis": "model", "model": {"ece": {"value": 0.041}}}}},
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


def made_by_rule(customers: int, version: str = RUN.model_version) -> pa.Table:
    """Return a table of so many customers that can be published."""
    rows = [_record(number, version) for number in range(customers)]
    table = pa.Table.from_pylist(rows, SCHEMA)
    return table.append_column("record", pa.array(to_json(table), pa.binary()))


def renamed(table: pa.Table, position: int, customer_id: str) -> pa.Table:
    """Return such a table with another id for one of its customers."""
    ids, records = table["customer_id"].to_pylist(), table["record"].to_pylist()
    ids[position] = customer_id
    record = {**json.loads(records[position]), "customer_id": customer_id}
    records[position] = json.dumps(record).encode()
    table = table.set_column(0, "customer_id", pa.array(ids))
    last = table.num_columns - 1
    return table.set_column(last, "record", pa.array(records, pa.binary()))


def record(**values: object) -> pa.Table:
    """Return one record: what is given, else null."""
    needed: dict[str, object] = {
        "customer_id": "c/1",
        "as_of": date(2026, 3, 1),
        "model_version": "abc",
        "held_out": False,
        "suppressed": False,
    }
    return pa.Table.from_pylist([needed | values], SCHEMA)
