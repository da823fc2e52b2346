"""Features of attention: e-mails, visits, the app, carts, coupons, points."""

from __future__ import annotations

from features.catalogue import feature
from features.clock import ENDLESS_DAYS
from features.contract import Engagement, Orders
from features.expressions.expression import Horizons, Measure


@feature(over=(30, 90), unit="e-mails", reason="{value} received in the last {window}")
def emails_sent(engagement: Engagement) -> Measure:
    """E-mails sent to the customer."""
    return engagement.kind("email_sent").count()


@feature(over=(30, 90), unit="e-mails", reason="{value} opened in the last {window}")
def emails_opened(engagement: Engagement) -> Measure:
    """E-mails opened."""
    return engagement.kind("email_opened").count()


@feature(over=(30, 90), unit="e-mails", reason="{value} clicked in the last {window}")
def emails_clicked(engagement: Engagement) -> Measure:
    """E-mails clicked."""
    return engagement.kind("email_clicked").count()


@feature(
    over=(30, 90, 365),
    unit="share",
    reason="{value} of e-mails opened in the last {window}",
    missing="no e-mails sent in the last {window}",
)
def email_open_rate(engagement: Engagement) -> Measure:
    """E-mails opened over e-mails sent."""
    return engagement.kind("email_opened").count() / engagement.kind("email_sent").count()


@feature(
    over=(90, 365),
    unit="share",
    reason="{value} of e-mails clicked in the last {window}",
    missing="no e-mails sent in the last {window}",
)
def email_click_rate(engagement: Engagement) -> Measure:
    """E-mails clicked over e-mails sent."""
    return engagement.kind("email_clicked").count() / engagement.kind("email_sent").count()


@feature(
    over=(90,),
    unit="share",
    reason="{value} of opened e-mails clicked in the last {window}",
    missing="no e-mails opened in the last {window}",
)
def email_clicks_of_opened(engagement: Engagement) -> Measure:
    """E-mails clicked over e-mails opened."""
    return engagement.kind("email_clicked").count() / engagement.kind("email_opened").count()


@feature(
    unit="ratio",
    reason="opens e-mails {value} times as often as usual",
    missing="too few e-mails sent or opened to compare",
)
def email_open_trend(engagement: Engagement) -> Measure:
    """Open rate of the last 30 days over that of the last 365."""
    opened, sent = engagement.kind("email_opened"), engagement.kind("email_sent")
    recent = opened.count().over(30) / sent.count().over(30)
    return recent / (opened.count().over(365) / sent.count().over(365))


@feature(unit="days", reason="last opened an e-mail {value} ago", missing="no e-mail opened so far")
def days_since_email_opened(engagement: Engagement) -> Measure:
    """Days since an e-mail was opened."""
    return engagement.kind("email_opened").days_since_last()


@feature(
    unit="days", reason="last clicked an e-mail {value} ago", missing="no e-mail clicked so far"
)
def days_since_email_clicked(engagement: Engagement) -> Measure:
    """Days since an e-mail was clicked."""
    return engagement.kind("email_clicked").days_since_last()


@feature(unit="times", reason="unsubscribed from e-mails {value}")
def email_unsubscribes(engagement: Engagement) -> Measure:
    """Times the customer unsubscribed from e-mails."""
    return engagement.kind("email_unsubscribed").count()


def _visits(engagement: Engagement) -> Engagement:
    return engagement.kind("site_visited", "app_opened")


@feature(over=(7, 30, 90, 365), unit="visits", reason="{value} in the last {window}")
def visits(engagement: Engagement) -> Measure:
    """Visits to the site and openings of the app."""
    return _visits(engagement).count()


@feature(unit="ratio", reason="visits of late, older ones counting less, come to {value}")
def visits_faded_fast(engagement: Engagement) -> Measure:
    """Visits, each fading by half every eighth of a horizon."""
    return _visits(engagement).faded(Horizons(0.125))


@feature(unit="ratio", reason="recent visits, older ones counting less, come to {value}")
def visits_faded(engagement: Engagement) -> Measure:
    """Visits, each fading by half every horizon."""
    return _visits(engagement).faded(Horizons(1))


@feature(
    unit="share",
    reason="{value} of the visits of 90 days fell in the last 30",
    missing="no visits in the last 90 days",
)
def visits_trend(engagement: Engagement) -> Measure:
    """Visits in the last 30 days over those in the last 90."""
    visits = _visits(engagement).count()
    return visits.over(30) / visits.over(90)


@feature(
    over=(90, 365),
    unit="visits",
    reason="{value} for every order in the last {window}",
    missing="no orders in the last {window}",
)
def visits_per_order(engagement: Engagement, orders: Orders) -> Measure:
    """Visits over orders: high for who looks and does not buy."""
    return _visits(engagement).count() / orders.placed.count()


