"""An old shop, most of whose customers have lapsed: its few active ones leave room for others."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.config import Config
from features.facts import columns as fact_columns
from features.history import open_history
from training.learning.recipe import Recipe
from training.snapshots import enough
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs
from training.snapshots.cutoffs import Plan, plan
from training.snapshots.outcomes import outcomes
from training.snapshots.slices import Slices

CONFIG = Config.from_dict(
    {"shop": {}, "orders": {}, "churn": {"horizon_days": 28, "active_days": 90}}
)


def orders(customers: int) -> pa.Table:
    """Return orders of customers who come over five years, and stay for four months."""
    draw, rows = np.random.default_rng(5), []
    for customer in range(customers):
        came = draw.uniform(0, 1800)
        for day in came + draw.uniform(0, 120, 3):
            at = datetime(2019, 1, 1) + timedelta(days=float(day))
            rows.append({"customer_id": f"c{customer}", "ordered_at": at, "amount": 9.0})
    frame = pa.Table.from_pylist(rows)
    return frame.append_column("order_id", pa.array(map(str, range(len(frame)))))


def built() -> tuple[dict[str, Plan], Slices]:
    with open_history(CONFIG, frames={"orders": orders(1500)}) as history:
        known, _ = outcomes(CONFIG, history)
        planned, _ = plan(tuple(one for one in known if not one.is_money), history)
        settled, slices = enough.build(history, planned, fact_columns(CONFIG))
    return {one.outcome.name: one for one in settled}, slices


@pytest.fixture(scope="module")
def usual() -> tuple[dict[str, Plan], Slices]:
    return built()


def test_few_who_are_asked_leave_room_for_other_cutoffs(
    usual: tuple[dict[str, Plan], Slices], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.snapshots.auxiliary_cutoffs.MOST_ROWS", 3000)
    plans, slices = built()
    churn, before = plans["churn"], usual[0]["churn"]
    assert churn.evaluation_auxiliary.censored == before.evaluation_auxiliary.censored
    assert churn.serving_auxiliary.censored == before.serving_auxiliary.censored
    assert {*churn.serving_auxiliary.earlier} < {*before.serving_auxiliary.earlier}
    assert (churn.evaluation, churn.ahead) == (before.evaluation, before.ahead)
    for days in (churn.evaluation, churn.serving_auxiliary.earlier):
        mine, theirs = (one.examples(churn.outcome, days) for one in (slices, usual[1]))
        assert np.array_equal(mine.labels, theirs.labels)
        np.testing.assert_equal(dict(mine.facts), dict(theirs.facts))


def test_lapsed_customers_are_many_and_get_no_other_cutoffs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.snapshots.auxiliary_cutoffs.MOST_ROWS", 3000)
    plans, slices = built()
    back = plans["return"]
    assert back.evaluation_auxiliary == back.serving_auxiliary == AuxiliaryCutoffs()
    earlier = plans["churn"].serving_auxiliary.earlier
    assert slices.count(back.outcome, earlier) == 0, "nor are they computed there"
    assert slices.count(back.outcome, back.serving) > 1000


def test_few_lapsed_customers_are_not_worth_computing_everybody_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.snapshots.auxiliary_cutoffs.MOST_ROWS", 3000)
    monkeypatch.setattr(enough, "_joined", lambda plan, *_: pytest.fail(plan.outcome.name))
    with open_history(CONFIG, frames={"orders": orders(1500)}) as history:
        known, _ = outcomes(CONFIG, history)
        planned, _ = plan(tuple(one for one in known if one.name == "return"), history)
        settled, _ = enough.build(history, planned, fact_columns(CONFIG))
    assert settled[0].serving_auxiliary == AuxiliaryCutoffs()


def test_as_many_as_no_fit_has_room_for_are_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.snapshots.auxiliary_cutoffs.MOST_ROWS", 3000)
    monkeypatch.setattr(enough, "FIT_ROWS", 300)
    assert built()[0]["churn"].serving_auxiliary == AuxiliaryCutoffs()


def test_room_is_what_a_fit_has() -> None:
    assert Recipe().most_rows == enough.FIT_ROWS
