"""Sentences: what a person reads of reasons, in their language.

A server reads records without the model that found their reasons, so nothing here knows of models,
arrays or features: `Words` has what a run says of its features, a language's file the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from serving.explanations.quantities import bare_quantity, quantity
from serving.explanations.stored import StoredReason
from serving.languages.language import ENGLISH, Language, Phrase, language

NO_REASONS = b'"reasons":null'
"""How a stored record says that it holds no sentences; no text in JSON can hold these bytes."""

_VALUE, _USUAL = "\0", "\1"
"""Stand for the two numbers of a sentence: declared phrases hold no control characters."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

CACHED = 4096
"""Customers whose sentences are cached: whoever is asked about once is often asked about again."""


@dataclass(frozen=True, eq=False)
class Words:
    """What turns the reasons of one run into sentences.

    Parameters
    ----------
    phrases : mapping of str to sequence of str
        By code, what is said of a number and where there is none, as the features are declared:
        a shop's own are known to no language's file.
    currency : str or None
        The shop's, for money.
    """

    phrases: Mapping[str, Sequence[str]]
    currency: str | None
    _templates: dict[tuple[object, ...], tuple[str, Language, str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def sentences(self, reasons: Iterable[StoredReason], tag: str = ENGLISH) -> list[str]:
        """Return reasons as sentences; one that nobody has words for is left out.

        Parameters
        ----------
        reasons : iterable of StoredReason
        tag : str
            The reader's language, one of `serving.languages.language.languages`.
        """
        tongue = language(tag)
        found = (self._sentence(reason, tongue) for reason in reasons)
        return [sentence for sentence in found if sentence]

    def render(
        self, kept: Iterable[Mapping[str, Any] | str], tag: str, *, observed: bool = False
    ) -> list[str]:
        """Return stored reasons as sentences; what was stored as a sentence stays as it is.

        Parameters
        ----------
        kept : iterable of mapping or str
            Reasons as JSON data, or as the text of one (`StoredReason.json`).
        tag : str
            The reader's language.
        observed : bool
            Whether the direction is left out where it raises: a list says what raises its outcome.
        """
        found: list[str] = []
        for stored in kept:
            if isinstance(stored, str) and not stored.startswith('{"code":'):
                found.append(stored)
                continue
            data = json.loads(stored) if isinstance(stored, str) else stored
            reason = StoredReason.from_dict(data)
            if observed and reason.direction > 0:
                reason = reason._replace(direction=0)
            found += self.sentences([reason], tag)
        return found

    def render_record(self, record: bytes, reasons: bytes | None, tag: str | None) -> bytes:
        """Return a stored record's JSON with its reasons as sentences.

        Parameters
        ----------
        record : bytes
        reasons : bytes or None
            As `serving.explanations.stored.json_list` wrote them; None where none were found.
        tag : str or None
            The reader's language; None where nobody reads them.
        """
        if reasons is None or tag is None:
            return record
        return record.replace(NO_REASONS, _reasons_member(self, reasons, tag), 1)

    def _sentence(self, reason: StoredReason, tongue: Language) -> str:
        aside = self._aside(reason, tongue)
        key = (tongue.tag, aside, reason.value is None, *reason[:4], reason.window)
        if (template := self._templates.get(key)) is None:
            template = self._templates[key] = self._template(reason, aside, tongue)
        text, spoken, case = template
        if reason.value is not None:
            value = quantity(reason.value, reason.unit, self.currency, spoken, case)
            text = text.replace(_VALUE, value)
            if reason.usual is not None:
                usual = bare_quantity(reason.usual, reason.unit, self.currency, tongue)
                text = text.replace(_USUAL, usual)
        return f"{text[:1].upper()}{text[1:]}"

    def _aside(self, reason: StoredReason, tongue: Language) -> str:
        """Return how the number compares, as a key of the language's frame; empty for no way."""
        if reason.value is None:
            return "most_lack_too" if reason.lacking else ""
        if reason.unit in ("flag", "state"):
            return ""
        if reason.lacking:
            return "most_lack"
        if reason.usual is None:
            return ""
        value, usual = (
            quantity(number, reason.unit, self.currency, tongue)
            for number in (reason.value, reason.usual)
        )
        return "alike" if value == usual else "usual"

    def _template(
        self, reason: StoredReason, aside: str, tongue: Language
    ) -> tuple[str, Language, str]:
        """Return a sentence without its numbers, and the language and case of the customer's."""
        found = self._phrase(reason, tongue)
        if found is None:
            return "", tongue, ""
        phrase, spoken = found
        frame: Mapping[str, str] = tongue.words["frame"]
        window = _window(reason.window, spoken)
        missing = phrase.missing.format(window=window)
        lacks = reason.unit and reason.value is None
        said = (lacks and missing) or phrase.said.format(value=_VALUE, window=window)
        text = said
        if aside:
            compared = frame[aside].format(missing=missing, usual=_USUAL)
            text = frame["aside"].format(said=said, aside=compared)
        if reason.direction:
            moves = "raises" if reason.direction > 0 else "lowers"
            moves += "_too" if ":" in said else ""
            text = frame[moves].format(said=text, towards=tongue.words["towards"][reason.outcome])
        return text, spoken, phrase.case

    def _phrase(self, reason: StoredReason, tongue: Language) -> tuple[Phrase, Language] | None:
        """Return what is said and the language it is in: the reader's, else as it was declared."""
        needs_missing = reason.lacking or (reason.unit and reason.value is None)
        known = tongue.phrase(reason.code)
        if known and (known.missing or not needs_missing):
            return known, tongue
        declared = self.phrases.get(reason.code)
        return None if declared is None else (Phrase(*declared), language(ENGLISH))


@lru_cache(maxsize=CACHED)
def _reasons_member(words: Words, reasons: bytes, tag: str) -> bytes:
    """Return the member of a record's JSON that takes the place of `NO_REASONS`."""
    found = words.sentences(map(StoredReason.from_dict, json.loads(reasons)), tag)
    return b'"reasons":%b' % _ENCODE(found).encode()


def _window(days: int | None, tongue: Language) -> str:
    windows: Mapping[str, str] = tongue.words["windows"]
    if days is None:
        return windows["ever"]
    form = windows.get(tongue.form(str(days)), windows["many"])
    return form.format(n=tongue.digits(f"{days:,}"))
