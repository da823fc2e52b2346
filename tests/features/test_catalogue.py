"""Declaring features: four lines each, refused in words where they cannot be meant."""

from __future__ import annotations

import pytest

from features.catalogue import CATALOGUE, Catalogue, Column
from features.clock import Window
from features.contract import Engagement, Orders, Profile
from features.errors import UsageError
from features.expressions import expression as x
from features.expressions.needs import fields_needed


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue()


def test_a_feature_has_a_column_for_each_window(catalogue: Catalogue) -> None:
    @catalogue.feature(over=(30, x.Horizons(0.5)), unit="money", reason="{value} in {window}")
    def spend(orders: Orders) -> x.Measure:
        """Money spent."""
        return orders.amount.sum()

    shared = ("money", "Money spent.", "{value} in {window}", "spend")
    total = x.Sum("orders", None, "amount", None)
    assert catalogue.columns(horizon_days=90) == (
        Column("spend_30d", total, Window(-30, 0), *shared),
        Column("spend_0.5h", total, Window(-45, 0), *shared),
    )


def test_a_feature_without_windows_sees_all_history(catalogue: Catalogue) -> None:
    @catalogue.feature(unit="ratio", reason="{value}")
    def fade(orders: Orders, profile: Profile) -> x.Measure:
        """Orders fading by half every horizon, over tenure."""
        return orders.placed.faded(x.Horizons(1)) / profile.tenure()

    (column,) = catalogue.columns(horizon_days=28)
    assert (column.name, column.window) == ("fade", Window(None, 0))
    assert "'half_life': 28" in str(column.to_json())
    assert len(catalogue) == 1


def test_a_name_can_be_taken_only_once(catalogue: Catalogue) -> None:
    declare = catalogue.feature(unit="count", reason="{value}")

    def rows(orders: Orders) -> x.Measure:
        """Rows."""
        return orders.count()

    declare(rows)
    with pytest.raises(UsageError, match="`rows` is declared twice"):
        declare(rows)


def test_units_and_meanings_are_asked_for(catalogue: Catalogue) -> None:
    def rows(orders: Orders) -> x.Measure:
        """Rows."""
        return orders.count()

    with pytest.raises(UsageError, match="`rows` has `bananas`"):
        catalogue.feature(unit="bananas", reason="{value}")(rows)
    rows.__doc__ = None
    with pytest.raises(UsageError, match="docstring"):
        catalogue.feature(unit="count", reason="{value}")(rows)


def test_the_products_own_catalogue_is_declared_by_import() -> None:
    assert {feature.name for feature in CATALOGUE} >= {
        "spend",
        "silence_days",
        "visits",
        "nps_last",
    }


@pytest.mark.parametrize(
    ("measure", "needed"),
    [
        (Orders().amount.sum(), set()),
        (Orders().purchases.category.distinct(), {"orders.category"}),
        (Orders().first_in_category.count(), {"orders.category"}),
        (Orders().where(Orders().discount > 0).count(), {"orders.discount"}),
        (Orders().returns.count(), {"orders.is_return"}),
        (Engagement().kind("nps").value.mean(), {"engagement.value"}),
        (Engagement().kind("nps").count() / Orders().quantity.sum(), {"orders.quantity"}),
        (Profile().tenure(), set()),
        (Profile().acquired_by("referral"), {"customers.acquired_by"}),
    ],
)
def test_optional_fields_that_a_tree_reads(measure: x.Measure, needed: set[str]) -> None:
    assert fields_needed(measure) == needed
