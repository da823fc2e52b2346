"""German names of months in dates, which strptime does not know."""

from __future__ import annotations

import re
from collections.abc import Collection

from features.resources.workspace import literal

_ENGLISH = {"Mär": "Mar", "Mrz": "Mar", "Mai": "May", "Okt": "Oct", "Dez": "Dec", "Jän": "Jan"}
"""The first three letters of German months that do not begin as in English."""
_GERMAN = (
    *("Januar", "Jänner", "Februar", "März", "Mrz", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_DATE = re.compile(r"\s*(\d{1,2})\.?([ -])([^\W\d_]{3})([^\W\d_]*)\.?([ -])(.*)")


def english_months(text: str, values: Collection[str]) -> tuple[str, list[str]] | None:
    """Return the SQL of dates whose months are German in English, and some of their values.

    `text` is the SQL of what `values` are some of. None where all are English already, or one is
    neither.

    Examples
    --------
    >>> english_months("paid", ["10. Mai 2025", "1. Juni 2025"])[1]
    ['10 May 2025', '1 Jun 2025']
    >>> english_months("paid", ["10-May-25"]), english_months("paid", ["10.5.2025"])
    (None, None)
    """
    found = [_DATE.fullmatch(value) for value in values]
    dates = [match for match in found if match]
    if not dates or len(dates) < len(found):
        return None
    if not all(any(name.startswith(date[3] + date[4]) for name in _GERMAN) for date in dates):
        return None
    if all(date[3] not in _ENGLISH and not date[4] for date in dates):
        return None
    sql = f"regexp_replace({text}, '{_SHORTENED}', '\\1\\2\\3\\4')"
    for german in sorted({date[3] for date in dates} & _ENGLISH.keys()):
        sql = f"replace({sql}, {literal(german)}, {literal(_ENGLISH[german])})"
    read = [f"{d[1]}{d[2]}{_ENGLISH.get(d[3], d[3])}{d[5]}{d[6]}" for d in dates]
    return sql, read


_SHORTENED = r"^\s*(\d{1,2})\.?([ -])(\pL{3})\pL*\.?([ -])"
"""The same beginning of a date, as DuckDB writes it."""
