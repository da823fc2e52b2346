"""What the tests of the engine share: made-up shops, the SQL oracle, every column there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from features.catalogue import Column
from features.clock import Window
from features.config import Config
from features.contract import Activity, Engagement, Orders
from features.expressions.popularity import Chart, Popularity
from features.settings.sections import Churn
from features.standard import standard_columns
from features.tables import KINDS
from tests.features import histories
from tests.features.histories import Shop
from tests.features.oracle import Oracle

UNNAMED_KIND = "wished"


@pytest.fixture(scope="session")
def shop_of() -> type[Shop]:
    """Return the class of shops written by hand: ``shop_of.of(orders=[{...}])``."""
    return Shop


@pytest.fixture(scope="session")
def shops() -> st.SearchStrategy[Shop]:
    """Return a strategy of small shops full of ties, returns, nulls and clock changes."""
    return histories.shops


@pytest.fixture(scope="session")
def crowd() -> Shop:
    """Return a shop of a hundred busy customers."""
    return histories.crowd(100, seed=1)


@pytest.fixture(scope="session")
def cutoffs() -> tuple[int, ...]:
    """Return cutoffs whose windows' borders the shops' rows like to sit on."""
    return histories.CUTOFFS


@pytest.fixture(scope="session")
def oracle() -> type[Oracle]:
    """Return the oracle: ``oracle(shop, cutoffs).answers(columns)``."""
    return Oracle


@pytest.fixture(scope="session")
def config() -> Config:
    """Return settings under which no fact is null by definition."""
    return Config(churn=Churn(event="cancelled"))


@pytest.fixture(scope="session")
def standard(config: Config) -> tuple[Column, ...]:
    """Return the whole catalogue, the columns of a kind it does not name, and the facts."""
    return standard_columns(config, ("orders", "engagement"), (*KINDS, UNNAMED_KIND))


@pytest.fixture(scope="session")
def everything(standard: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return `standard` and what a shop may ask beyond it, all as float64."""
    return tuple(replace(column, is_feature=False) for column in (*standard, *_beyond()))


_CHART = Chart(
    instants=histories.CUTOFFS[1:],
    products=("Tea", "it's", "tea"),
    ranks=((50_000, None, 550_000), (None, 999_999, 1)),
)


def _beyond() -> list[Column]:
    """Return columns that use what the language offers and the catalogue does not need."""
    orders, engagement, activity = Orders(), Engagement(), Activity()
    charted = Popularity("orders", None, "product_id", None, _CHART)
    measures = {
        "amount_spread": orders.amount.spread(),
        "amount_smallest": orders.amount.smallest(),
        "amount_second_last": orders.amount.latest(1),
        "quantity_mean": orders.quantity.mean(),
        "quantity_known": orders.quantity.count(),
        "popularity": charted,
        "popularity_quarter": charted.over(90),
        "weekday_mean": orders.weekday.mean(),
        "small_lines": orders.where(orders.amount <= 0.1).count(),
        "exact_price": orders.where(orders.amount.equals(19.99)).count(),
        "web_or_tea": orders.where(
            orders.channel.equals("it's") | orders.category.equals("tea")
        ).amount.sum(),
        "not_tea": orders.where(~orders.category.equals("tea")).count(),
        "first_of_zebra": orders.placed.where(orders.category.equals("zebra")).count(),
        "value_spread": engagement.value.spread(),
        "value_faded": engagement.value.faded(45),
        "value_smallest": engagement.value.smallest(),
        "value_last": engagement.value.latest(),
        "value_exact": engagement.where(engagement.value.equals(0.1)).count(),
        "hour_largest": engagement.hour.largest(),
        "detail_entropy": engagement.detail.entropy(),
        "detail_top": engagement.detail.top_share(),
        "detail_distinct": engagement.detail.distinct(),
        "label": activity.count().between(0, 90),
        "label_money": orders.amount.sum().between(14, 104),
        "label_first": engagement.days_since_first().between(0, 90),
    }
    return [
        Column(f"{name}_{days}", measure, Window.before(days))
        for name, measure in measures.items()
        for days in (None, 30, 365)
    ]
