"""What planning looks at of a history."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

from features.checking.measure import Measure, TableMeasure
from features.clock import midnight
from features.config import Config
from features.expressions.expression import Constant
from features.history import History
from features.reach.spans import Span
from training.snapshots.cutoffs import Plan, plan
from training.snapshots.outcome import Outcome


def past(
    first: date,
    until: date,
    zone: str = "UTC",
    customers: int = 1000,
    shut: tuple[date, date] | None = None,
    **training: Any,
) -> History:
    """Return what planning looks at of a history with orders on every day, but in a pause."""
    config = Config.from_dict({"shop": {"timezone": zone}, "training": training})
    end = midnight(until, zone)
    span = {"orders": Span(midnight(first, zone), end)}
    days = (first + timedelta(days=n) for n in range((until - first).days))
    rows = {day: 9 for day in days if shut is None or not shut[0] <= day < shut[1]}
    measure = Measure(tables={"orders": TableMeasure(days=rows)})
    return cast(
        History,
        SimpleNamespace(config=config, until=end, span=span, customers=customers, measure=measure),
    )


def outcome(horizon: int, gap: int = 0, since: int = 0) -> Outcome:
    return Outcome("churn", Constant(0.0), "none", "orders", since, gap, horizon)


def planned(outcome: Outcome, history: History) -> Plan:
    ((one,), skipped) = plan((outcome,), history)
    assert not skipped
    return one
