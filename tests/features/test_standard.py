"""Every column a shop can have, one by one: meaning, reason, unit, borders of its windows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from features.catalogue import Column
from features.clock import Window, instant
from features.config import Config
from features.engine import compute
from features.expressions.popularity import Chart
from features.plan import plan
from features.products.charts import with_chart
from features.settings.sections import Churn
from features.standard import standard_columns
from features.tables import KINDS, TABLES
from features.units import UNITS

if TYPE_CHECKING:
    from tests.features.histories import Shop

KIND_WITHOUT_FEATURES = "wished"
COLUMNS = standard_columns(
    Config(churn=Churn(event="cancelled")),
    ("orders", "engagement"),
    (*KINDS, KIND_WITHOUT_FEATURES),
)
FEATURES = [column for column in COLUMNS if column.is_feature]
CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

every_column = pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)


def test_names_are_unique_and_plain() -> None:
    names = [column.name for column in COLUMNS]
    assert len(set(names)) == len(names)
    assert all(name.replace("kind:", "").replace(".", "").isidentifier() for name in names)


def test_there_are_more_than_a_hundred_and_fifty_features() -> None:
    assert len([column for column in FEATURES if not column.name.startswith("kind:")]) > 150


def test_a_feature_that_may_be_unknown_says_so_in_words(shop_of: type[Shop]) -> None:
    """Of a customer who signed up and did nothing else, a number is known or `missing` says why."""
    nobody = shop_of.of(customers=[{"customer_id": "a", "signed_up_at": CUTOFF - timedelta(9)}])
    for column in FEATURES:
        if "nan" in values(nobody, column):
            assert column.missing, column.name
            assert ("{window}" in column.missing) <= (column.window != Window()), column.name


def test_points_of_before_the_history_are_missing_from_the_balance_which_says_so(
    shop_of: type[Shop],
) -> None:
    (balance,) = (column for column in FEATURES if column.name == "points_balance")
    redeemed = [{"occurred_at": CUTOFF - timedelta(9), "kind": "points_redeemed", "value": 70.0}]
    assert values(shop_of.of(engagement=redeemed), balance) == "[-70.0]"
    assert "by what is recorded" in balance.reason
    assert "before the history begins" in balance.description


DID_NOT = re.compile(
    "(?!.* known )(nothing|bought nothing|no|fewer than .*|never|not|only one)( .*)? "
    "(bought|sold|visits|reviews|e-mails|points so far|closed|active|answered)( .*)?"
)
"""What is said of somebody who did not do a thing."""


def test_nobody_is_told_not_to_have_done_what_they_did(shop_of: type[Shop]) -> None:
    """Somebody does everything, and nothing else is noted of it: some numbers are unknown."""
    saturdays = [CUTOFF - timedelta(days=7 * week) for week in range(1, 30)]
    busy = shop_of.of(
        [{"ordered_at": at, "order_id": str(at), "amount": 10.0} for at in saturdays],
        [{"occurred_at": at, "kind": kind} for at in saturdays for kind in KINDS],
    )
    for column in FEATURES:
        if "nan" in values(busy, column):
            assert not DID_NOT.fullmatch(column.missing), column.missing


def test_who_was_active_long_ago_is_not_told_never_to_have_been(shop_of: type[Shop]) -> None:
    long_ago = shop_of.of(
        [{"ordered_at": CUTOFF - timedelta(days=2000), "order_id": "1", "amount": 10.0}]
    )
    weekly = standard_columns(Config(churn=Churn(horizon_days=7)), ("orders",), ())
    unknown = {c.missing for c in weekly if c.is_feature and "nan" in values(long_ago, c)}
    assert "no activity recent enough to compare" in unknown
    assert not {"not active so far", "no orders so far"} & unknown


FAMILIES = {
    "recency": "days_since_order silence_days active_since_days",
    "frequency": "orders_30d orders_365d orders_total active_days_90d",
    "money": "spend_30d spend_365d spend_total order_value_90d",
    "rhythm": "gap_usual gap_spread gap_irregularity silence_over_gap_mean overdue",
    "trends": "activity_momentum spend_trend orders_trend gap_trend email_open_trend",
    "baskets": "lines_per_order items_per_order",
    "breadth": "categories_90d category_entropy_365d category_top_share_365d categories_new_90d",
    "discounts, returns": "discount_share_90d discounted_lines_365d return_share return_rate",
    "channels, habits": "channels_365d channel_top_share_365d weekend_share evening_share",
    "e-mail": "email_open_rate_90d email_click_rate_90d email_unsubscribes",
    "visits": "visits_30d pages_per_visit_90d visits_per_order_90d",
    "carts without orders": "cart_since_order carts_per_order_90d",
    "service": "tickets_90d tickets_pending ticket_hours",
    "opinions": "nps_last nps_change csat_last csat_change reviews_365d stars_mean",
    "advocacy": "referrals_365d shares_365d days_since_advocacy days_since_share",
    "points, coupons": "points_earned_90d points_redeemed_90d points_balance coupons_90d",
    "origin": "tenure came_by_referral came_by_advertising was_referred",
    "BG/NBD": "active_days_ever activity_span active_since_days",
    "season": "active_days_season spend_season",
}


def test_every_family_of_features_is_there() -> None:
    there = {column.name for column in FEATURES}
    assert not {name: gone for name, f in FAMILIES.items() if (gone := {*f.split()} - there)}


def test_a_feature_is_described_in_one_sentence() -> None:
    for column in FEATURES:
        assert re.fullmatch(r"[A-Z](?!.*\. ).*\.", column.description), column.name
        assert column.unit in UNITS, column.name
        assert column.group == column.name or column.name.startswith(f"{column.group}_")


def test_a_reason_has_the_number_and_the_window() -> None:
    for column in FEATURES:
        said = column.reason.format(value="<value>", window="<window>")
        assert "<value>" in said, column.name
        assert ("<window>" in said) == (column.window != Window()), column.name


def test_a_column_survives_json() -> None:
    for column in COLUMNS:
        assert Column.from_json(column.to_json()) == column


@every_column
def test_a_row_at_a_windows_start_is_seen_and_one_before_is_not(
    column: Column, shop_of: type[Shop]
) -> None:
    past = past_of(shop_of)
    for window in windows(column):
        if window.start is not None and column.name != "activity_periods":
            start = CUTOFF + timedelta(days=window.start)
            inside = values(past.plus(one_of_each(shop_of, start)), column)
            outside = values(past.plus(one_of_each(shop_of, start - MICROSECOND)), column)
            assert inside != outside, window


@every_column
def test_a_row_at_a_windows_end_is_not_seen_and_one_before_is(
    column: Column, shop_of: type[Shop]
) -> None:
    """For almost all columns the end is the cutoff itself."""
    past = past_of(shop_of)
    without = values(past, column)
    assert values(past.plus(one_of_each(shop_of, CUTOFF)), column) == without
    for window in windows(column):
        end = CUTOFF + timedelta(days=window.end)
        inside = values(past.plus(one_of_each(shop_of, end - MICROSECOND)), column)
        outside = values(past.plus(one_of_each(shop_of, end)), column)
        assert inside != outside or column.name in INDIFFERENT, window


INDIFFERENT = {
    *("active_since_days", "days_since_first_activity"),  # a later row leaves the first
    *("gap_longest", "gap_max"),  # and the longest gap
    "activity_periods",  # a row that leaves one period enters the next
}


@pytest.mark.parametrize("missing", ["orders", "engagement"])
def test_a_missing_table_leaves_out_its_columns_and_no_others(missing: str) -> None:
    tables = {"orders", "engagement"} - {missing}
    kept = standard_columns(Config(), tables, KINDS if missing == "orders" else ())
    features = [column for column in kept if column.is_feature]
    assert 20 < len(features) < len(FEATURES)
    assert missing not in {source.table for source in plan(tuple(features)).sources}


def test_kinds_that_never_occurred_leave_out_their_columns() -> None:
    names = {c.name for c in standard_columns(Config(), ("engagement",), ("email_sent", "wished"))}
    assert {"emails_sent_30d", "engagements_90d", "kind:wished_count_30d"} <= names
    assert not names & {"carts_30d", "nps_last", "kind:email_sent_count_30d"}


def test_values_of_other_kinds_are_columns_where_they_have_any() -> None:
    def names(*fields: str) -> set[str]:
        columns = standard_columns(Config(), ("engagement",), ("ridden",), fields)
        return {column.name for column in columns if column.name.startswith("kind:")}

    valued = {"kind:ridden_value_365d", "kind:ridden_total_365d"}
    assert names("engagement.value", "engagement.value:ridden") - names() == valued
    assert names("engagement.value", "engagement.value:nps") == names(), "others have values"


@pytest.mark.parametrize(
    ("unfilled", "gone"),
    [
        ("orders.category", {"categories_90d", "category_entropy_365d", "categories_new_90d"}),
        ("orders.quantity", {"items_per_order"}),
        ("orders.discount", {"discount_share_90d", "discounted_lines_365d"}),
        ("orders.is_return", {"returns_90d", "return_share", "days_since_return"}),
        ("engagement.value", {"nps_last", "stars_mean", "points_balance", "ticket_hours"}),
        ("customers.acquired_by", {"came_by_referral", "came_organically"}),
        ("customers.referred_by", {"was_referred"}),
    ],
)
def test_fields_that_hold_nothing_leave_out_their_columns(unfilled: str, gone: set[str]) -> None:
    optional = {
        f"{table.name}.{column.name}" for table in TABLES.values() for column in table.stored
    }

    def names(fields: set[str]) -> set[str]:
        kept = standard_columns(Config(), ("orders", "engagement"), KINDS, fields)
        return {column.name for column in kept}

    assert gone <= names(optional) - names(optional - {unfilled})
    assert {"spend_90d", "silence_days", "tenure", "tickets_30d"} <= names(set())


def test_a_ticket_opened_before_the_history_is_not_minus_one_pending(shop_of: type[Shop]) -> None:
    kinds = ("ticket_closed", "ticket_closed", "ticket_opened")
    shop = shop_of.of(engagement=[{"occurred_at": CUTOFF - MICROSECOND, "kind": k} for k in kinds])
    (pending,) = (column for column in FEATURES if column.name == "tickets_pending")
    table = compute(shop.block(), [instant(CUTOFF)], [pending])
    assert table["tickets_pending"].to_pylist() == [0.0]


def one_of_each(shop_of: type[Shop], moment: datetime) -> Shop:
    """Return a purchase, a return and an action of every kind, all at one instant."""
    line: dict[str, Any] = {
        "ordered_at": moment,
        "order_id": moment.isoformat(),
        "quantity": 7.0,
        "discount": 3.0,
        "category": moment.isoformat(),
        "product_id": moment.isoformat(),
        "channel": moment.isoformat(),
    }
    orders = [{**line, "amount": 900.0}, {**line, "amount": -7.0, "is_return": True}]
    actions = [
        {"occurred_at": moment, "kind": kind, "value": value}
        for value, kind in enumerate((*KINDS, KIND_WITHOUT_FEATURES, "ticket_opened"), start=2)
    ]
    return shop_of.of(orders, actions)


def past_of(shop_of: type[Shop]) -> Shop:
    """Return a customer with rows in every window, so that every share and mean is known.

    No two kinds are equally frequent, so that a row more of each moves their ratios.
    """
    orders, actions = [], []
    for age in (700, 690, 670, 640, 600, 540, 470, 360, 130, 45, 20):
        moment = CUTOFF - timedelta(days=age) + timedelta(hours=9 if age % 20 else 19)
        line = {"ordered_at": moment, "order_id": f"{age}", "product_id": "p"}
        line |= {"channel": "web", "quantity": 1.0, "category": "c" if age < 100 else "old"}
        orders += [{**line, "amount": 10.0}, {**line, "amount": 20.0}]
        orders += [{**line, "order_id": f"{age} again", "amount": 5.0}]
        silent = {"email_opened", "email_clicked", "subscribed", "cancelled"}
        kinds = [*(KINDS.keys() - silent), "site_visited"]
        actions += [{"occurred_at": moment, "kind": kind, "value": 1.0} for kind in kinds]
    left_behind = CUTOFF - timedelta(days=15)
    actions += [{"occurred_at": left_behind, "kind": "cart_added"}]
    return shop_of.of(orders, actions)


def windows(column: Column) -> set[Window]:
    return {step.window for step in plan((column,)).steps if step.source is not None}


def values(shop: Shop, column: Column) -> str:
    """Return what a column is for the shop's only customer, as text, in which null equals null."""
    assert shop.orders is not None
    products = tuple(sorted(set(shop.orders["product_id"].drop_null().to_pylist())))
    ranks = tuple(1 if product == "p" else 500_000 for product in products)
    (column,) = with_chart([column], Chart((instant(CUTOFF),), products, (ranks,)))
    table = compute(shop.block(), [instant(CUTOFF)], [replace(column, is_feature=False)])
    return repr(table[column.name].to_pylist())
