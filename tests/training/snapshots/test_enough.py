"""Shops where hardly anybody leaves in a few weeks: older cutoffs teach where that is enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import Column
from features.config import Config
from features.facts import columns as fact_columns
from features.history import History, open_history
from training.snapshots import enough, slicing
from training.snapshots.cutoffs import Plan, plan
from training.snapshots.enough import FEWEST_CUSTOMERS, fewest_customers, has_few
from training.snapshots.outcomes import outcomes
from training.snapshots.slices import Slices
from training.snapshots.spacing import FORTNIGHT

Built = tuple[list[Plan], tuple[Plan, ...], Slices]
Build = Callable[..., Built]


def orders(customers: int, years: float, seed: int = 3) -> pa.Table:
    """Return orders every week or so of a few customers at a time, who stay for half a year."""
    drawn, rows = np.random.default_rng(seed), []
    for customer in range(customers):
        came = drawn.uniform(-0.5, years) * 365
        days = came + np.cumsum(drawn.exponential(9, 60))
        for day in days[(days > 0) & (days < came + drawn.exponential(180)) & (days < years * 365)]:
            at = datetime(2024, 1, 1) - timedelta(days=years * 365 - float(day))
            rows.append({"customer_id": f"c{customer}", "ordered_at": at, "amount": 9.0})
    frame = pa.Table.from_pylist(rows)
    return frame.append_column("order_id", pa.array(map(str, range(len(frame)))))


@pytest.fixture
def built() -> Build:
    def build(customers: int, years: float, snapshots: int = 6) -> Built:
        config = Config.from_dict(
            {"shop": {}, "orders": {}, "churn": {"horizon_days": 28, "active_days": 90}}
            | {"training": {"snapshots": snapshots}}
        )
        with open_history(config, frames={"orders": orders(customers, years)}) as history:
            known, _ = outcomes(config, history, ("churn",))
            planned, _ = plan(known, history)
            return planned, *enough.build(history, planned, fact_columns(config))

    return build


def test_a_small_shop_with_a_long_history_learns_from_older_cutoffs(built: Build) -> None:
    (usual,), (churn,), slices = built(500, 5)
    few = slices.answers(usual.outcome, usual.evaluation)
    assert fewest_customers(few) < FEWEST_CUSTOMERS
    assert not has_few(slices, churn)
    assert len(churn.evaluation) == len(churn.serving) == 26
    assert churn.evaluation[-1] == usual.evaluation[-1], "the newest stay what they were"
    assert churn.newest == usual.newest
    apart = {(b - a).days for a, b in pairwise(churn.evaluation)}
    assert apart == {FORTNIGHT}
    assert churn.notes == (
        f"26 cutoffs back to {churn.evaluation[0]}, as the newest 6 hold too few customers to "
        "learn from",
    )


def test_one_where_a_year_is_not_enough_looks_back_for_two(built: Build) -> None:
    _, (churn,), slices = built(190, 5)
    assert len(churn.evaluation) == 52
    assert not has_few(slices, churn)


def test_what_older_cutoffs_do_not_help_stays_as_it_was(built: Build) -> None:
    for customers, years in ((40, 5), (150, 0.6)):
        planned, settled, slices = built(customers, years)
        assert settled == tuple(planned)
        assert len(np.unique(slices.cutoff)) == len(planned[0].cutoffs) + 1, "nor are more computed"


def test_a_shop_with_customers_enough_is_computed_once(
    built: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    build = slicing.build

    def counted(
        history: History, plans: Sequence[Plan], columns: Sequence[Column], *rest: Any
    ) -> Slices:
        computed.append(len(plans[0].evaluation))
        return build(history, plans, columns, *rest)

    monkeypatch.setattr(slicing, "build", counted)
    assert built(4000, 3)[1][0].notes == ()
    assert computed == [6]
