"""Features of the customer's own rhythm: how often, how regularly, how long silent.

They stand on activity days: two orders in a day are one visit. What is relative to the customer's
own gaps, tenure or the horizon carries from young customers to old ones; absolute days do not.
"""

from __future__ import annotations

from features.catalogue import feature
from features.contract import Activity
from features.expressions.expression import Horizons, Measure

HORIZON = Horizons(1)


@feature(over=(30, 90, 180, 365), unit="active days", reason="{value} in the last {window}")
def active_days(activity: Activity) -> Measure:
    """Days with activity."""
    return activity.days.count()


@feature(unit="active days", reason="{value} in all")
def active_days_ever(activity: Activity) -> Measure:
    """Days with activity since the first row."""
    return activity.days.count()


@feature(over=(Horizons(1), Horizons(2)), unit="active days", reason="{value} in the last {window}")
def active_days_in(activity: Activity) -> Measure:
    """Days with activity in the last one or two prediction horizons."""
    return activity.days.count()


@feature(unit="ratio", reason="active days of late, older ones counting less, come to {value}")
def active_days_faded_fast(activity: Activity) -> Measure:
    """Days with activity, each fading by half every quarter of a horizon."""
    return activity.days.faded(Horizons(0.25))


@feature(unit="ratio", reason="recent active days, older ones counting less, come to {value}")
def active_days_faded(activity: Activity) -> Measure:
    """Days with activity, each fading by half every horizon."""
    return activity.days.faded(HORIZON)


@feature(
    unit="ratio", reason="active days over the years, older ones counting less, come to {value}"
)
def active_days_faded_slowly(activity: Activity) -> Measure:
    """Days with activity, each fading by half every four horizons."""
    return activity.days.faded(Horizons(4))


@feature(
    unit="ratio",
    reason="activity now against usual is {value}",
    missing="no activity recent enough to compare",
)
def activity_momentum(activity: Activity) -> Measure:
    """Fast-fading over slow-fading days with activity; high when the customer speeds up."""
    return activity.days.faded(Horizons(0.25)) / activity.days.faded(Horizons(4))


@feature(unit="days", reason="last active {value} ago", missing="not active so far")
def silence_days(activity: Activity) -> Measure:
    """Days since the last activity."""
    return activity.days_since_last()


@feature(unit="days", reason="first active {value} ago", missing="not active so far")
def active_since_days(activity: Activity) -> Measure:
    """Days since the first activity."""
    return activity.days_since_first()


@feature(unit="days", reason="{value} between first and last activity", missing="not active so far")
def activity_span(activity: Activity) -> Measure:
    """Days from the first to the last activity, the recency of BG/NBD."""
    return activity.days_since_first() - activity.days_since_last()


@feature(unit="ratio", reason="silent for {value} of a horizon", missing="not active so far")
def silence_over_horizon(activity: Activity) -> Measure:
    """Days since the last activity in units of the prediction horizon."""
    return activity.days_since_last() / HORIZON


@feature(
    unit="share",
    reason="silent for {value} of the time since the first activity",
    missing="not active so far",
)
def silence_over_tenure(activity: Activity) -> Measure:
    """Days since the last activity over days since the first."""
    return activity.days_since_last() / activity.days_since_first()


@feature(
    unit="days", reason="usually {value} between active days", missing="only one active day so far"
)
def gap_usual(activity: Activity) -> Measure:
    """Mean gap between active days."""
    return activity.gap.mean()


@feature(
    unit="ratio",
    reason="the logarithm of the usual gap is {value}",
    missing="only one active day so far",
)
def gap_usual_log(activity: Activity) -> Measure:
    """Mean natural logarithm of the gaps between active days, in days."""
    return activity.log_gap.mean()


@feature(
    unit="days",
    reason="gaps between active days vary by {value}",
    missing="fewer than three active days so far",
)
def gap_spread(activity: Activity) -> Measure:
    """Standard deviation of the gaps between active days."""
    return activity.gap.spread()


