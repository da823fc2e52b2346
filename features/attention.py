"""Features of attention: e-mails, visits, the app, carts, coupons, points."""

from __future__ import annotations

from features.catalogue import feature
from features.contract import Engagement
from features.expression import Horizons, Measure


@feature(over=(30, 90), unit="count", reason="{value} e-mails received in the last {window}")
def emails_sent(engagement: Engagement) -> Measure:
    """E-mails sent to the customer."""
    return engagement.kind("email_sent").count()


@feature(over=(30, 90), unit="count", reason="{value} e-mails opened in the last {window}")
def emails_opened(engagement: Engagement) -> Measure:
    """E-mails opened."""
    return engagement.kind("email_opened").count()


@feature(over=(30, 90), unit="count", reason="{value} e-mails clicked in the last {window}")
def emails_clicked(engagement: Engagement) -> Measure:
    """E-mails clicked."""
    return engagement.kind("email_clicked").count()


@feature(over=(30, 90, 365), unit="share", reason="{value} of e-mails opened in the last {window}")
def email_open_rate(engagement: Engagement) -> Measure:
    """E-mails opened over e-mails sent."""
    return engagement.kind("email_opened").count() / engagement.kind("email_sent").count()


@feature(over=(90, 365), unit="share", reason="{value} of e-mails clicked in the last {window}")
def email_click_rate(engagement: Engagement) -> Measure:
    """E-mails clicked over e-mails sent."""
    return engagement.kind("email_clicked").count() / engagement.kind("email_sent").count()


@feature(unit="ratio", reason="opens e-mails {value} times as often as usual")
def email_open_trend(engagement: Engagement) -> Measure:
    """Open rate of the last 30 days over that of the last 365."""
    opened, sent = engagement.kind("email_opened"), engagement.kind("email_sent")
    recent = opened.count().over(30) / sent.count().over(30)
    return recent / (opened.count().over(365) / sent.count().over(365))


@feature(unit="days", reason="last opened an e-mail {value} ago")
def days_since_email_opened(engagement: Engagement) -> Measure:
    """Days since an e-mail was opened."""
    return engagement.kind("email_opened").days_since_last()


@feature(unit="count", reason="{value} times unsubscribed from e-mails")
def email_unsubscribes(engagement: Engagement) -> Measure:
    """Times the customer unsubscribed from e-mails."""
    return engagement.kind("email_unsubscribed").count()


@feature(over=(7, 30, 90), unit="count", reason="{value} visits in the last {window}")
def visits(engagement: Engagement) -> Measure:
    """Visits to the site and openings of the app."""
    return engagement.kind("site_visited", "app_opened").count()


@feature(unit="ratio", reason="recent visits come to {value}")
def visits_faded_fast(engagement: Engagement) -> Measure:
    """Visits, each fading by half every eighth of a horizon."""
    return engagement.kind("site_visited", "app_opened").faded(Horizons(0.125))


@feature(unit="ratio", reason="visits of late come to {value}")
def visits_faded(engagement: Engagement) -> Measure:
    """Visits, each fading by half every horizon."""
    return engagement.kind("site_visited", "app_opened").faded(Horizons(1))


@feature(unit="share", reason="{value} of the visits of 90 days fell in the last 30")
def visits_trend(engagement: Engagement) -> Measure:
    """Visits in the last 30 days over those in the last 90."""
    rows = engagement.kind("site_visited", "app_opened")
    return rows.count().over(30) / rows.count().over(90)


@feature(unit="days", reason="last visited {value} ago")
def days_since_visit(engagement: Engagement) -> Measure:
    """Days since a visit to the site or an opening of the app."""
    return engagement.kind("site_visited", "app_opened").days_since_last()


@feature(over=(90,), unit="pages", reason="{value} a visit in the last {window}")
def pages_per_visit(engagement: Engagement) -> Measure:
    """Mean pages of a visit to the site."""
    return engagement.kind("site_visited").value.mean()


@feature(over=(30, 90), unit="count", reason="{value} things put in the cart in the last {window}")
def carts(engagement: Engagement) -> Measure:
    """Things put in the cart."""
    return engagement.kind("cart_added").count()


@feature(unit="days", reason="last put something in the cart {value} ago")
def days_since_cart(engagement: Engagement) -> Measure:
    """Days since something was put in the cart."""
    return engagement.kind("cart_added").days_since_last()


@feature(over=(90, 365), unit="count", reason="{value} coupons redeemed in the last {window}")
def coupons(engagement: Engagement) -> Measure:
    """Coupons redeemed."""
    return engagement.kind("coupon_redeemed").count()


@feature(unit="days", reason="last redeemed a coupon {value} ago")
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


@feature(unit="points", reason="{value} on the account")
def points_balance(engagement: Engagement) -> Measure:
    """Loyalty points earned less redeemed."""
    earned = engagement.kind("points_earned").value.sum()
    return earned - engagement.kind("points_redeemed").value.sum()


@feature(over=(90, 365), unit="count", reason="{value} signs of engagement in the last {window}")
def engagements(engagement: Engagement) -> Measure:
    """Engagement rows of every kind."""
    return engagement.count()
