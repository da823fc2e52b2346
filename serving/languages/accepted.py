"""Which language a reader wants, by the header that browsers send."""

from __future__ import annotations

import re
from functools import lru_cache

from serving.languages.language import ENGLISH, languages

LONGEST = 200
"""Characters of a header that are looked at, and remembered: more than any browser sends."""

_RANGE = re.compile(
    r"(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"(?:[ \t]*;[ \t]*q=(?P<q>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE,
)


def accepted(header: str) -> str:
    """Return the language that ``Accept-Language`` asks for, English where it names none of ours.

    References
    ----------
    RFC 9110, 12.5.4: ranges with weights, of which 0 means never. RFC 4647, 3.4: a range fits the
    longest of our tags that it begins with, so that ``de-AT`` reads ``de``.

    Examples
    --------
    >>> accepted("de-AT,de;q=0.9,en;q=0.5"), accepted("fr, en;q=0.5, de;q=0.2"), accepted("")
    ('de', 'en', 'en')
    >>> accepted("en;q=0, *"), accepted("fr"), accepted("de;q=0, *;q=0.1")
    ('de', 'en', 'en')
    """
    return _accepted(header[:LONGEST])


@lru_cache(maxsize=1024)
def _accepted(header: str) -> str:
    weights = [
        (found["tag"].lower(), float(found["q"] or 1))
        for part in header.split(",")
        if (found := _RANGE.fullmatch(part.strip()))
    ]
    never = {tag for tag, weight in weights if not weight}
    known = [tag for tag in languages() if tag not in never]
    for tag, weight in sorted(weights, key=lambda one: -one[1]):
        if weight and (fits := _looked_up(tag, known)):
            return fits
    return ENGLISH


def _looked_up(wanted: str, known: list[str]) -> str | None:
    if wanted == "*":
        return next(iter(known), None)
    parts = wanted.split("-")
    shorter = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((tag for tag in shorter if tag in known), None)
