"""Notes of lists in the reader's language, found by how they are in English.

A saved list keeps its notes as sentences: those of earlier versions are read as they were written
where a language has no words for them any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from serving.languages.language import Language, language, pattern_of

_NUMBER = re.compile(r"\d[\d,.]*(?: \D{3})?")
"""A number as we write it, maybe an amount with its currency."""


def in_language(notes: Iterable[str], tag: str) -> list[str]:
    """Return notes in a language, each as it is where the language has no words for it.

    Parameters
    ----------
    notes : iterable of str
        In English.
    tag : str
        One of `serving.languages.language.languages`.

    Examples
    --------
    >>> in_language(["Left out: 1 person who was to be contacted by other lists within 7 days "
    ... "(rest_days).", "Of an earlier version."], "de")[0]
    'Ausgelassen: 1 Person, die auf anderen Listen binnen 7 Tagen anzusprechen ist (rest_days).'
    """
    return [_said(note, tag) for note in notes]


def _said(note: str, tag: str) -> str:
    for pattern, template in _templates(tag):
        if found := pattern.fullmatch(note):
            return template.format_map(_values(found.groupdict(), language(tag)))
    return note


@cache
def _templates(tag: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    notes: Mapping[str, str] = language(tag).words.get("notes", {})
    return tuple((pattern_of(english), template) for english, template in notes.items())


def _values(found: Mapping[str, str], there: Language) -> dict[str, str]:
    """Return what a note speaks of, numbers and outcomes in the words of a language."""
    outcomes = there.words["outcomes"]
    return {
        name: there.digits(value) if _NUMBER.fullmatch(value) else outcomes.get(value, value)
        for name, value in found.items()
    }
