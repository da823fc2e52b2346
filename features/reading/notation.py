"""How files write numbers and flags: money signs, thousands separators, yes and no in words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from features.resources.workspace import literal

_SIGN = r"(?:[A-Z]{3}|kr\.?|zł|R\$|[€$£¥₹₽₺₩₪฿円元원])"
_AROUND = re.compile(
    rf"\s*{_SIGN}?\s*(?P<number>[+-]?\s*{_SIGN}?\s*[0-9][0-9.,'\s]*?)\s*{_SIGN}?\s*"
)
_BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*")
_POINT = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
_COMMA = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?")
_SCRIPTS = ["".join(chr(zero + n) for n in range(10)) for zero in (0x660, 0x6F0, 0x966, 0xE50)]
_SCRIPTS.append("".join(chr(0xFF10 + n) for n in range(10)))
"""The digits of Arabic, Persian, Hindi and Thai, and the wide ones of Japanese and Chinese."""
_ARABIC_MARKS = "\N{ARABIC DECIMAL SEPARATOR}\N{ARABIC THOUSANDS SEPARATOR}"
_PLAIN = str.maketrans("".join(_SCRIPTS) + _ARABIC_MARKS, "0123456789" * len(_SCRIPTS) + ".,")
_MOST = 0.9
"""So many values must read alike; the others will be counted as bad rows."""

READ = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"})
"""What is read as it is."""

_YES = frozenset({"true", "t", "yes", "y", "1"}) | {
    *("ja", "j", "wahr", "oui", "vrai", "si", "sí", "sì", "verdadero", "vero", "waar"),
    *("x", "on", "opt-in", "opted-in", "opted_in", "optin", "subscribed", "recommended"),
}
_NO = frozenset({"false", "f", "no", "n", "0"}) | {
    *("nein", "falsch", "non", "faux", "falso", "nee", "onwaar"),
    *("off", "opt-out", "opted-out", "opted_out", "optout", "unsubscribed"),
    "not recommended",
}


def decimal_mark(values: Iterable[str]) -> str | None:
    """Return the decimal mark that numbers are written with, None where they are no numbers.

    Examples
    --------
    >>> decimal_mark(["1.234,50 €", "7,5", "-3"])
    ','
    >>> decimal_mark(["$1,234.50", "$7.5", "($3.00)"])
    '.'
    >>> decimal_mark(["blue", "12 monkeys"]) is None
    True
    """
    numbers = [_bare(plain(value)) for value in values if value.strip()]
    fitting = {
        mark: sum(bool(form.fullmatch(number)) for number in numbers)
        for mark, form in ((".", _POINT), (",", _COMMA))
    }
    mark = max(fitting, key=lambda mark: fitting[mark])  # a tie: 1,000 is a thousand
    return mark if numbers and fitting[mark] >= _MOST * len(numbers) else None


def plain(text: str) -> str:
    """Return a text with the digits 0 to 9 in place of those of other scripts.

    >>> plain("\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}"), plain("2024")
    ('12', '2024')
    """
    return text.translate(_PLAIN)


def plain_sql(column: str, values: Iterable[str]) -> str:
    """Return the SQL of a text column with plain digits, the column itself where it has no others.

    Examples
    --------
    >>> plain_sql("paid", ["12", "7,50"])
    'paid'
    """
    held = set("".join(values))
    found = [digits for digits in _SCRIPTS if held.intersection(digits)]
    if not found:
        return column
    ours = "".join(found) + _ARABIC_MARKS
    return f"translate({column}, {literal(ours)}, {literal(plain(ours))})"


def in_brackets(value: str) -> bool:
    """Return whether a number stands in brackets, as accountants write what is below 0."""
    return _BRACKETS.fullmatch(value) is not None


def number_sql(column: str, mark: str, *, bracketed: bool = False) -> str:
    """Return the SQL that reads a text column whose numbers have this decimal mark.

    The column is `bracketed` where numbers below 0 stand in brackets.
    """
    if bracketed:
        column = rf"regexp_replace({column}, '^\s*\((.*)\)\s*$', '-\1')"
    # What may make another number stays, so that it is none: (5), \N{MINUS SIGN}5, 5%, 5 pieces.
    bare = f"regexp_replace({column}, '[^0-9{mark}e()%+\N{MINUS SIGN}\N{EN DASH}-]', '', 'g')"
    pointed = bare if mark == "." else f"replace({bare}, ',', '.')"
    return f"cast({pointed} as double)"


def _bare(value: str) -> str:
    """Return a number without money signs and spaces, empty for anything else."""
    found = _AROUND.fullmatch(_BRACKETS.sub(r"-\1", value))
    return re.sub(rf"{_SIGN}|[\s']", "", found["number"]) if found else ""


def flag_sql(column: str, values: Iterable[str], *, gaps: bool) -> str | None:
    """Return the SQL that reads a column of yes and no, None where it is read as it is.

    None, too, where a word is not known: what it means is not for a program to guess. Where there
    are only words for yes, an empty cell means no.

    It has `gaps` where some cells are empty.

    Examples
    --------
    >>> flag_sql("news", ["Ja", "nein"], gaps=True)
    "lower(trim(news)) in ('ja')"
    >>> flag_sql("news", ["nein"], gaps=False)
    "lower(trim(news)) not in ('nein')"
    >>> flag_sql("news", ["yes"], gaps=True)
    "coalesce(lower(trim(news)) in ('yes'), false)"
    >>> flag_sql("news", ["yes", "no"], gaps=True), flag_sql("news", ["ja", "maybe"], gaps=False)
    (None, None)
    """
    words = {value.strip().lower() for value in values} - {""}
    silent = gaps and bool(words) and not words & _NO
    if not words <= _YES | _NO or (words <= READ and not silent):
        return None
    said, sign = (words & _YES, "in") if words & _YES else (words, "not in")
    read = f"lower(trim({column})) {sign} ({', '.join(map(literal, sorted(said)))})"
    return f"coalesce({read}, false)" if silent else read
