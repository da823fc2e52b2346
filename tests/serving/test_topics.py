"""Topics: every one is about something in the catalogue."""

from __future__ import annotations

import pytest

from features import standard
from features.catalogue import CATALOGUE
from serving.topics import BACKGROUND, PREFIXES, SPOKESMEN, topic

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


@pytest.mark.parametrize("name", SPOKESMEN)
def test_spokesmen_are_plain_features_of_their_topic(name: str) -> None:
    units = {feature.name: feature.unit for feature in CATALOGUE}
    for spokesman in SPOKESMEN[name]:
        assert topic(spokesman) == name
        assert units[spokesman] != "ratio"


def test_topics_in_the_background_exist() -> None:
    assert set(PREFIXES) >= BACKGROUND
