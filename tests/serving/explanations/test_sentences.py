"""Sentences: what a person reads of reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.config import Config
from features.standard import standard_columns
from serving.explanations.implied import merged
from serving.explanations.reasons import IN_COMMON, Reason, prior
from serving.explanations.selection import phrases, select, sentences
from serving.explanations.sentences import Words
from serving.explanations.topics import NOT_FOR_PEOPLE
from serving.languages.language import language
from tests.serving.told import BY_NAME, COLUMNS, column

TOWARDS = language("en").words["towards"]


def said(kept: list[Reason]) -> list[str]:
    return sentences(kept, BY_NAME, "EUR")


def test_a_missing_value_is_said_to_be_missing() -> None:
    assert said([Reason("churn", "opens", "opens", None, 0.4)]) == [
        "About opens: nothing on record, which raises the risk"
    ]


def test_a_value_that_most_similar_customers_lack_is_told_beside_that() -> None:
    gaps = {"opens": replace(COLUMNS[3], missing="no e-mail sent so far")}
    usual = Reason("churn", "opens", "opens", None, -0.2, lacking=True)
    assert sentences([usual], gaps, "EUR") == [
        "No e-mail sent so far (like most similar customers): lowers the risk"
    ]
    assert sentences([usual, replace(usual, value=0.4)], gaps, "EUR") == [
        "40% of e-mails opened (most similar customers: no e-mail sent so far): lowers the risk"
    ], "what most lack, too, goes without saying beside it"


def test_a_feature_may_say_in_its_own_words_what_is_missing() -> None:
    gaps = replace(COLUMNS[3], missing="only one active day so far")
    said = sentences([Reason("churn", "opens", "opens", None, 0.4)], {"opens": gaps}, "EUR")
    assert said == ["Only one active day so far: raises the risk"]


def test_what_a_silence_implies_is_not_said_beside_it() -> None:
    silence = Reason("churn", "silence", "days_since_order", 78.4, 0.5)
    nothing = [
        Reason("churn", "spending", "spend_30d", 0.0, 0.6),
        Reason("churn", "spending", "spend_90d", 0.0, 0.4),
        Reason("churn", "visits", "visits", 0.0, 0.3),
    ]
    assert said([nothing[0], silence, *nothing[1:]]) == [
        "Nothing spent in the last 90 days: raises the risk",
        "Last ordered 78 days ago: raises the risk",
        "No visits: raises the risk",
    ]
    assert said([*nothing, silence]) == [
        "Nothing spent in the last 90 days: raises the risk",
        "No visits: raises the risk",
        "Last ordered 78 days ago: raises the risk",
    ]
    none = replace(nothing[0], value=None)
    assert len(said([silence, none])) == 1, "nothing known of the last 30 days goes without saying"


@pytest.mark.parametrize(
    ("name", "value", "goes_without_saying"),
    [
        ("orders_trend", 0.0, True),
        ("order_value_90d", None, True),
        ("visits_per_order_90d", None, True),
        ("categories_new_90d", 0.0, True),
        ("discount_share_365d", 0.0, False),
        ("visits_90d", 0.0, False),
    ],
)
def test_what_nobody_can_have_done_who_did_not_order_goes_without_saying(
    name: str, value: float | None, goes_without_saying: bool
) -> None:
    known = standard_columns(Config(), ("orders", "engagement"), ("site_visited",))
    columns = {column.name: column for column in known}
    reasons = [
        Reason("churn", "silence", "days_since_order", 112.0, 0.5),
        Reason("churn", columns[name].group, name, value, 0.4),
    ]
    assert len(sentences(reasons, columns, "EUR")) == (1 if goes_without_saying else 2)


def test_one_silence_is_said_once_whatever_ended_it() -> None:
    visited = {"seen": column("seen", "days_since_visit", "days", "last visited {value} ago")}
    twice = [
        Reason("churn", "silence", "days_since_order", 78.4, 0.5),
        Reason("churn", "visits", "seen", 78.4, 0.3),
        Reason("churn", "service", "tickets", 2.0, 0.2),
    ]
    assert sentences(twice, BY_NAME | visited, "EUR") == [
        "Last ordered 78 days ago: raises the risk",
        "2 tickets opened: raises the risk",
    ]


def test_halves_of_one_fact_are_added_up() -> None:
    """A long silence must not be said to lower a risk because its absences raise it."""
    silence = Reason("churn", "silence", "days_since_order", 366.0, -0.3)
    nothing = Reason("churn", "spending", "spend_90d", 0.0, 0.8)
    assert said([nothing, silence]) == ["Last ordered 366 days ago: raises the risk"]
    assert said([replace(nothing, effect=0.3), silence]) == [], "they cancel out"
    (both,) = merged([nothing, silence], BY_NAME)
    assert both.effect == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "code", "value", "usual", "effect"),
    [
        ("days_since_order", "silence", 2.0, 17.0, 0.4),
        ("days_since_order", "silence", 366.0, 1.0, -0.4),
        ("days_since_visit", "visits", None, 20.0, -0.4),
        ("orders_trend", "frequency", 1.0, 0.2, 0.4),
        ("visits_90d", "visits", 0.0, 6.0, -0.4),
    ],
)
def test_what_nobody_would_believe_is_not_said(
    name: str, code: str, value: float | None, usual: float, effect: float
) -> None:
    known = standard_columns(Config(), ("orders", "engagement"), ("site_visited",))
    columns = {column.name: column for column in known}
    reason = Reason("churn", code, name, value, effect, usual)
    assert sentences([reason], columns, "EUR") == []
    for believed in (replace(reason, effect=-effect), replace(reason, outcome="refer")):
        assert len(sentences([believed], columns, "EUR")) == 1


def test_of_two_absences_the_longer_one_is_told() -> None:
    columns = {column.name: column for column in standard_columns(Config(), ("orders",), ())}
    absences = [
        Reason("churn", "frequency", "orders_90d", 0.0, 0.4),
        Reason("churn", "spending", "spend_365d", 0.0, 0.3),
        Reason("churn", "assortment", "categories_365d", 0.0, 0.2),
    ]
    assert sentences(absences, columns, "EUR") == [
        "Nothing spent in the last 365 days: raises the risk"
    ]


@pytest.mark.parametrize("name", sorted(NOT_FOR_PEOPLE))
def test_what_no_sentence_makes_plain_is_left_out(name: str) -> None:
    columns = {column.name: column for column in standard_columns(Config(), ("orders",), ())}
    assert select([Reason("churn", "silence", name, 2.0, 0.4)], columns) == []


def test_absences_after_one_active_day_are_told_once() -> None:
    columns = {column.name: column for column in standard_columns(Config(), ("orders",), ())}
    absences = [
        Reason("churn", "silence", "active_days_180d", 0.0, 0.4, 1.0),
        Reason("churn", "spending", "order_value_90d", None, 0.3),
    ]
    assert sentences(absences, columns, "EUR") == [
        "No active days in the last 180 days (similar customers: 1): raises the risk"
    ]


@pytest.mark.parametrize("code", ["rhythm", "service", "my_own"])
def test_as_many_days_of_something_else_are_another_fact(code: str) -> None:
    other = {"other": column("other", code, "days", "{value} of something else")}
    both = [
        Reason("churn", "silence", "days_since_order", 365.0, 0.5),
        Reason("churn", code, "other", 365.0, 0.3),
    ]
    assert len(sentences(both, BY_NAME | other, "EUR")) == 2


@pytest.mark.parametrize(("name", "days"), [("orders_365d", 2.0), ("orders_total", 2.0)])
def test_what_is_in_common_is_not_said_where_a_count_says_the_same(name: str, days: float) -> None:
    columns = {column.name: column for column in standard_columns(Config(), ("orders",), ())}
    count = Reason("churn", "frequency", name, 2.0, 0.4, 3.0)
    common = Reason("churn", IN_COMMON, "activity_periods", days, 0.3)
    assert len(sentences([count, common], columns, "EUR")) == 1
    assert len(sentences([count, replace(common, value=3.0)], columns, "EUR")) == 2


def test_where_activity_is_an_order_it_is_called_so() -> None:
    columns = {column.name: column for column in standard_columns(Config(), ("orders",), ())}
    found = [
        Reason("churn", "rhythm", "gap_usual", 30.2, 0.4),
        Reason("churn", IN_COMMON, "activity_days", 1.0, 0.3),
        Reason("churn", "spending", "spend_total", 20.0, 0.2),
    ]
    words = Words(phrases(columns.values()), "EUR")
    assert words.sentences(select(found, columns, ordering=True)) == [
        "Usually 30 days between orders: raises the risk",
        "1 day with an order so far: raises the risk",
        "20.00 EUR spent in all: raises the risk",
    ]


def test_an_input_of_a_rule_is_said_once_whatever_it_is_called() -> None:
    both = [
        Reason("churn", "days_since_activity", "days_since_activity", 257.2, 0.0),
        Reason("churn", "days_since_first_activity", "days_since_first_activity", 257.2, 0.0),
    ]
    assert said(both) == ["257 days since the last activity"]


@pytest.mark.parametrize("outcome", TOWARDS)
def test_every_outcome_names_what_is_raised(outcome: str) -> None:
    sentence = said([Reason(outcome, "tickets", "tickets", 2.0, 0.5)])[0]
    assert sentence == f"2 tickets opened: raises {TOWARDS[outcome]}"


@pytest.mark.parametrize("effect", [0.5, 0.0, -0.5])
def test_where_all_reasons_raise_the_direction_is_left_out(effect: float) -> None:
    reason = Reason("churn", "tickets", "tickets", 2.0, effect)
    (one,) = select([reason], BY_NAME)
    words = Words(phrases(COLUMNS), "EUR")
    (observed,) = words.render([one.json], "en", observed=True)
    lowers = "2 tickets opened: lowers the risk"
    assert observed == (lowers if effect < 0 else "2 tickets opened"), "else it reads as raising"


def test_an_input_of_a_rule_is_said_without_a_direction() -> None:
    assert said(
        [
            Reason("churn", "days_since_activity", "days_since_activity", 78.2, 0.0, 30.4),
            Reason("churn", "gap_mean_log", "gap_mean_log", 3.0, 0.0),  # nobody thinks in log-days
            Reason("churn", "spend_ever", "spend_ever", 12.5, 0.0),
        ]
    ) == ["78 days since the last activity (similar customers: 30 days)", "12.50 EUR spent so far"]


def test_what_similar_customers_have_in_common_is_said_in_the_customers_own_number() -> None:
    assert said(
        [
            Reason("churn", IN_COMMON, "activity_days", 1.0, 0.4),
            Reason("churn", IN_COMMON, "activity_periods", 7.0, -0.4),
            Reason("refer", IN_COMMON, "activity_periods", 0.0, -0.4),
        ]
    ) == [
        "1 active day so far: raises the risk",
        "Regular customer, 7 months with activity in the last year: lowers the risk",
        "No months with activity in the last year: lowers the chance of a referral",
    ]


def test_a_prior_says_that_it_is_nobodys_own() -> None:
    assert "Too little history" in said(prior("refer", 1)[0])[0]


def test_a_column_that_the_bundle_lacks_is_left_out() -> None:
    assert said([Reason("churn", "gone", "gone", 1.0, 0.5)]) == []
