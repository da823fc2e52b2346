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

from serving.explanations.quantities import beside, quantity
from serving.explanations.told import Told
from serving.languages.language import ENGLISH, Language, Phrase, language

UNSAID = b'"reasons":null'
"""How a record says that it holds no sentences; no text in JSON can hold these bytes."""

_MINE, _USUAL = "\0", "\1"
"""Where the numbers of a sentence stand: what is declared is printable."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


REMEMBERED = 4096
"""Customers whose sentences are kept: whoever is asked about once is often asked about again."""


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

    def sentences(self, reasons: Iterable[Told], tag: str = ENGLISH) -> list[str]:
        """Return reasons as sentences; one that nobody has words for is left out.

        Parameters
        ----------
        reasons : iterable of Told
        tag : str
            The reader's language, one of `serving.languages.language.languages`.
        """
        tongue = language(tag)
        said = (self._sentence(reason, tongue) for reason in reasons)
        return [sentence for sentence in said if sentence]

    def reread(
        self, kept: Iterable[Mapping[str, Any] | str], tag: str, *, observed: bool = False
    ) -> list[str]:
        """Return as sentences what was kept of reasons; a sentence that was kept stays as it is.

        Parameters
        ----------
        kept : iterable of mapping or str
            Reasons as JSON data, or as the text of one (`Told.text`).
        tag : str
            The reader's language.
        observed : bool
            Whether the direction is left out where it raises: a list says what raises its outcome.
        """
        said: list[str] = []
        for one in kept:
            if isinstance(one, str) and not one.startswith('{"code":'):
                said.append(one)
                continue
            told = Told.read(one) if isinstance(one, str) else Told.of(one)
            if observed and told.direction > 0:
                told = told._replace(direction=0)
            said += self.sentences([told], tag)
        return said

    def read_aloud(self, record: bytes, told: bytes | None, tag: str | None) -> bytes:
        """Return a record's JSON with the sentences of its reasons.

        Parameters
        ----------
        record : bytes
            As it is kept.
        told : bytes or None
            Its reasons, as `serving.explanations.told.joined` wrote them; None where none were
            found.
        tag : str or None
            The reader's language; None where nobody reads them.
        """
        if told is None or tag is None:
            return record
        return record.replace(UNSAID, _as_json(self, told, tag), 1)

    def _sentence(self, told: Told, tongue: Language) -> str:
        beside_it = self._beside(told, tongue)
        key = (tongue.tag, beside_it, told.value is None, *told[:4], told.window)
        if (template := self._templates.get(key)) is None:
            template = self._templates[key] = self._template(told, beside_it, tongue)
        text, spoken, case = template
        if told.value is not None:
            mine = quantity(told.value, told.unit, self.currency, spoken, case)
            text = text.replace(_MINE, mine)
            if told.usual is not None:
                usual = beside(told.usual, told.unit, self.currency, tongue)
                text = text.replace(_USUAL, usual)
        return f"{text[:1].upper()}{text[1:]}"

    def _beside(self, told: Told, tongue: Language) -> str:
        """Return what stands beside the number, a key of the language's frame; empty for none."""
        if told.value is None:
            return "most_lack_too" if told.lacking else ""
        if told.unit in ("flag", "state"):
            return ""
        if told.lacking:
            return "most_lack"
        if told.usual is None:
            return ""
        mine, usual = (
            quantity(number, told.unit, self.currency, tongue)
            for number in (told.value, told.usual)
        )
        return "alike" if mine == usual else "usual"

    def _template(self, told: Told, beside_it: str, tongue: Language) -> tuple[str, Language, str]:
        """Return a sentence but for its numbers, the language of the customer's and its case."""
        found = self._phrase(told, tongue)
        if found is None:
            return "", tongue, ""
        phrase, spoken = found
        frame: Mapping[str, str] = tongue.words["frame"]
        window = _window(told.window, spoken)
        missing = phrase.missing.format(window=window)
        said = missing if told.unit and told.value is None else ""
        said = text = said or phrase.said.format(value=_MINE, window=window)
        if beside_it:
            aside = frame[beside_it].format(missing=missing, usual=_USUAL)
            text = frame["aside"].format(said=said, aside=aside)
        if told.direction:
            moves = ("raises" if told.direction > 0 else "lowers") + ("_too" if ":" in said else "")
            text = frame[moves].format(said=text, towards=tongue.words["towards"][told.outcome])
        return text, spoken, phrase.case

    def _phrase(self, told: Told, tongue: Language) -> tuple[Phrase, Language] | None:
        """Return what is said and the language it is in: the reader's, else as it was declared."""
        known = tongue.phrase(told.code)
        if known and (known.missing or not (told.lacking or (told.unit and told.value is None))):
            return known, tongue
        declared = self.phrases.get(told.code)
        return None if declared is None else (Phrase(*declared), language(ENGLISH))


@lru_cache(maxsize=REMEMBERED)
def _as_json(words: Words, told: bytes, tag: str) -> bytes:
    """Return what stands in a record where it says that it holds no sentences."""
    said = words.sentences(map(Told.of, json.loads(told)), tag)
    return b'"reasons":%b' % _ENCODE(said).encode()


def _window(days: int | None, tongue: Language) -> str:
    windows: Mapping[str, str] = tongue.words["windows"]
    if days is None:
        return windows["ever"]
    form = windows.get(tongue.form(str(days)), windows["many"])
    return form.format(n=tongue.digits(f"{days:,}"))