@feature(
    unit="days",
    reason="longest pause so far: {value}",
    missing="only one active day so far",
)
def gap_longest(activity: Activity) -> Measure:
    """Longest gap between active days."""
    return activity.gap.largest()


@feature(
    unit="days",
    reason="{value} between the last two active days",
    missing="only one active day so far",
)
def gap_last(activity: Activity) -> Measure:
    """Latest gap between active days."""
    return activity.gap.latest()


@feature(
    unit="days",
    reason="{value} between the two active days before the last",
    missing="fewer than three active days so far",
)
def gap_before_last(activity: Activity) -> Measure:
    """Gap between active days before the latest."""
    return activity.gap.latest(1)


@feature(
    unit="days",
    reason="the gap before the last two was {value}",
    missing="fewer than four active days so far",
)
def gap_third_last(activity: Activity) -> Measure:
    """Third latest gap between active days."""
    return activity.gap.latest(2)


@feature(
    unit="ratio",
    reason="gaps vary by {value} of their mean",
    missing="fewer than three active days so far",
)
def gap_irregularity(activity: Activity) -> Measure:
    """Standard deviation of the gaps over their mean: 0 is clockwork."""
    return activity.gap.spread() / activity.gap.mean()


@feature(
    unit="ratio",
    reason="the last gap was {value} times the usual one",
    missing="only one active day so far",
)
def gap_last_over_mean(activity: Activity) -> Measure:
    """Latest gap over the mean gap: above 1 when the customer slows down."""
    return activity.gap.latest() / activity.gap.mean()


@feature(
    unit="ratio",
    reason="gaps of the last 180 days are {value} times the usual ones",
    missing="no pause between active days ended in the last 180 days",
)
def gap_trend(activity: Activity) -> Measure:
    """Mean gap in the last 180 days over the mean of all: above 1 when the customer slows down."""
    return activity.gap.mean().over(180) / activity.gap.mean()


@feature(
    unit="ratio",
    reason="silent for {value} times the usual gap",
    missing="only one active day so far",
)
def silence_over_gap_mean(activity: Activity) -> Measure:
    """Days since the last activity over the mean gap, the churn factor."""
    return activity.days_since_last() / activity.gap.mean()


@feature(
    unit="ratio",
    reason="silent for {value} times the longest gap so far",
    missing="only one active day so far",
)
def silence_over_gap_longest(activity: Activity) -> Measure:
    """Days since the last activity over the longest gap."""
    return activity.days_since_last() / activity.gap.largest()


@feature(
    unit="ratio",
    reason="silent {value} standard deviations beyond the usual gap",
    missing="pauses between active days too few or too alike to compare",
)
def silence_beyond_gaps(activity: Activity) -> Measure:
    """Days since the last activity less the mean gap, over the gaps' standard deviation."""
    return (activity.days_since_last() - activity.gap.mean()) / activity.gap.spread()


@feature(
    unit="share",
    reason="{value} of own gaps were shorter than the present silence",
    missing="only one active day so far",
)
def overdue(activity: Activity) -> Measure:
    """Share of own gaps shorter than the days since the last active day began."""
    return activity.gap.share_below_silence()


@feature(
    unit="ratio",
    reason="{value} times the active days of the horizon before",
    missing="not active in the horizon before the last",
)
def active_days_trend(activity: Activity) -> Measure:
    """Days with activity in the last horizon over those in the horizon before it."""
    before = activity.days.count().between(Horizons(-2), Horizons(-1))
    return activity.days.count().over(HORIZON) / before


@feature(unit="active days", reason="{value} last year in the weeks now ahead")
def active_days_season(activity: Activity) -> Measure:
    """Days with activity a year ago, in the thirteen weeks after the cutoff's day of the year."""
    return activity.days.count().between(-365, -274)


@feature(
    unit="active days",
    reason="{value} a month since the first",
    missing="not active so far",
)
def activity_rate(activity: Activity) -> Measure:
    """Days with activity per thirty days since the first."""
    return activity.days.count() * 30.0 / activity.days_since_first()
