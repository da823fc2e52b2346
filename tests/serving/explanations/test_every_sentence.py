"""Every feature and every input of a rule reads as a person would say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features import facts
from features.catalogue import Column
from features.clock import Window
from features.config import Config
from features.standard import standard_columns
from serving.explanations.reasons import Reason
from serving.explanations.selection import UNITS_OF_FACTS, sentences
from serving.explanations.topics import NOT_FOR_PEOPLE
from training.bundle.rule import FACTS


def _catalogue() -> list[Column]:
    columns = standard_columns(Config(), ("orders", "engagement"), ("email_sent", "wished"))
    return [c for c in columns if c.is_feature and c.group not in NOT_FOR_PEOPLE]


@pytest.mark.parametrize("column", _catalogue(), ids=lambda column: column.name)
def test_every_feature_gives_a_sentence(column: Column) -> None:
    for value in (0.0, 0.4, 1.0, 2.0, 12345.678, None):
        reason = Reason("churn", column.group, column.name, value, 0.2)
        sentence = sentences([reason], {column.name: column}, "EUR")[0]
        assert sentence[0] == sentence[0].upper()
        assert sentence.endswith((": raises the risk", ", which raises the risk"))
        assert sentence.count(":") == 1, "a colon after another reads badly"
        assert not {"{", "}"} & set(sentence)
        assert "nan" not in sentence.split()


CLUMSY = (" 0 ", "1 visits", "1 days", "1 orders", "1 times", "nothing on record", "nan ")


@pytest.mark.parametrize("column", _catalogue(), ids=lambda column: column.name)
def test_none_one_and_nothing_known_read_as_a_person_says_them(column: Column) -> None:
    # What has no words for nothing is always known: `tests/features/test_standard.py` sees to it.
    for value in (0.0, 1.0, None) if column.missing else (0.0, 1.0):
        reason = Reason("churn", column.group, column.name, value, 0.2, 1.0)
        both = (reason, replace(reason, effect=-0.2))  # some numbers move it one way only
        said, *_ = (s for each in both for s in sentences([each], {column.name: column}, "EUR"))
        sentence = f" {said} "
        scales = ("ratio", "share", "count", "stars")
        clumsy = [words for words in CLUMSY if words in sentence]
        assert not clumsy or (column.unit in scales and clumsy == [" 0 "]), sentence


def test_a_window_of_one_day_is_a_day() -> None:
    column = replace(
        _catalogue()[0], window=Window.before(1), reason="{value} in the last {window}"
    )
    reason = Reason("churn", column.group, column.name, 3.0, 0.2, None)
    sentence = sentences([reason], {column.name: column}, "EUR")[0]
    assert sentence.endswith("in the last 1 day: raises the risk")


@pytest.mark.parametrize("name", UNITS_OF_FACTS)
def test_every_input_of_a_rule_with_words_is_a_fact(name: str) -> None:
    facts = {c.name for c in standard_columns(Config(), ("orders",), ()) if not c.is_feature}
    assert name in facts


@pytest.mark.parametrize("term", FACTS)
def test_whatever_a_rule_rests_on_is_told_in_words(term: str) -> None:
    """Of some facts alone there is nothing to say; every rule has one that there is."""
    columns = {column.name: column for column in facts.columns(Config.from_dict({"orders": {}}))}
    reasons = [Reason("churn", name, name, 12.0, 0.0, 30.0) for name in FACTS[term]]
    said = sentences(reasons, columns, "EUR")
    assert said
    assert all(len(sentence) > 10 for sentence in said)
