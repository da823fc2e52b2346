"""Accept-Language: whatever comes, a language that we have goes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.languages.accepted import LONGEST, _accepted, accepted
from serving.languages.language import languages


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("de_DE", "de"),
        ("de_DE;q=0.2, en;q=0.3", "en"),
        ("de-Latn-DE-1996", "de"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "en"),
        ("fr-CH, fr;q=0.9, de;q=0.8, en;q=0.7, *;q=0.5", "de"),
        ("en;q=0.3,de;q=0.30", "en"),
        ("de;q=0.001", "de"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("en;q=0, *", "de"),
        ("fr, it", "en"),
        ("de ; q=0.5 , en\t;\tq=0.4", "de"),
        (",, de ,", "de"),
        ("de;q=2, en;q=0.1", "en"),
        ("de;q=abc", "en"),
        ("dexter", "en"),
    ],
)
def test_the_language_with_the_largest_weight_that_we_have_is_read(header: str, tag: str) -> None:
    assert accepted(header) == tag


@given(st.text(max_size=300))
def test_whatever_is_sent_some_language_is_read(header: str) -> None:
    assert accepted(header) in languages()


def test_what_strangers_send_is_not_remembered_at_any_length() -> None:
    accepted("de, " + " " * LONGEST)
    known = _accepted.cache_info().currsize
    assert accepted("de, " + " " * LONGEST + "x" * 60_000) == "de"
    assert _accepted.cache_info().currsize == known
