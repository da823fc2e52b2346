"""A language: its words, its plural forms, how it writes numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

ENGLISH = "en"
"""What is read where nobody asked for another language, and what features are declared in."""

_NAMES = re.compile(r"\{(\w+)\}")
_CASE = re.compile(r"\{value:(\w+)\}")


class Phrase(NamedTuple):
    """What is said of a number, and where there is none.

    Parameters
    ----------
    said : str
        With ``{value}`` and maybe ``{window}``.
    missing : str
        With maybe ``{window}``; empty where there always is a number.
    case : str
        The grammatical case of ``{value}``, a key of its unit's forms; empty for the usual one.
    """

    said: str
    missing: str = ""
    case: str = ""


@dataclass(frozen=True)
class Family:
    """Codes that hold names of the shop's own, and what is said of all of them.

    Parameters
    ----------
    pattern : re.Pattern
        With the names as groups.
    phrase : Phrase
        With the names in braces.
    """

    pattern: re.Pattern[str]
    phrase: Phrase

    def phrase_of(self, code: str) -> Phrase | None:
        """Return what is said of one code of the family, None for another family's."""
        found = self.pattern.fullmatch(code)
        if found is None:
            return None
        named = {key: _literal(key, name) for key, name in found.groupdict().items()}
        return self.phrase._replace(
            said=_filled(self.phrase.said, named), missing=_filled(self.phrase.missing, named)
        )


@dataclass(frozen=True, eq=False)
class Language:
    """The words of one language, as its file holds them.

    Parameters
    ----------
    tag : str
        Its BCP 47 tag, by which the file is called.
    words : mapping
        The tables of the file.
    phrases : mapping of str to Phrase
        By code of a reason.
    families : tuple of Family
    plurals : mapping of str to re.Pattern
        Forms, and the numbers that take them.
    separators : dict, or None
        From how Python separates digits to how the language does; None where both agree.
    """

    tag: str
    words: Mapping[str, Any]
    phrases: Mapping[str, Phrase]
    families: tuple[Family, ...]
    plurals: Mapping[str, re.Pattern[str]]
    separators: dict[int, str] | None

    def phrase(self, code: str) -> Phrase | None:
        """Return what the language says of a code, None where it knows none."""
        known = self.phrases.get(code)
        if known is None and ":" in code:
            found = (family.phrase_of(code) for family in self.families)
            return next((phrase for phrase in found if phrase), None)
        return known

    def digits(self, number: str) -> str:
        """Return a number that Python wrote as the language separates its digits."""
        return number.translate(self.separators) if self.separators else number

    def form(self, number: str) -> str:
        """Return the plural form of a number that Python wrote: ``one``, ``many``, another."""
        return next((form for form, fits in self.plurals.items() if fits.fullmatch(number)), "many")


def languages() -> tuple[str, ...]:
    """Return the tags of the languages that have a file, English first."""
    names = sorted(file.name for file in files("serving.languages").iterdir())
    tags = [name.removesuffix(".toml") for name in names if name.endswith(".toml")]
    return (ENGLISH, *(tag for tag in tags if tag != ENGLISH))


@cache
def language(tag: str) -> Language:
    """Return a language by its tag, one of `languages`."""
    text = files("serving.languages").joinpath(f"{tag}.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)
    numbers, phrases = words["numbers"], {k: _phrase(v) for k, v in words["sentences"].items()}
    separators = {ord("."): numbers["point"], ord(","): numbers["thousands"]}
    return Language(
        tag,
        words,
        {code: phrase for code, phrase in phrases.items() if "{" not in code},
        tuple(Family(pattern_of(c), phrase) for c, phrase in phrases.items() if "{" in c),
        {form: re.compile(fits) for form, fits in words["plurals"].items()},
        None if (numbers["point"], numbers["thousands"]) == (".", ",") else separators,
    )


def pattern_of(template: str) -> re.Pattern[str]:
    """Return ``kind:{name}_count`` as a pattern; the shortest name wins, and is the same again.

    Examples
    --------
    >>> pattern_of("{n} of {n}").fullmatch("3 of 3")["n"]
    '3'
    """
    parts, known = _NAMES.split(template), set[str]()
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = re.escape(part)
        else:
            parts[at] = f"(?P={part})" if part in known else f"(?P<{part}>.+?)"
            known.add(part)
    return re.compile("".join(parts), re.DOTALL)


def _phrase(texts: list[str]) -> Phrase:
    case = _CASE.search(texts[0])
    phrase = Phrase(*texts)
    return phrase._replace(said=_CASE.sub("{value}", phrase.said), case=case[1] if case else "")


def _literal(key: str, name: str) -> str:
    """Return a shop's own name as a template may hold it, in words where it is a name of ours."""
    words = name.replace("_", " ") if key == "name" else name
    return words.replace("{", "{{").replace("}", "}}")


def _filled(template: str, named: Mapping[str, str]) -> str:
    return _NAMES.sub(lambda found: named.get(found[1], found[0]), template)
