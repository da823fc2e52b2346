"""Features of the customer's voice: service trouble, opinions, advocacy so far."""

from __future__ import annotations

from features.catalogue import feature
from features.contract import Engagement, Orders, Profile
from features.expressions.expression import Horizons, Measure


@feature(over=(30, 90, 365), unit="tickets", reason="{value} in the last {window}")
def tickets(engagement: Engagement) -> Measure:
    """Service tickets opened."""
    return engagement.kind("ticket_opened").count()


@feature(
    over=(365,),
    unit="tickets",
    reason="{value} for every order in the last {window}",
    missing="no orders in the last {window}",
)
def tickets_per_order(engagement: Engagement, orders: Orders) -> Measure:
    """Service tickets over orders placed: trouble for what is bought."""
    return engagement.kind("ticket_opened").count() / orders.placed.count()


@feature(unit="ratio", reason="recent tickets, older ones counting less, come to {value}")
def tickets_faded(engagement: Engagement) -> Measure:
    """Service tickets opened, each fading by half every horizon."""
    return engagement.kind("ticket_opened").faded(Horizons(1))


@feature(unit="tickets", reason="{value} still open")
def tickets_pending(engagement: Engagement) -> Measure:
    """Service tickets opened less closed; none where more were closed, their beginnings unseen."""
    opened = engagement.kind("ticket_opened").count()
    closed = engagement.kind("ticket_closed").count()
    return (opened - closed) * closed.below(opened)


@feature(
    unit="hours",
    reason="tickets took {value} to close in the last year",
    missing="no time noted that a ticket took in the last year",
)
def ticket_hours(engagement: Engagement) -> Measure:
    """Mean time to close a ticket in the last 365 days."""
    return engagement.kind("ticket_closed").value.mean().over(365)


@feature(unit="days", reason="last ticket {value} ago", missing="no tickets so far")
def days_since_ticket(engagement: Engagement) -> Measure:
    """Days since a service ticket was opened."""
    return engagement.kind("ticket_opened").days_since_last()


@feature(
    unit="count",
    reason="would recommend us with {value} of 10, at the last answer",
    missing="no answer noted on whether they would recommend us",
)
def nps_last(engagement: Engagement) -> Measure:
    """Latest answer to the recommendation question, 0 to 10."""
    return engagement.kind("nps").value.latest()


@feature(
    unit="count",
    reason="NPS changed by {value} since the answer before",
    missing="fewer than two NPS answers so far",
)
def nps_change(engagement: Engagement) -> Measure:
    """Latest answer to the recommendation question less the one before."""
    rows = engagement.kind("nps").value
    return rows.latest() - rows.latest(1)


@feature(
    unit="count",
    reason="satisfied with {value} of 5, at the last answer",
    missing="no answer noted on how satisfied they are",
)
def csat_last(engagement: Engagement) -> Measure:
    """Latest satisfaction answer, 1 to 5."""
    return engagement.kind("csat").value.latest()


@feature(
    unit="count",
    reason="satisfaction changed by {value} since the answer before",
    missing="fewer than two satisfaction answers so far",
)
def csat_change(engagement: Engagement) -> Measure:
    """Latest satisfaction answer less the one before."""
    rows = engagement.kind("csat").value
    return rows.latest() - rows.latest(1)


@feature(over=(90, 365), unit="reviews", reason="{value} written in the last {window}")
def reviews(engagement: Engagement) -> Measure:
    """Reviews written, good or bad."""
    return engagement.kind("reviewed").count()


@feature(unit="stars", reason="{value} on average in reviews", missing="no stars given so far")
def stars_mean(engagement: Engagement) -> Measure:
    """Mean stars of all reviews."""
    return engagement.kind("reviewed").value.mean()


@feature(unit="stars", reason="{value} in the last review", missing="no stars given so far")
def stars_last(engagement: Engagement) -> Measure:
    """Stars of the latest review."""
    return engagement.kind("reviewed").value.latest()


@feature(unit="days", reason="last wrote a review {value} ago", missing="no reviews so far")
def days_since_review(engagement: Engagement) -> Measure:
    """Days since a review."""
    return engagement.kind("reviewed").days_since_last()


@feature(over=(90, 365), unit="friends", reason="{value} referred in the last {window}")
def referrals(engagement: Engagement) -> Measure:
    """Friends referred."""
    return engagement.kind("referred").count()


@feature(unit="friends", reason="{value} referred in all")
def referrals_ever(engagement: Engagement) -> Measure:
    """Friends referred since the first row."""
    return engagement.kind("referred").count()


@feature(unit="ratio", reason="recent referrals, older ones counting less, come to {value}")
def referrals_faded(engagement: Engagement) -> Measure:
    """Friends referred, each fading by half every horizon."""
    return engagement.kind("referred").faded(Horizons(1))


@feature(over=(90, 365), unit="times", reason="shared the brand {value} in the last {window}")
def shares(engagement: Engagement) -> Measure:
    """Times the brand was shared."""
    return engagement.kind("shared").count()


@feature(unit="times", reason="shared the brand {value} in all")
def shares_ever(engagement: Engagement) -> Measure:
    """Times the brand was shared since the first row."""
    return engagement.kind("shared").count()


@feature(unit="days", reason="last shared the brand {value} ago", missing="never shared the brand")
def days_since_share(engagement: Engagement) -> Measure:
    """Days since the brand was shared."""
    return engagement.kind("shared").days_since_last()


@feature(
    unit="days", reason="last referred a friend {value} ago", missing="no friend referred so far"
)
def days_since_referral(engagement: Engagement) -> Measure:
    """Days since a friend was referred."""
    return engagement.kind("referred").days_since_last()


@feature(
    unit="days",
    reason="last referred, shared or reviewed {value} ago",
    missing="no referral, share or review so far",
)
def days_since_advocacy(engagement: Engagement) -> Measure:
    """Days since a referral, a share or a review."""
    return engagement.kind("referred", "shared", "reviewed").days_since_last()


@feature(unit="days", reason="known for {value}")
def tenure(profile: Profile) -> Measure:
    """Days since the earlier of sign-up and first row."""
    return profile.tenure()


@feature(unit="flag", reason="came by referral: {value}", missing="nobody noted how they came")
def came_by_referral(profile: Profile) -> Measure:
    """Whether the customer was acquired by referral."""
    return profile.acquired_by("referral")


@feature(unit="flag", reason="came by advertising: {value}", missing="nobody noted how they came")
def came_by_advertising(profile: Profile) -> Measure:
    """Whether the customer was acquired by advertising."""
    return profile.acquired_by("advertising")


@feature(unit="flag", reason="came by themselves: {value}", missing="nobody noted how they came")
def came_organically(profile: Profile) -> Measure:
    """Whether the customer was acquired without advertising or referral."""
    return profile.acquired_by("organic")


@feature(
    unit="flag", reason="referred by somebody: {value}", missing="nobody noted who referred them"
)
def was_referred(profile: Profile) -> Measure:
    """Whether it is known who referred the customer."""
    return profile.was_referred()