@feature(
    over=(90,),
    unit="share",
    reason="{value} of visits through the app in the last {window}",
    missing="no visits in the last {window}",
)
def visits_by_app(engagement: Engagement) -> Measure:
    """Openings of the app over visits of both kinds."""
    return engagement.kind("app_opened").count() / _visits(engagement).count()


@feature(unit="days", reason="last visited {value} ago", missing="no visits so far")
def days_since_visit(engagement: Engagement) -> Measure:
    """Days since a visit to the site or an opening of the app."""
    return _visits(engagement).days_since_last()


@feature(
    over=(90,),
    unit="pages",
    reason="{value} a visit in the last {window}",
    missing="no pages counted in the last {window}",
)
def pages_per_visit(engagement: Engagement) -> Measure:
    """Mean pages of a visit to the site."""
    return engagement.kind("site_visited").value.mean()


@feature(over=(30, 90), unit="things", reason="{value} put in the cart in the last {window}")
def carts(engagement: Engagement) -> Measure:
    """Things put in the cart."""
    return engagement.kind("cart_added").count()


@feature(
    unit="days",
    reason="last put something in the cart {value} ago",
    missing="nothing put in the cart so far",
)
def days_since_cart(engagement: Engagement) -> Measure:
    """Days since something was put in the cart."""
    return engagement.kind("cart_added").days_since_last()


@feature(
    unit="flag",
    reason="something in the cart since the last order: {value}",
    missing="nothing put in the cart so far",
)
def cart_since_order(engagement: Engagement, orders: Orders) -> Measure:
    """Whether something was put in the cart after the last order: a cart left behind."""
    ordered = orders.placed.days_since_last().fill(ENDLESS_DAYS)
    return engagement.kind("cart_added").days_since_last().below(ordered)


@feature(
    over=(90,),
    unit="things",
    reason="{value} put in the cart for every order in the last {window}",
    missing="no orders in the last {window}",
)
def carts_per_order(engagement: Engagement, orders: Orders) -> Measure:
    """Things put in the cart over orders placed."""
    return engagement.kind("cart_added").count() / orders.placed.count()


@feature(over=(90, 365), unit="coupons", reason="{value} redeemed in the last {window}")
def coupons(engagement: Engagement) -> Measure:
    """Coupons redeemed."""
    return engagement.kind("coupon_redeemed").count()


@feature(
    over=(365,),
    unit="coupons",
    reason="{value} for every order in the last {window}",
    missing="no orders in the last {window}",
)
def coupons_per_order(engagement: Engagement, orders: Orders) -> Measure:
    """Coupons redeemed over orders placed: who buys only with one."""
    return engagement.kind("coupon_redeemed").count() / orders.placed.count()


@feature(
    unit="days", reason="last redeemed a coupon {value} ago", missing="no coupon redeemed so far"
)
def days_since_coupon(engagement: Engagement) -> Measure:
    """Days since a coupon was redeemed."""
    return engagement.kind("coupon_redeemed").days_since_last()


@feature(over=(90, 365), unit="points", reason="{value} earned in the last {window}")
def points_earned(engagement: Engagement) -> Measure:
    """Loyalty points earned."""
    return engagement.kind("points_earned").value.sum()


@feature(over=(90, 365), unit="points", reason="{value} redeemed in the last {window}")
def points_redeemed(engagement: Engagement) -> Measure:
    """Loyalty points redeemed."""
    return engagement.kind("points_redeemed").value.sum()


@feature(unit="points", reason="{value} on the account by what is recorded")
def points_balance(engagement: Engagement) -> Measure:
    """Loyalty points earned less redeemed; without those earned before the history begins."""
    # Not held at 0: how far below it is tells them from others of whom nothing is recorded.
    earned = engagement.kind("points_earned").value.sum()
    return earned - engagement.kind("points_redeemed").value.sum()


@feature(
    unit="share",
    reason="points redeemed: {value} of those recorded as earned",
    missing="no points earned so far",
)
def points_used(engagement: Engagement) -> Measure:
    """Loyalty points redeemed over points earned; above 1 with those of before the history."""
    redeemed = engagement.kind("points_redeemed").value.sum()
    return redeemed / engagement.kind("points_earned").value.sum()


@feature(over=(90, 365), unit="signs", reason="{value} of engagement in the last {window}")
def engagements(engagement: Engagement) -> Measure:
    """Engagement rows of every kind."""
    return engagement.count()


@feature(
    unit="share",
    reason="{value} of the year's engagement fell in the last 90 days",
    missing="no signs of engagement in the last year",
)
def engagements_trend(engagement: Engagement) -> Measure:
    """Engagement rows of the last 90 days over those of the last 365."""
    return engagement.count().over(90) / engagement.count().over(365)


@feature(
    unit="days",
    reason="last sign of engagement {value} ago",
    missing="no signs of engagement so far",
)
def days_since_engagement(engagement: Engagement) -> Measure:
    """Days since engagement of any kind."""
    return engagement.days_since_last()
