"""Which language of ours a reader wants, by a tag or by the header that browsers send."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from serving.languages.language import ENGLISH, languages

LONGEST = 200
"""Characters of a header that are looked at, and remembered: more than any browser sends."""

_RANGE = re.compile(
    r"(?P<tag>\*|[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*)"
    r"(?:[ \t]*;[ \t]*q=(?P<q>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE,
)


def accepted(header: str) -> str:
    """Return the language that ``Accept-Language`` asks for, English where it names none of ours.

    References
    ----------
    RFC 9110, 12.5.4: ranges with weights, of which 0 means never.

    Examples
    --------
    >>> accepted("de-AT,de;q=0.9,en;q=0.5"), accepted("fr, en;q=0.5, de;q=0.2"), accepted("")
    ('de', 'en', 'en')
    >>> accepted("en;q=0, *"), accepted("fr"), accepted("de;q=0, *;q=0.1")
    ('de', 'en', 'en')
    """
    return _accepted(header[:LONGEST])


def looked_up(wanted: str, known: Iterable[str]) -> str | None:
    """Return the longest of some tags that a wanted one begins with, None where none fits.

    Case does not matter, and an underscore, as locales have it, is a hyphen.

    References
    ----------
    RFC 4647, 3.4.

    Examples
    --------
    >>> [looked_up(tag, ("en", "de")) for tag in ("de-AT", "de_DE", "DE", "deu", "")]
    ['de', 'de', 'de', None, None]
    """
    ours = {tag.lower(): tag for tag in known}
    parts = wanted.lower().replace("_", "-").split("-")
    shorter = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((ours[tag] for tag in shorter if tag in ours), None)


@lru_cache(maxsize=1024)
def _accepted(header: str) -> str:
    weights = [
        (found["tag"].lower(), float(found["q"] or 1))
        for part in header.split(",")
        if (found := _RANGE.fullmatch(part.strip()))
    ]
    never = {tag for tag, weight in weights if not weight}
    known = [tag for tag in languages() if tag.lower() not in never]
    for tag, weight in sorted(weights, key=lambda item: -item[1]):
        fits = next(iter(known), None) if tag == "*" else looked_up(tag, known)
        if weight and fits:
            return fits
    return ENGLISH
