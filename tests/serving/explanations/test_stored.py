"""Reasons as they are kept: what is kept is enough to say what was found."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Column
from features.config import Config
from features.standard import standard_columns
from serving.explanations.reasons import Reason
from serving.explanations.selection import phrases, select, sentences
from serving.explanations.sentences import Words
from serving.explanations.stored import StoredReason, json_list
from tests.serving.told import BY_NAME, COLUMNS

FEATURES = {
    column.name: column
    for column in standard_columns(Config(), ("orders", "engagement"), ("email_sent", "wished"))
    if column.is_feature
}
NUMBERS = st.none() | st.floats(-1e6, 1e9, width=32)


@st.composite
def reasons(draw: st.DrawFn) -> Reason:
    column: Column = draw(st.sampled_from([*FEATURES.values()]))
    value, usual = draw(NUMBERS), draw(NUMBERS)
    effect = draw(st.sampled_from([-0.4, 0.0, 0.4]))
    lacking = draw(st.booleans())
    return Reason("churn", column.group, column.name, value, effect, usual, lacking)


@given(st.lists(reasons(), max_size=5))
def test_what_is_kept_says_what_was_found(found: list[Reason]) -> None:
    words = Words(json.loads(json.dumps(phrases(FEATURES.values()))), "EUR")
    kept = [one.json for one in select(found, FEATURES)]
    said = sentences(found, FEATURES, "EUR")
    assert words.render(kept, "en") == said
    assert words.render(json.loads(json_list(kept)), "en") == said
    record = words.render_record(
        b'{"customer_id":"a","reasons":null,"bases":{}}', json_list(kept), "en"
    )
    assert json.loads(record) == {"customer_id": "a", "reasons": said, "bases": {}}


@given(st.text())
def test_whatever_an_id_holds_the_reasons_stand_where_they_belong(customer_id: str) -> None:
    record = {"customer_id": customer_id + '"reasons":null', "reasons": None}
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    said = Words({}, None).render_record(text.encode("utf-8", "surrogatepass"), b"[]", "en")
    assert json.loads(said.decode("utf-8", "surrogatepass")) == {**record, "reasons": []}


def test_numbers_are_kept_to_the_last_bit() -> None:
    one = StoredReason("orders", "churn", 1, "orders", 0.1 + 0.2, 1 / 3)
    assert StoredReason.from_json(one.json) == one


def test_a_reason_of_a_newer_program_is_read_as_far_as_it_is_known() -> None:
    newer = '{"code":"prior","outcome":"churn","certainty":3}'
    assert StoredReason.from_json(newer) == StoredReason("prior", "churn")


def test_sentences_that_were_kept_before_stay_as_they_are() -> None:
    kept = ["Last ordered 78 days ago: raises the risk", StoredReason("spend_ever", "churn").json]
    assert Words({}, "EUR").render(kept[:1], "en", observed=True) == kept[:1]


def test_a_reason_without_words_is_left_out() -> None:
    gone = StoredReason("gone", "churn", 1, "days", 3.0)
    assert Words({}, "EUR").sentences([gone]) == []


@pytest.mark.parametrize("name", BY_NAME)
def test_a_code_is_a_features_name_without_its_window(name: str) -> None:
    column = BY_NAME[name]
    (one,) = select([Reason("churn", column.group, name, 2.0, 0.4)], BY_NAME)
    assert one.code == (column.group if column.window.days else name)
    assert (one.window, one.unit, one.direction) == (column.window.days, column.unit, 1)
    assert one.code in phrases(COLUMNS)
