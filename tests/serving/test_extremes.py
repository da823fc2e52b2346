"""Shops at the ends of what there is: learnt from and scored in words, or refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.config import Config
from features.errors import LadderError
from features.history import History, open_history
from serving.records.record import floats
from serving.scoring import score
from training.assembly import assemble
from training.bundle.bundle import Bundle
from training.judging.evaluation import judge_all
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.dataset import prepare

FIRST = date(2023, 1, 1)
QUICK = Settings(
    recipe=Recipe(folds=2, max_rounds=30, penalties=(0.1,), most_rows=4_000), resamples=10
)


def orders(customers: int, days: int, gap: float, stay: float, since: float = 0.6) -> pa.Table:
    """Return the orders of customers who come over a share of some days and leave after a while.

    Parameters
    ----------
    customers, days : int
    gap, stay : float
        Mean days between orders, and until a customer leaves.
    since : float
        The share of the days over which customers come.
    """
    draw = np.random.default_rng(5)
    rows = []
    for customer in range(customers):
        day = draw.uniform(0, since * days)
        end = min(days, day + draw.exponential(stay))
        while day < end:
            rows.append((f"c{customer}", day, draw.lognormal(3, 0.5)))
            day += draw.exponential(gap)
    return placed(rows)


def placed(rows: list[tuple[str, float, float]]) -> pa.Table:
    """Return orders of customers on days, by number, for an amount."""
    return pa.table(
        {
            "customer_id": [customer for customer, _, _ in rows],
            "order_id": [str(number) for number in range(len(rows))],
            "ordered_at": [FIRST + timedelta(days=int(day)) for _, day, _ in rows],
            "amount": [amount for _, _, amount in rows],
        }
    )


ONCE = [(f"c{number}", float(number * 7 % 730), 20.0) for number in range(300)]

SHOPS = {
    "300 customers": (orders(300, 600, 25, 300), 90),
    "hardly anybody leaves": (orders(400, 500, 12, 20_000, 0.3), 90),
    "nearly everybody leaves": (orders(500, 700, 400, 20, 0.95), 90),
    "a year, and half of it ahead": (orders(400, 365, 25, 300), 180),
    "one order each": (placed(ONCE), 90),
    "three customers": (orders(3, 500, 10, 20_000, 0.2), 90),
}


@contextmanager
def opened(placed: pa.Table, horizon: int) -> Iterator[History]:
    config = Config.from_dict({"orders": {}, "churn": {"horizon_days": horizon}})
    with open_history(config, frames={"orders": placed}) as history:
        yield history


def trained(history: History) -> Bundle:
    data = prepare(history, (), lambda *_: None)
    judgements = [*judge_all(data.plans, data.slices, QUICK, lambda *_: None)]
    return assemble(data, judgements, QUICK, lambda *_: None)


@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_of_any_kind_is_learnt_from_and_scored(name: str) -> None:
    with opened(*SHOPS[name]) as history:
        bundle = trained(history)
        scores = score(history, bundle, history.report.until, reasons="all")
    assert scores.num_rows == history.customers
    said = bundle.metrics["outcomes"]["churn"]
    assert said["verdict"]
    asked = scores.filter(scores["churn_probability"].is_valid())
    probability = floats(asked, "churn_probability")
    assert ((probability > 0) & (probability < 1)).all()
    if said["basis"] == "prior" and len(asked):
        tiers = set(asked["risk_tier"].to_pylist())
        assert "medium" in tiers, "who is at the rate of all is at no high and at no low risk"
    assert all(scores["reasons"].drop_null().to_pylist())


def test_one_day_of_history_is_refused_with_the_day_that_would_do() -> None:
    once = [(f"c{number}", 0.0, 20.0) for number in range(50)]
    with (
        opened(placed(once), 90) as history,
        pytest.raises(LadderError, match="until 2023-07-01"),
    ):
        trained(history)
    for day, would_do in ((179, False), (180, True)):
        with opened(placed([*once, ("late", day, 20.0)]), 90) as history:
            assert history.report.until == FIRST + timedelta(days=day + 1)
            if would_do:
                assert trained(history).metrics["outcomes"]["churn"]
            else:
                with pytest.raises(LadderError, match="until 2023-07-01"):
                    trained(history)
