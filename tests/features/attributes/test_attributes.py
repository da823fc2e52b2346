"""Attributes of customers: what may be one, what may not, and what of a source becomes one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from features.attributes.naming import protected_words
from features.config import Config
from features.errors import LadderError, UsageError
from features.history import History, open_history

ORDERS = [
    {"customer_id": who, "order_id": f"{who}{day}", "ordered_at": f"2024-01-{day:02}", "amount": 1}
    for who in ("a", "b", "c")
    for day in range(1, 21)
]


def config(*columns: dict[str, str], **more: Any) -> Config:
    """Return a configuration whose customers come from sources with these columns."""
    sources = [{"columns": one} for one in columns]
    return Config.from_dict({"orders": {}, "customers": sources, **more})


def history(customers: list[dict[str, Any]], columns: dict[str, str], **more: Any) -> History:
    """Return the history of three customers until 21 January, with attributes."""
    frames = {"orders": pa.Table.from_pylist(ORDERS), "customers": pa.Table.from_pylist(customers)}
    return open_history(config(columns, **more), date(2024, 1, 21), frames)


def held(opened: History) -> list[tuple[str, str, str]]:
    """Return the attributes in the rows that blocks get: who, which, what."""
    (block,) = opened.blocks()
    rows = block.rows("engagement")
    return [
        (row["customer_id"], row["kind"].removeprefix("attribute:"), row["detail"])
        for row in (rows.to_pylist() if rows else [])
    ]


PLAN = {"valid_from": "since", "plan": "plan"}


@pytest.mark.parametrize(
    "name",
    [
        *("gender", "customer_sex", "age", "age_group", "date_of_birth", "religion", "ethnicity"),
        *("nationality", "health_status", "marital_status", "is_married", "disability"),
        *("name", "first_name", "email", "e_mail", "phone", "home_address", "postal_code"),
    ],
)
def test_protected_and_personal_attributes_feed_no_feature(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        config({"valid_from": "since", name: "x"})
    assert "protected or personal" in caught.value.must
    assert f"[customers] {name}" in caught.value.came
    assert "Leave it unmapped" in caught.value.do


@pytest.mark.parametrize(
    "sql",
    [
        *("Gender", "CASE WHEN sex = 'f' THEN 1 END", "customerGender"),
        "CASE WHEN name THEN 1 END",
        *("Geschlecht", "kunde_geburtsdatum", '"Straße"', "Alter", "Staatsangehörigkeit"),
        *(
            "Postal code",
            'upper("Trade Union")',
            "Prénom",
            '"Code postal"',
            "edad",
            "codice_fiscale",
            "Leeftijd",
            "nom",
        ),
    ],
)
def test_another_name_does_not_hide_what_an_attribute_is(sql: str) -> None:
    with pytest.raises(UsageError, match="protected or personal"):
        config({"valid_from": "since", "segment": sql})


@pytest.mark.parametrize(
    "name",
    ["plan", "plan_name", "usage", "page_views", "stage", "package", "seats", "essex", "alternate"],
)
def test_words_count_whole(name: str) -> None:
    assert not [*protected_words(name)]
    assert config({"valid_from": "since", name: "x"}).attributes == {name: True}


def test_text_in_an_expression_is_not_its_origin() -> None:
    assert not [*protected_words("CASE WHEN plan = 'family name' THEN 'x' ELSE plan END")]


@pytest.mark.parametrize("slip", ["profiling_alowed", "marketing_allow", "signed_up", "refered_by"])
def test_a_slip_in_a_known_column_does_not_become_an_attribute(slip: str) -> None:
    with pytest.raises(UsageError, match="must not resemble a known column"):
        config({slip: "x"})


@pytest.mark.parametrize("name", ["Plan", "größe", "a b", "1st", "x" * 41, "plan=gold"])
def test_a_name_is_plain(name: str) -> None:
    with pytest.raises(UsageError, match="letters a to z"):
        config({name: "x"})


def test_an_attribute_has_a_history_in_every_source_or_in_none() -> None:
    with pytest.raises(UsageError, match="in every source, or in none"):
        config(PLAN, {"plan": "plan"})


def test_other_tables_have_no_attributes() -> None:
    with pytest.raises(UsageError, match="Only known keys"):
        Config.from_dict({"orders": {"columns": {"plan": "plan"}}})


def test_columns_that_are_not_mapped_stay_out() -> None:
    rows = [{"customer_id": "a", "valid_from": "2024-01-01", "plan": "gold", "attributes": "x"}]
    with history(rows, {}) as opened:
        assert not opened.values
        assert held(opened) == []


def test_a_value_counts_from_its_first_day_until_the_next() -> None:
    rows: list[dict[str, Any]] = [
        {"customer_id": "a", "since": "2024-01-01", "plan": "basic"},
        {"customer_id": "a", "since": "2024-01-09", "plan": "basic"},  # said again
        {"customer_id": "a", "since": "2024-01-10", "plan": None},  # says nothing
        {"customer_id": "a", "since": "2024-01-11", "plan": " gold "},
        {"customer_id": "a", "since": "2024-01-21", "plan": "from the day that is not seen"},
        {"customer_id": "b", "since": "2024-02-01", "plan": "later"},
    ]
    with history(rows, PLAN) as opened:
        assert held(opened) == [("a", "plan", "basic"), ("a", "plan", "gold")]
        assert opened.values["plan"].customers == {"basic": 1, "gold": 1}


def test_of_two_values_of_an_instant_one_counts_whatever_their_order() -> None:
    rows = [{"customer_id": "a", "since": "2024-01-01", "plan": plan} for plan in ("x", "b", "c")]
    for some in (rows, rows[::-1]):
        with history(some, PLAN) as opened:
            assert held(opened) == [("a", "plan", "b")]


def test_an_attribute_makes_nobody_a_customer() -> None:
    row: dict[str, Any] = {"customer_id": "a", "since": "2024-01-01", "plan": "basic"}
    row["joined"] = None
    late = {**row, "customer_id": "z", "joined": "2024-03-01"}
    with history([row, late], {**PLAN, "signed_up_at": "joined"}) as opened:
        assert opened.customers == 3
        assert held(opened) == [("a", "plan", "basic")]
        assert set(opened.span) == {"orders"}
        assert not opened.kinds


def test_people_who_object_have_no_attributes() -> None:
    rows = [
        {"customer_id": who, "since": "2024-01-01", "plan": "basic", "ok": who != "b"}
        for who in ("a", "b")
    ]
    with history(rows, {**PLAN, "profiling_allowed": "ok"}) as opened:
        assert held(opened) == [("a", "plan", "basic")]


def test_numbers_and_flags_are_read_as_such() -> None:
    rows = [
        {"customer_id": "a", "since": "2024-01-01", "seats": 3.0, "card": True, "code": "007"},
        {"customer_id": "b", "since": "2024-01-01", "seats": 2.5, "card": None, "code": "12"},
    ]
    columns = {"valid_from": "since", "seats": "seats", "card": "card", "code": "code"}
    with history(rows, columns) as opened:
        types = {name: values.type for name, values in opened.values.items()}
        assert types == {"card": "flag", "code": "text", "seats": "number"}
        assert ("a", "seats", "3") in held(opened)


def test_sources_may_have_attributes_of_their_own() -> None:
    several = config(PLAN, {"valid_from": "since", "seats": "3"}, {"card": "card"}, {})
    assert several.attributes == {"plan": True, "seats": True, "card": False}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"since": "soon", "plan": "gold"}, "valid_from is not a date"),
        ({"since": "1900-01-01", "plan": "gold"}, "valid_from is before 1970-01-02"),
        ({"since": None, "plan": "gold"}, "no valid_from"),
        ({"since": "2024-01-01", "plan": "x" * 201}, "plan is longer than 200"),
        ({"since": "2024-01-01", "plan": "go\x1bld"}, "plan is longer than 200"),
    ],
)
def test_what_cannot_be_used_is_counted_and_never_shown(row: dict[str, Any], reason: str) -> None:
    good = {"customer_id": "a", "since": "2024-01-01", "plan": "secret"}
    with history([good, {"customer_id": "b", **row}], PLAN, max_bad_share=0.5) as opened:
        (problem,) = opened.report.tables[1].sources[0].problems
        assert problem.reason.startswith(reason)
        assert not problem.fatal
        assert row["plan"] not in str(problem)
        assert held(opened) == [("a", "plan", "secret")]


def test_a_value_from_a_day_to_come_is_no_mistake() -> None:
    rows = [{"customer_id": "a", "since": "2099-01-01", "plan": "gold"}]
    with history(rows, PLAN) as opened:
        assert not opened.report.tables[1].sources[0].problems
        assert held(opened) == []


def test_a_date_is_no_attribute() -> None:
    rows = [{"customer_id": "a", "since": date(2024, 1, 1), "renewal": date(2024, 5, 1)}]
    with pytest.raises(UsageError, match="must be text, a number, or true or false"):
        history(rows, {"valid_from": "since", "renewal": "renewal"})


def test_a_kind_of_engagement_cannot_pose_as_an_attribute() -> None:
    acts = [{"customer_id": "a", "occurred_at": "2024-01-02", "kind": "attribute:plan"}]
    frames = {"orders": pa.Table.from_pylist(ORDERS), "engagement": pa.Table.from_pylist(acts)}
    with pytest.raises(LadderError, match="a kind must not begin with attribute:"):
        open_history(Config.from_dict({"orders": {}, "engagement": {}}), None, frames)


def test_without_valid_from_nothing_reaches_the_engine() -> None:
    rows = [{"customer_id": "a", "plan": "gold"}, {"customer_id": "a", "plan": "basic"}]
    with history(rows, {"plan": "plan"}) as opened:
        assert not opened.values
        assert held(opened) == []
        (block,) = opened.blocks()
        assert block.customers["attributes"].to_pylist()[0] == ["plan=basic", "plan=gold"]
        assert opened.table("customers").column_names[-1] == "email_sha256"
