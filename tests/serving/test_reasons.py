"""Reasons: what is kept of contributions, and the sentences a person reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features import levels
from features.catalogue import Column
from features.clock import Window
from features.config import Config
from features.contract import Orders
from features.standard import standard_columns
from serving import reasons
from serving.quantities import quantity
from serving.reasons import Reason
from training.bundle.rule import FACTS

COUNT = Orders().count()


def column(name: str, group: str, unit: str, reason: str, days: int | None = None) -> Column:
    return Column(name, COUNT, Window.before(days), unit, f"About {group}.", reason, group)


COLUMNS = (
    column("spend_30d", "spend", "money", "{value} spent in the last {window}", 30),
    column("spend_90d", "spend", "money", "{value} spent in the last {window}", 90),
    column("days_since_order", "days_since_order", "days", "last ordered {value} ago"),
    column("opens", "opens", "share", "{value} of e-mails opened"),
    column("tickets", "tickets", "tickets", "{value} opened"),
    column("visits", "visits", "visits", "{value}"),
)
BY_NAME = {column.name: column for column in COLUMNS}
ROW = pa.table(
    {
        "spend_30d": pa.array([12.5], pa.float32()),
        "spend_90d": pa.array([1240.0], pa.float32()),
        "days_since_order": pa.array([78.4], pa.float32()),
        "opens": pa.array([float("nan")], pa.float32()),
        "tickets": pa.array([1.0], pa.float32()),
        "visits": pa.array([0.0], pa.float32()),
    }
)


def explain(*contributions: float) -> list[Reason]:
    matrix = np.array([[*contributions, -0.3]])
    return reasons.contributed("churn", ROW, COLUMNS, matrix)[0]


def said(kept: list[Reason]) -> list[str]:
    return reasons.sentences(kept, BY_NAME, "EUR")


def test_windows_of_one_measure_are_one_reason_quoting_the_strongest() -> None:
    kept = explain(-0.2, -0.5, 0.6, 0.0, 0.0, 0.0)
    assert [(r.code, r.column) for r in kept] == [
        ("spending", "spend_90d"),
        ("silence", "days_since_order"),
    ]
    assert kept[0].effect == pytest.approx(-0.7)
    assert said(kept) == [
        "1,240.00 EUR spent in the last 90 days: lowers the risk",
        "Last ordered 78 days ago: raises the risk",
    ]


def test_the_quoted_column_pushes_the_way_its_reason_does() -> None:
    # The 90-day column is stronger, but the two together raise.
    assert explain(0.9, -0.5, 0.0, 0.0, 0.0, 0.0)[0].column == "spend_30d"


def test_a_plain_number_is_quoted_before_a_ratio() -> None:
    columns = (
        column("silence_over_gap", "silence_over_gap", "ratio", "silent for {value} usual gaps"),
        COLUMNS[2],
    )
    row = ROW.append_column("silence_over_gap", pa.array([4.0], pa.float32()))
    kept = reasons.contributed("churn", row, columns, np.array([[0.5, 0.1, 0.0]]))[0]
    assert [(r.column, round(r.effect, 6)) for r in kept] == [("days_since_order", 0.6)]
    kept = reasons.contributed("churn", row, columns, np.array([[0.5, -0.1, 0.0]]))[0]
    assert [r.column for r in kept] == ["silence_over_gap"]


def test_three_are_said_and_what_raises_is_kept_for_lists() -> None:
    kept = explain(-0.9, 0.0, -0.8, -0.7, 0.3, 0.2)
    assert [r.code for r in kept] == ["spending", "silence", "opens", "service", "visits"]
    assert len(said(kept)) == 3
    assert said(reasons.raising(kept)) == [
        "1 ticket opened: raises the risk",
        "No visits: raises the risk",
    ]


def test_where_nothing_raises_a_list_says_what_there_is() -> None:
    kept = explain(-0.9, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert reasons.raising(kept) == kept


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.7, "days", "less than a day"),
        (1.2, "days", "1 day"),
        (0.0, "days", "less than a day"),
        (0.0, "visits", "no visits"),
        (1.0, "categories", "1 category"),
        (0.0, "money", "nothing"),
        (1200.0, "days", "1,200 days"),
        (-3.0, "money", "-3.00 EUR"),
        (0.0, "share", "0 %"),
        (1.0, "orders", "1 order"),
        (0.03, "ratio", "0.03"),
        (4.5, "stars", "4.5 stars"),
        (1.0, "flag", "yes"),
    ],
)
def test_numbers_are_written_as_a_person_writes_them(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit, "EUR") == text


def test_a_currency_without_minor_units_has_no_decimals() -> None:
    assert quantity(1234.0, "money", "JPY") == "1,234 JPY"


def test_a_missing_value_is_said_to_be_missing() -> None:
    assert said(explain(0.0, 0.0, 0.0, 0.4, 0.0, 0.0)) == [
        "About opens: nothing on record: raises the risk"
    ]


def test_a_feature_may_say_in_its_own_words_what_is_missing() -> None:
    gaps = replace(COLUMNS[3], missing="only one active day so far")
    said = reasons.sentences([Reason("churn", "opens", "opens", None, 0.4)], {"opens": gaps}, "EUR")
    assert said == ["Only one active day so far: raises the risk"]


def test_what_nobody_can_act_on_is_said_only_when_it_matters_much_more() -> None:
    tenure = column("tenure", "tenure", "days", "known for {value}")
    row = ROW.append_column("tenure", pa.array([400.0], pa.float32()))

    def first(of_tenure: float) -> str:
        matrix = np.array([[0.5, of_tenure, 0.0]])
        return reasons.contributed("churn", row, (COLUMNS[2], tenure), matrix)[0][0].code

    assert first(0.9) == "silence"
    assert first(1.1) == "tenure"


def test_a_spokesman_stands_in_for_what_needs_thought() -> None:
    faded = column("visits_faded", "visits_faded", "ratio", "visits of late come to {value}")
    row = ROW.append_column("visits_faded", pa.array([0.31], pa.float32()))

    def quoted(of_visits: float) -> str:
        matrix = np.array([[of_visits, 0.5, 0.0]])
        return reasons.contributed("churn", row, (COLUMNS[5], faded), matrix)[0][0].column

    assert quoted(0.01) == "visits"
    assert quoted(0.0) == "visits"  # no tree asks for it, and it says the same
    assert quoted(-0.01) == "visits_faded"  # it would contradict


def test_what_a_silence_implies_is_not_said_beside_it() -> None:
    silence = Reason("churn", "silence", "days_since_order", 78.4, 0.5)
    nothing = [
        Reason("churn", "spending", "spend_30d", 0.0, 0.6),
        Reason("churn", "spending", "spend_90d", 0.0, 0.4),
        Reason("churn", "visits", "visits", 0.0, 0.3),
    ]
    assert said([nothing[0], silence, *nothing[1:]]) == [
        "Last ordered 78 days ago: raises the risk",
        "Nothing spent in the last 90 days: raises the risk",
        "No visits: raises the risk",
    ]
    assert len(said([*nothing, silence])) == 3  # nobody reads of the silence there


def test_what_hardly_matters_is_not_said() -> None:
    assert explain(0.004, 0.004, 0.002, 0.0, 0.0, 0.0) == []


def test_effects_of_all_codes_add_up_to_the_log_odds() -> None:
    contributions = np.array([[0.1, 0.2, -0.4, 0.0, 0.3, 0.0, -1.0]])
    kept = reasons.contributed("churn", ROW, COLUMNS, contributions)[0]
    assert sum(r.effect for r in kept) == pytest.approx(contributions[0, :-1].sum())


@pytest.mark.parametrize("outcome", reasons.TOWARDS)
def test_every_outcome_names_what_is_raised(outcome: str) -> None:
    sentence = said([Reason(outcome, "tickets", "tickets", 2.0, 0.5)])[0]
    assert sentence == f"2 tickets opened: raises {reasons.TOWARDS[outcome]}"


def test_a_rule_shows_its_inputs_without_a_direction() -> None:
    facts = {
        "days_since_activity": np.array([78.2, 4.0]),
        "gap_mean_log": np.array([3.0, 1.0]),  # has no words: nobody thinks in log-days
        "spend_ever": np.array([12.5, np.nan]),
    }
    kept = reasons.inputs("churn", facts)
    assert said(kept[0]) == ["78 days since the last activity", "12.50 EUR spent so far"]
    assert said(kept[1]) == ["4 days since the last activity"]


def test_a_prior_says_that_it_is_nobodys_own() -> None:
    assert "Too little history" in said(reasons.prior("refer", 1)[0])[0]


def test_a_column_that_the_bundle_lacks_is_left_out() -> None:
    assert said([Reason("churn", "gone", "gone", 1.0, 0.5)]) == []


def _catalogue() -> list[Column]:
    columns = standard_columns(Config(), ("orders", "engagement"), ("email_sent", "wished"))
    return [column for column in columns if column.is_feature]


@pytest.mark.parametrize("column", _catalogue(), ids=lambda column: column.name)
@pytest.mark.parametrize("value", [0.0, 0.4, 1.0, 2.0, 12345.678, None])
def test_every_feature_gives_a_sentence(column: Column, value: float | None) -> None:
    reason = Reason("churn", column.group, column.name, value, 0.2)
    sentence = reasons.sentences([reason], {column.name: column}, "EUR")[0]
    assert sentence[0] == sentence[0].upper()
    assert sentence.endswith(": raises the risk")
    assert not {"{", "}"} & set(sentence)
    assert "nan" not in sentence.split()


CLUMSY = (" 0 ", "1 visits", "1 days", "1 orders", "1 times", "nothing on record", "nan ")


@pytest.mark.parametrize("column", _catalogue(), ids=lambda column: column.name)
@pytest.mark.parametrize("value", [0.0, 1.0, None])
def test_none_one_and_nothing_known_read_as_a_person_says_them(
    column: Column, value: float | None
) -> None:
    if value is None and not column.missing:
        return  # always known: `tests/features/test_standard.py` holds it to that
    reason = Reason("churn", column.group, column.name, value, 0.2, 1.0)
    sentence = f" {reasons.sentences([reason], {column.name: column}, 'EUR')[0]} "
    scales = ("ratio", "share", "count", "stars")
    clumsy = [words for words in CLUMSY if words in sentence]
    assert not clumsy or (column.unit in scales and clumsy == [" 0 "]), sentence


def test_a_window_of_one_day_is_a_day() -> None:
    column = replace(
        _catalogue()[0], window=Window.before(1), reason="{value} in the last {window}"
    )
    reason = Reason("churn", column.group, column.name, 3.0, 0.2, None)
    sentence = reasons.sentences([reason], {column.name: column}, "EUR")[0]
    assert sentence.endswith("in the last 1 day: raises the risk")


@pytest.mark.parametrize("name", reasons.SAID_OF_FACTS)
def test_every_input_of_a_rule_with_words_is_a_fact(name: str) -> None:
    facts = {c.name for c in standard_columns(Config(), ("orders",), ()) if not c.is_feature}
    assert name in facts


@pytest.mark.parametrize("term", FACTS)
def test_every_term_of_a_rule_has_words_for_one_of_its_facts(term: str) -> None:
    assert set(reasons.SAID_OF_FACTS) & set(FACTS[term])


def test_what_is_usual_for_similar_customers_stands_beside_their_own_number() -> None:
    usual = (20.0, 300.0, 30.2, None, 1.0, 2.0)
    matrix = np.array([[0.0, -0.5, 0.4, 0.0, 0.3, 0.0, -1.0]])
    kept = reasons.contributed("churn", ROW, COLUMNS, matrix, lambda _, at: usual[at])[0]
    assert said(kept) == [
        "1,240.00 EUR spent in the last 90 days (similar customers: 300.00 EUR): lowers the risk",
        "Last ordered 78 days ago (similar customers: 30 days): raises the risk",
        "1 ticket opened (like similar customers): raises the risk",
    ]


def test_an_attribute_is_told_by_what_it_is_before_what_it_is_not() -> None:
    found = levels.columns({"plan": levels.Values(90, 0, 0, {"gold": 50, "silver": 40})})
    table = pa.table({"attribute:plan=gold": [1.0], "attribute:plan=silver": [0.0]})
    pushes = np.array([[0.1, 0.4, -1.0]])
    ((reason,),) = reasons.contributed("churn", table, found, pushes)
    assert (reason.column, reason.effect) == ("attribute:plan=gold", 0.5)
    named = {column.name: column for column in found}
    assert reasons.sentences([reason], named, None) == ["Plan is gold: raises the risk"]
