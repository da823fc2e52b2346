"""Features of how a customer buys: at a discount, to send back, through which channel, when."""

from __future__ import annotations

from features.catalogue import feature
from features.contract import Orders
from features.expressions.expression import Measure


@feature(
    over=(90, 365),
    unit="share",
    reason="{value} of the price was discount in the last {window}",
    missing="nothing bought in the last {window}",
)
def discount_share(orders: Orders) -> Measure:
    """Discount over the price before discount."""
    discount = orders.purchases.discount.sum()
    return discount / (orders.purchases.amount.sum() + discount)


@feature(
    over=(365,),
    unit="share",
    reason="{value} of purchases were discounted in the last {window}",
    missing="nothing bought in the last {window}",
)
def discounted_lines(orders: Orders) -> Measure:
    """Share of purchase lines with a discount."""
    return orders.purchases.where(orders.discount > 0).count() / orders.purchases.count()


@feature(over=(90, 365), unit="lines", reason="{value} returned in the last {window}")
def returns(orders: Orders) -> Measure:
    """Lines returned."""
    return orders.returns.count()


@feature(
    unit="share",
    reason="{value} of the money spent in the last year went back",
    missing="nothing bought in the last year",
)
def return_share(orders: Orders) -> Measure:
    """Money returned over money of purchases in the last 365 days."""
    returned = orders.returns.amount.sum().over(365) * -1.0
    return returned / orders.purchases.amount.sum().over(365)


@feature(
    unit="share",
    reason="{value} as many lines returned as bought in the last year",
    missing="nothing bought in the last year",
)
def return_rate(orders: Orders) -> Measure:
    """Lines returned over lines bought in the last 365 days."""
    return orders.returns.count().over(365) / orders.purchases.count().over(365)


@feature(
    unit="days", reason="last returned something {value} ago", missing="nothing returned so far"
)
def days_since_return(orders: Orders) -> Measure:
    """Days since the last return."""
    return orders.returns.days_since_last()


@feature(unit="days", reason="last ordered {value} ago", missing="no orders so far")
def days_since_order(orders: Orders) -> Measure:
    """Days since the last counting order."""
    return orders.placed.days_since_last()


@feature(over=(365,), unit="channels", reason="{value} used in the last {window}")
def channels(orders: Orders) -> Measure:
    """Different channels bought through."""
    return orders.purchases.channel.distinct()


@feature(
    over=(365,),
    unit="share",
    reason="{value} of purchases through one channel in the last {window}",
    missing="nothing bought through a known channel in the last {window}",
)
def channel_top_share(orders: Orders) -> Measure:
    """Share of lines through the commonest channel."""
    return orders.purchases.channel.top_share()


@feature(unit="share", reason="{value} of orders at the weekend", missing="no orders so far")
def weekend_share(orders: Orders) -> Measure:
    """Share of orders placed on a Saturday or Sunday, local time."""
    return orders.placed.where(orders.weekday >= 5).count() / orders.placed.count()


@feature(unit="share", reason="{value} of orders in the evening", missing="no orders so far")
def evening_share(orders: Orders) -> Measure:
    """Share of orders placed from 18:00 to midnight, local time."""
    return orders.placed.where(orders.hour >= 18).count() / orders.placed.count()


@feature(unit="share", reason="{value} of orders in the morning", missing="no orders so far")
def morning_share(orders: Orders) -> Measure:
    """Share of orders placed from 6:00 to noon, local time."""
    morning = (orders.hour >= 6) & (orders.hour < 12)
    return orders.placed.where(morning).count() / orders.placed.count()
