"""Who belongs to the first of all customers, as each part of them finds out for itself."""

from __future__ import annotations

import pyarrow as pa
import pytest

from serving.records.record import column
from serving.runs.spread import Top
from serving.runs.totals import Totals


@pytest.fixture
def records() -> pa.Table:
    """Return customers in order, three of whom have the same at stake."""
    at_stake = [5.0, 9.0, None, 5.0, 5.0, 1.0]
    return pa.table(
        {
            "customer_id": ["a", "b", "c", "d", "e", "f"],
            "value_at_risk": column(at_stake, pa.float64()),
            "risk_tier": ["high", "high", None, "low", "low", "low"],
            "rung": ["client"] * 5 + ["repeat"],
        }
    )


def test_of_equal_customers_the_first_ones_are_asked(records: pa.Table) -> None:
    top = Top("churn", "value_at_risk", 5.0, "d")
    assert top.rows(records).tolist() == [0, 1, 3]
    parts = [records.slice(0, 2), records.slice(2)]
    assert [top.rows(part).tolist() for part in parts] == [[0, 1], [1]]


def test_totals_of_parts_add_up(records: pa.Table) -> None:
    whole = Totals.of(records)
    assert (whole.customers, whole.at_risk) == (6, 25.0)
    assert (whole.tiers["low"], whole.tiers[None], whole.rungs["repeat"]) == (3, 1, 1)
    assert Totals.of(records.slice(0, 3)) + Totals.of(records.slice(3)) == whole
    nobody = Totals.of(records.slice(2, 1))
    assert nobody.at_risk is None
    assert sum([Totals.of(records), nobody], start=Totals()).at_risk == 25.0
