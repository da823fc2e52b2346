"""Topics: every one is about something in the catalogue."""

from __future__ import annotations

import pytest

from features import standard
from features.catalogue import CATALOGUE
from serving.explanations.topics import (
    BACKGROUND,
    LATE_IS_WORSE,
    MORE_IS_BETTER,
    NOT_FOR_PEOPLE,
    NOT_PLAIN,
    OF_ACTIVITY,
    PREFIXES,
    QUOTED_FIRST,
    SINCE_THE_ONLY_DAY,
    WITHOUT_ORDERS,
    topic,
    topics_of,
)

assert standard.DECLARING  # importing it fills the catalogue


@pytest.mark.parametrize("name", PREFIXES)
def test_every_beginning_of_a_topic_names_features(name: str) -> None:
    for beginning in PREFIXES[name]:
        assert [f.name for f in CATALOGUE if f.name.startswith(beginning)], beginning


@pytest.mark.parametrize("name", PREFIXES)
def test_every_topic_is_reached(name: str) -> None:
    assert name in {topic(feature.name) for feature in CATALOGUE}


def test_silence_is_said_once_however_measured() -> None:
    measures = ("days_since_order", "silence_days", "silence_over_gap_mean", "overdue")
    assert {topic(measure) for measure in measures} == {"silence"}


def test_without_orders_engagement_is_no_second_silence() -> None:
    alone = (("silence_over_tenure", "ratio"), ("days_since_engagement", "days"))
    counted = ("engagements", "events")
    found = topics_of((*alone, counted))
    assert found.codes == ("silence", "frequency")
    assert found.plainness.tolist() == [0, 3, 1], "days of silence are quoted before shares"
    ordered = ("days_since_order", "days")
    assert topics_of((ordered, *alone, counted)).codes == ("silence", "visits")


def test_what_counts_and_dates_the_activity_is_no_other_topic() -> None:
    features = (("visits", "visits"), ("visits_faded", "ratio"), ("days_since_visit", "days"))
    assert topics_of(features).codes == ("visits",)
    assert topics_of(features, activity="site_visited").codes == ("frequency", "silence")
    named = (("kind:played_count", "times"), ("kind:played_days_since", "days"))
    assert topics_of(named, activity="played").codes == ("frequency", "silence")
    assert topics_of(named, activity="watched").codes == ("kind:played",)


def test_whatever_points_one_way_is_a_feature_and_points_one_way_only() -> None:
    named = {feature.name for feature in CATALOGUE}
    assert named >= LATE_IS_WORSE | MORE_IS_BETTER | NOT_PLAIN | NOT_FOR_PEOPLE
    assert named >= SINCE_THE_ONLY_DAY
    assert not LATE_IS_WORSE & MORE_IS_BETTER
    assert named >= {name for names in OF_ACTIVITY.values() for name in names}


@pytest.mark.parametrize("name", QUOTED_FIRST)
def test_spokesmen_are_plain_features_of_their_topic(name: str) -> None:
    units = {feature.name: feature.unit for feature in CATALOGUE}
    for spokesman in QUOTED_FIRST[name]:
        assert topic(spokesman) == name
        assert units[spokesman] != "ratio"


def test_topics_in_the_background_exist() -> None:
    assert set(PREFIXES) >= BACKGROUND


def test_what_engagement_speaks_of_without_orders_exists() -> None:
    named = {feature.name for feature in CATALOGUE}
    assert named >= WITHOUT_ORDERS.keys()
    assert set(PREFIXES) >= set(WITHOUT_ORDERS.values())
