"""Features of what a customer buys: money, baskets, breadth."""

from __future__ import annotations

from features.catalogue import feature
from features.contract import Orders
from features.expressions.expression import Horizons, Measure


@feature(over=(30, 90, 180, 365), unit="orders", reason="{value} in the last {window}")
def orders(orders: Orders) -> Measure:
    """Orders placed; returns, cancelled and zero-value orders do not count."""
    return orders.placed.count()


@feature(unit="orders", reason="{value} in all")
def orders_total(orders: Orders) -> Measure:
    """Orders placed since the first."""
    return orders.placed.count()


@feature(
    unit="share",
    reason="{value} of the year's orders fell in the last 90 days",
    missing="no orders in the last year",
)
def orders_trend(orders: Orders) -> Measure:
    """Orders placed in the last 90 days over those in the last 365."""
    return orders.placed.count().over(90) / orders.placed.count().over(365)


@feature(over=(30, 90, 180, 365), unit="money", reason="{value} spent in the last {window}")
def spend(orders: Orders) -> Measure:
    """Money spent, after discounts and returns."""
    return orders.amount.sum()


@feature(unit="money", reason="{value} spent in all")
def spend_total(orders: Orders) -> Measure:
    """Money spent since the first order, after discounts and returns."""
    return orders.amount.sum()


@feature(unit="money", reason="recent spending, older purchases counting less, comes to {value}")
def spend_faded(orders: Orders) -> Measure:
    """Money spent, after returns, each line fading by half every horizon."""
    return orders.amount.faded(Horizons(1))


@feature(
    unit="money", reason="spending over the years, older purchases counting less, comes to {value}"
)
def spend_faded_slowly(orders: Orders) -> Measure:
    """Money spent, after returns, each line fading by half every four horizons."""
    return orders.amount.faded(Horizons(4))


@feature(
    unit="share",
    reason="{value} of the year's spending fell in the last 90 days",
    missing="nothing spent in the last year, after returns",
)
def spend_trend(orders: Orders) -> Measure:
    """Money spent in the last 90 days over that in the last 365."""
    return orders.amount.sum().over(90) / orders.amount.sum().over(365)


@feature(
    unit="money", reason="{value} spent a month since the first order", missing="no orders so far"
)
def spend_rate(orders: Orders) -> Measure:
    """Money spent per thirty days since the first order."""
    return orders.amount.sum() * 30.0 / orders.placed.days_since_first()


@feature(unit="money", reason="{value} spent last year in the weeks now ahead")
def spend_season(orders: Orders) -> Measure:
    """Money spent a year ago, in the thirteen weeks after the cutoff's day of the year."""
    return orders.amount.sum().between(-365, -274)


@feature(
    over=(90, 365),
    unit="money",
    reason="{value} an order in the last {window}",
    missing="no orders in the last {window}",
)
def order_value(orders: Orders) -> Measure:
    """Mean value of an order."""
    return orders.purchases.amount.sum() / orders.placed.count()


@feature(unit="money", reason="{value} an order in all", missing="no orders so far")
def order_value_usual(orders: Orders) -> Measure:
    """Mean value of an order since the first."""
    return orders.purchases.amount.sum() / orders.placed.count()


@feature(
    unit="ratio",
    reason="orders of the last 90 days are {value} times their usual value",
    missing="no orders in the last 90 days",
)
def order_value_trend(orders: Orders) -> Measure:
    """Mean order value in the last 90 days over the mean since the first order."""
    recent = orders.purchases.amount.sum().over(90) / orders.placed.count().over(90)
    return recent / (orders.purchases.amount.sum() / orders.placed.count())


@feature(unit="money", reason="the dearest purchase was {value}", missing="nothing bought so far")
def line_largest(orders: Orders) -> Measure:
    """Largest amount of a single line."""
    return orders.purchases.amount.largest()


@feature(
    unit="share",
    reason="{value} of all spending was a single purchase",
    missing="nothing bought so far",
)
def line_largest_share(orders: Orders) -> Measure:
    """Largest amount of a single line over all purchases."""
    return orders.purchases.amount.largest() / orders.purchases.amount.sum()


@feature(
    unit="lines",
    reason="{value} an order in the last year",
    missing="no orders in the last year",
)
def lines_per_order(orders: Orders) -> Measure:
    """Purchase lines per order in the last 365 days."""
    return orders.purchases.count().over(365) / orders.placed.count().over(365)


@feature(
    unit="items", reason="{value} an order in the last year", missing="no orders in the last year"
)
def items_per_order(orders: Orders) -> Measure:
    """Quantity per order in the last 365 days."""
    return orders.purchases.quantity.sum().over(365) / orders.placed.count().over(365)


@feature(over=(90, 365), unit="categories", reason="{value} bought in the last {window}")
def categories(orders: Orders) -> Measure:
    """Different categories bought."""
    return orders.purchases.category.distinct()


@feature(
    unit="share",
    reason="{value} of the year's categories were bought in the last 90 days",
    missing="nothing of a known category bought in the last year",
)
def categories_trend(orders: Orders) -> Measure:
    """Categories bought in the last 90 days over those in the last 365; low when it narrows."""
    categories = orders.purchases.category.distinct()
    return categories.over(90) / categories.over(365)


@feature(
    over=(365,),
    unit="ratio",
    reason="spread over categories of {value} in the last {window}",
    missing="nothing of a known category bought in the last {window}",
)
def category_entropy(orders: Orders) -> Measure:
    """Shannon entropy of the categories' shares of lines, in nats."""
    return orders.purchases.category.entropy()


@feature(
    over=(365,),
    unit="share",
    reason="{value} of purchases in one category in the last {window}",
    missing="nothing of a known category bought in the last {window}",
)
def category_top_share(orders: Orders) -> Measure:
    """Share of lines in the commonest category."""
    return orders.purchases.category.top_share()


@feature(
    over=(90, 365),
    unit="categories",
    reason="{value} tried for the first time in the last {window}",
)
def categories_new(orders: Orders) -> Measure:
    """Categories bought for the first time."""
    return orders.first_in_category.count()


@feature(over=(90, 365), unit="products", reason="{value} bought in the last {window}")
def products(orders: Orders) -> Measure:
    """Different products bought."""
    return orders.purchases.product_id.distinct()


@feature(
    unit="share",
    reason="{value} of last year's purchases were different products",
    missing="nothing bought in the last year",
)
def product_novelty(orders: Orders) -> Measure:
    """Different products over purchase lines in the last 365 days; low for a repeated basket."""
    lines = orders.purchases
    return lines.product_id.distinct().over(365) / lines.count().over(365)


@feature(
    unit="share",
    reason="bought things more popular than {value} of what the shop sells",
    missing="bought nothing whose popularity is known",
)
def product_popularity(orders: Orders) -> Measure:
    """Mean rank of the products bought in 13 weeks' sales, from 0 (least sold) to 1 (most sold)."""
    return orders.purchases.product_id.popularity()
