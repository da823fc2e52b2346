"""Every language says everything: no code, unit, outcome or form without words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from features.attributes.levels import Values
from features.attributes.levels import columns as attribute_columns
from features.catalogue import CATALOGUE, Column
from features.clock import Window
from features.config import Config
from features.definitions.kinds import columns as kind_columns
from features.facts import columns as fact_columns
from features.standard import DECLARING
from features.units import COUNTED
from serving.explanations.quantities import quantity
from serving.explanations.reasons import Reason, prior
from serving.explanations.selection import (
    OF_ORDERS,
    STANDINGS,
    UNITS_OF_FACTS,
    phrases,
    sentences,
)
from serving.explanations.topics import NOT_FOR_PEOPLE
from serving.languages.language import Language, language, languages
from training.bundle.rule import FACTS

assert DECLARING  # their import has filled the catalogue

OTHERS = languages()[1:]
ENGLISH = language("en")
HELD = {
    "plan": Values(rows=90, customers={"gold=plus {x}": 50, "basic": 40}),
    "seats": Values(rows=90, numbers=90),
    "member": Values(rows=90, flags=90),
}
FEATURES = (*CATALOGUE.columns(90), *kind_columns(["wished_for"]), *attribute_columns(HELD))
SAID = [column for column in FEATURES if column.group not in NOT_FOR_PEOPLE]
DECLARED = phrases(FEATURES)
NUMBERS = (0.0, 0.4, 1.0, 2.0, 7.25, 12_345.678)


def fields(template: str) -> set[str]:
    return {name.partition(":")[0] for name in re.findall(r"(?<!\{)\{([\w:]+)\}", template)}


@pytest.fixture(params=languages())
def tongue(request: pytest.FixtureRequest) -> Language:
    return language(request.param)


def test_english_and_german_are_there() -> None:
    assert languages()[:1] == ("en",)
    assert {"en", "de"} <= set(languages())


@pytest.mark.parametrize("tag", OTHERS)
def test_every_feature_is_said_in_every_language_with_the_same_numbers(tag: str) -> None:
    for code, (said, _) in DECLARED.items():
        phrase = language(tag).phrase(code)
        assert phrase is not None, f"{tag}.toml says nothing of {code}"
        assert fields(phrase.said) == fields(said), code
        missing = next(c.missing for c in FEATURES if code in (c.name, c.group))
        assert bool(phrase.missing) == bool(missing), code
        assert fields(phrase.missing) == fields(missing), code


@pytest.mark.parametrize("tag", OTHERS)
def test_no_language_says_what_nobody_can_ask_for(tag: str) -> None:
    other, facts = language(tag), {*UNITS_OF_FACTS, *STANDINGS, "prior"}
    codes = {code.removeprefix(OF_ORDERS) for code in other.phrases}
    assert codes - facts <= DECLARED.keys()
    assert facts <= other.phrases.keys()
    assert all(any(f.phrase_of(code) for code in DECLARED) for f in other.families)


OF_ORDERS_ONLY = [code for code in ENGLISH.phrases if code.startswith(OF_ORDERS)]


@pytest.mark.parametrize("code", OF_ORDERS_ONLY)
def test_activity_that_is_an_order_is_called_so_with_the_same_numbers(
    tongue: Language, code: str
) -> None:
    bare = code.removeprefix(OF_ORDERS)
    said = DECLARED[bare][0] if bare in DECLARED else ENGLISH.phrases[bare].said
    missing = next(
        (column.missing for column in FEATURES if bare in (column.name, column.group)), ""
    )
    phrase = tongue.phrases[code]
    assert fields(phrase.said) == fields(said)
    assert bool(phrase.missing) == bool(missing)
    assert not re.search("[Aa]ctiv|[Aa]ktiv", phrase.said + phrase.missing)
    assert {code for code in tongue.phrases if code.startswith(OF_ORDERS)} == {*OF_ORDERS_ONLY}


def test_every_fact_of_a_rule_and_of_a_stratum_is_said(tongue: Language) -> None:
    facts = {column.name for column in fact_columns(Config())}
    assert UNITS_OF_FACTS.keys() <= facts
    for names in FACTS.values():
        assert any(name in UNITS_OF_FACTS for name in names)
    for name in UNITS_OF_FACTS:
        phrase = tongue.phrase(name)
        assert phrase is not None
        assert fields(phrase.said) == {"value"}
    assert sentences(prior("refer", 1)[0], {}, None, tongue.tag)


@pytest.mark.parametrize("table", ["numbers", "frame", "towards"])
@pytest.mark.parametrize("tag", OTHERS)
def test_what_frames_a_sentence_is_whole_and_holds_the_same(tag: str, table: str) -> None:
    here, there = language(tag).words[table], ENGLISH.words[table]
    assert here.keys() == there.keys()
    for name, said in there.items():
        assert isinstance(here[name], type(said))
        if isinstance(said, str):
            assert fields(here[name]) == fields(said)


@pytest.mark.parametrize("unit", COUNTED)
def test_whatever_is_counted_has_a_name_for_none_one_and_many(tongue: Language, unit: str) -> None:
    forms = tongue.words["units"][unit]
    for one in (forms, *(form for form in forms.values() if isinstance(form, dict))):
        assert {"none", "many", *tongue.plurals} <= one.keys()
        assert ("below_one" in one) == (unit == "days")
        assert fields(one["many"]) == {"n"}
    cases = {phrase.case for phrase in tongue.phrases.values()} - {""}
    assert unit != "days" or cases - {"ordered"} <= forms.keys()
    assert unit != "active days" or "ordered" in forms
    for number in NUMBERS:
        assert "{" not in quantity(number, unit, None, tongue)


@pytest.mark.parametrize("tag", OTHERS)
@pytest.mark.parametrize("column", SAID, ids=lambda column: column.name)
def test_whatever_is_found_reads_as_a_sentence(tag: str, column: Column) -> None:
    named = {column.name: column}
    for value in (*NUMBERS, None) if column.missing else NUMBERS:
        reason = Reason("churn", column.group, column.name, value, 0.2, 2.0)
        reasons = [reason, replace(reason, lacking=True, effect=-0.2, code="other")]
        for one in reasons if column.missing else reasons[:1]:
            both = (one, replace(one, effect=-one.effect))  # some numbers move it one way only
            sentence, *_ = (s for each in both for s in sentences([each], named, "EUR", tag))
            assert sentence[0] == sentence[0].upper()
            assert sentence not in [s for each in both for s in sentences([each], named, "EUR")]
            english = {"the", "similar", "customers", "last", "days", "raises", "lowers"}
            assert not english & {*re.findall(r"\w+", sentence)}, sentence


def said(name: str, value: float | None, usual: float | None = None, effect: float = 0.2) -> str:
    named = {column.name: column for column in FEATURES}
    column = named[name]
    reason = Reason("churn", column.group, name, value, effect, usual)
    return sentences([reason], named, "EUR", "de")[0].replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            ("days_since_order", 78.4, 30.1),
            "Letzte Bestellung vor 78 Tagen (ähnliche Kunden: 30 Tage)",
        ),
        (("days_since_order", 0.4), "Letzte Bestellung vor weniger als einem Tag"),
        (("days_since_order", 1.2, 1.0), "Letzte Bestellung vor 1 Tag (wie bei ähnlichen Kunden)"),
        (("days_since_order", None), "Bisher keine Bestellungen"),
        (("spend_365d", 12_345.678), "In den letzten 365 Tagen 12.345,68 € ausgegeben"),
        (
            ("spend_90d", 0.0, 5.0),
            "In den letzten 90 Tagen nichts ausgegeben (ähnliche Kunden: 5,00 €)",
        ),
        (
            ("orders_90d", 1.0, 0.0, -0.2),
            "In den letzten 90 Tagen 1 Bestellung (ähnliche Kunden: keine): senkt das Risiko",
        ),
        (
            ("active_days_30d", 0.0, 2.0),
            "In den letzten 30 Tagen keine aktiven Tage (ähnliche Kunden: 2)",
        ),
        (("gap_longest", 40.0), "Längste Pause bisher: 40 Tage, was das Risiko erhöht"),
        (("gap_longest", 40.0, None, -0.2), "Längste Pause bisher: 40 Tage, was das Risiko senkt"),
        (("tenure", 40.0, None, -0.2), "Bekannt seit 40 Tagen: senkt das Risiko"),
        (("email_open_rate_90d", 0.415), "In den letzten 90 Tagen 42 % der E-Mails geöffnet"),
        (("gap_last_over_mean", 2.25), "Der letzte Abstand war das 2,2-Fache des üblichen"),
        (("shares_ever", 3.0, 1.0), "Die Marke bisher 3-mal geteilt (ähnliche Kunden: einmal)"),
        (("kind:wished_for_count_90d", 0.0), "„wished for“ in den letzten 90 Tagen nie"),
        (
            ("kind:wished_for_value_365d", 12.3, 8.0),
            "„wished for“ in den letzten 365 Tagen im Mittel 12 (ähnliche Kunden: 8)",
        ),
        (
            ("kind:wished_for_total_365d", 1200.0),
            "„wished for“ in den letzten 365 Tagen zusammen 1.200",
        ),
        (("attribute:plan=gold=plus {x}", 0.0), "Plan ist nicht gold=plus {x}"),
        (("attribute:member", 1.0), "Member: ja, was das Risiko erhöht"),
    ],
)
def test_german_reads_as_germans_write(
    found: tuple[str, float | None, float | None, float], sentence: str
) -> None:
    assert said(*found).removesuffix(": erhöht das Risiko") == sentence


def test_a_window_of_one_day_is_said_as_one_day() -> None:
    column = next(c for c in FEATURES if c.name == "orders_30d")
    column = replace(column, window=Window.before(1))
    reason = Reason("churn", "orders", column.name, 2.0, 0.2)
    (sentence,) = sentences([reason], {column.name: column}, "EUR", "de")
    assert sentence == "Am letzten Tag 2 Bestellungen: erhöht das Risiko"


def test_a_shops_own_feature_is_said_as_it_was_declared() -> None:
    column = replace(
        FEATURES[0], name="books", group="books", reason="{value} on books in the last {window}",
        unit="money",
    )  # fmt: skip
    reason = Reason("churn", "books", "books", 1240.0, 0.2, 12.5)
    (sentence,) = sentences([reason], {"books": column}, "EUR", "de")
    observed, usual = sentence.replace("\u00a0", " ").split(" (")
    assert observed == "1,240.00 EUR on books in the last 30 days"
    assert usual == "ähnliche Kunden: 12,50 €): erhöht das Risiko"
