"""Trials: a column that keeps every promise passes, one that looks ahead is found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.catalogue import Column
from features.config import Config
from features.contract import Orders
from features.promises.proof import PROMISES, Broken, Trial

if TYPE_CHECKING:
    from tests.features.histories import Shop


@pytest.fixture
def trial(crowd: Shop, cutoffs: tuple[int, ...]) -> Trial:
    tables = {name: getattr(crowd, name) for name in ("orders", "engagement", "customers")}
    shop = {"timezone": crowd.timezone, "currency": crowd.currency}
    return Trial(tables, cutoffs, Config.from_dict({"shop": shop}))


def test_the_catalogue_keeps_every_promise(trial: Trial, standard: tuple[Column, ...]) -> None:
    assert [*trial.broken(standard)] == []


def test_a_column_that_looks_ahead_is_found_out(trial: Trial) -> None:
    columns = [
        Column("honest", Orders().amount.sum()),
        Column("canary", Orders().amount.sum().between(0, 90)),
    ]
    assert set(trial.broken(columns)) == {Broken("canary", next(iter(PROMISES)))}


def test_a_shop_without_engagement_is_tried_on_its_orders(trial: Trial) -> None:
    bare = Trial({**trial.tables, "engagement": None}, trial.cutoffs, trial.config)
    assert [*bare.broken([Column("orders", Orders().placed.count())])] == []
