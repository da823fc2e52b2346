"""What a list says of itself is said in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from serving.languages.language import language, languages, pattern_of
from serving.languages.notes import in_language
from serving.listing import caveats, drawing, exclusions, lists, unmatched
from training.bundle import Bundle

OTHERS = languages()[1:]
TEMPLATES = {
    text
    for module in (caveats, drawing, exclusions, lists, unmatched)
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str) and text.endswith(".")
}
VALUES = {
    "again": ("1 was", "1,234 were"),
    "amount": ("1,234.50 EUR",),
    "known": ("none", "plan, region"),
    "outcome": ("churn", "return", "advocate"),
    "value": ("glod",),
    "values": ("basic, gold",),
    "people": ("1 person who was", "1,234 people who were"),
}


def notes() -> Iterator[str]:
    """Yield every note, with numbers of either form."""
    for template in sorted(TEMPLATES):
        for at in range(3):
            names = {name: values[at % len(values)] for name, values in VALUES.items()}
            numbers = dict.fromkeys(("mean", "low", "high", "smallest", "days"), "20")
            yield template.format(**names, **numbers, name="plan")


@pytest.mark.parametrize("tag", OTHERS)
def test_every_note_is_said_in_every_language(tag: str, bundle: Bundle) -> None:
    figures = {"ece": {"value": 0.041}, "auroc": {"low": 0.8}}
    off = {"churn": {"basis": "model", "model": figures}}
    judged = replace(bundle, metrics={**bundle.metrics, "outcomes": off})
    english = [*notes(), *caveats.doubtful(judged, "churn")]
    for note, said in zip(english, in_language(english, tag), strict=True):
        left = {"the", "were", "who", "people", "churn", "return", "of", "is", "by", "1,234"}
        assert not left & {*re.findall(r"[\w,]+\w", said)}, (note, said)
        assert "{" not in said
    for known in language(tag).words["notes"]:
        assert any(pattern_of(known).fullmatch(note) for note in english), known


def test_a_note_is_read_in_german_with_german_numbers_and_outcomes() -> None:
    amount = drawing.USUAL_SPEND.format(amount="1,234.50 EUR")
    short = caveats.ONE_RATE.format(outcome="return")
    said = in_language([amount, short, "Of an earlier version."], "de")
    assert "1.234,50 EUR angesetzt" in said[0]
    assert "(Rückkehr)" in said[1]
    assert said[2] == "Of an earlier version."
    assert in_language([amount], "en") == [amount]
