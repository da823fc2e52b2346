"""Which strptime formats some dates are written in, where ISO 8601 does not read them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from features.reading.scopes import LOCAL, OFFSET

_CLOCK = r"(?:(,?[ T])(\d{1,2}:\d{2})(:\d{2})?( [AP]M| Uhr)?( [+-]\d{4})?)?"
_NUMERIC = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})" + _CLOCK)
_NAMED = re.compile(r"([A-Z][a-z]{2}, )?\d{1,2}([ -])([A-Za-z]{3,})\2(\d{4}|\d{2})" + _CLOCK)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,})(?: \d{1,2}, \d{4}|-\d{1,2}-(\d{4}|\d{2}))" + _CLOCK)
_UNIX = re.compile(
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2}( [+-]\d{4})? \d{4}( [+-]\d{4})?"
)
_CHARACTERS = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日" + _CLOCK)
_COUNTED = (
    (25_569, 73_051, "timestamp '1899-12-30' + to_seconds(round({} * 86400))", "Excel's days"),
    (1e8, 4.1e9, "to_timestamp({})", "seconds since 1970 in UTC"),
    (1e11, 4.1e12, "to_timestamp({} / 1000)", "milliseconds since 1970 in UTC"),
    (1e14, 4.1e15, "to_timestamp({} / 1000000)", "microseconds since 1970 in UTC"),
)
"""From and until which number what is counted, and how it is read."""
_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = (
    (r"\d{4}-\d{1,2}", "%Y-%m"),
    (r"\d{4}/\d{1,2}", "%Y/%m"),
    (r"\d{1,2}/\d{4}", "%m/%Y"),
    (r"\d{1,2}\.\d{4}", "%m.%Y"),
    (r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])", "%Y%m"),
    (r"[A-Za-z]{3} \d{4}", "%b %Y"),
    (f"(?i:{'|'.join(_NAMES)}) [0-9]{{4}}", "%B %Y"),
    (r"[A-Za-z]{3}-\d{4}", "%b-%Y"),
    (r"[A-Za-z]{3}-\d{2}", "%b-%y"),
)
"""How months are written that no day stands beside, and their formats."""
_COMPACT = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
_YEAR_LAST = re.compile(r"(\d{2})(\d{2})(19|20)\d{2}")


def date_formats(values: Iterable[str]) -> list[str]:
    """Return the formats that read `values`, the commonest first.

    Where the values leave open which of two numbers is the month, the day is taken to come first:
    most of the world writes it so, and the caller shows the format to a person.

    Examples
    --------
    >>> date_formats(["25/12/2011 8:26", "01/02/2012 9:00"])
    ['%d/%m/%Y %H:%M']
    >>> date_formats(["2024年5月1日 10:30"])
    ['%Y年%m月%d日 %H:%M']
    >>> date_formats(["12-25-2011", "20111225", "next week"])
    ['%m-%d-%Y', '%Y%m%d']
    >>> date_formats(["Mon, 01 Jan 2024 10:00:00 +0100", "Jan 1, 2024 1:00 PM", "1.1.2024, 10:00"])
    ['%a, %d %b %Y %H:%M:%S %z', '%b %d, %Y %I:%M %p', '%d.%m.%Y, %H:%M']
    >>> date_formats(["Mon Jan 1 10:00:00 2024 +0100", "Mon Jan  1 10:00:00 +0000 2024"])
    ['%a %b %d %H:%M:%S %Y %z', '%a %b %d %H:%M:%S %z %Y']
    >>> date_formats(["03252011", "01022012"]), date_formats(["20111225", "20011231"])
    (['%m%d%Y'], ['%Y%m%d'])
    >>> date_formats(["930105", "971231"]), date_formats(["930105", "971331"])
    (['%y%m%d'], [])
    """
    formats = [_format(alike) for alike in _by_shape(values)]
    return list(dict.fromkeys(form for form in formats if form))


def month_sql(text: str, values: Collection[str]) -> str | None:
    """Return the SQL that reads months without a day as their middle, None for anything else.

    `text` is the SQL of what `values` are some of.

    Examples
    --------
    >>> month_sql("month", ["2000-01", "2000-12"])
    "strptime(month || ' 15', '%Y-%m %d')"
    >>> month_sql("month", ["Jan 2000", "Feb 2000"])
    "strptime(month || ' 15', '%b %Y %d')"
    >>> month_sql("month", ["Sept 2000", "June 2001"])
    "strptime(left(month, 3) || right(month, 4) || ' 15', '%b%Y %d')"
    >>> month_sql("paid", ["200001", "200013"]), month_sql("paid", [])
    (None, None)
    """
    for shape, form in _MONTHS:
        if values and all(re.fullmatch(shape, value.strip()) for value in values):
            return f"strptime({text} || ' 15', '{form} %d')"
    if values and all(map(_names_a_month, values)):  # some in full, some shortened
        return f"strptime(left({text}, 3) || right({text}, 4) || ' 15', '%b%Y %d')"
    return None


def _names_a_month(value: str) -> bool:
    """Return whether a value is a year after a month's name, or after the beginning of one."""
    found = re.fullmatch(r"([A-Za-z]{3,})\.? \d{4}", value.strip())
    return found is not None and any(name.startswith(found[1].lower()) for name in _NAMES)


def leave_open_the_month(values: Iterable[str]) -> bool:
    """Return whether nothing in dates of one shape tells which of two numbers is the month.

    Examples
    --------
    >>> leave_open_the_month(["1/2/2012", "3/12/2012"])
    True
    >>> leave_open_the_month(["1/2/2012", "3/13/2012"]), leave_open_the_month(["20120102"])
    (False, False)
    """
    for alike in _by_shape(values):
        pairs = [pair for value in alike if (pair := _day_and_month(value))]
        if _year_last(alike):
            pairs = [(int(value.strip()[:2]), int(value.strip()[2:4])) for value in alike]
        if pairs and max(map(max, pairs)) <= 12:
            return True
    return False


def is_iso(text: str) -> bool:
    """Return whether a text is a date or an instant that begins with its year.

    Examples
    --------
    >>> [is_iso(text) for text in ("2024-01-01T10:00:00+02:00", "2024/1/1", "1/1/24")]
    [True, True, False]
    """
    return bool(re.match(r"\s*\d{4}\D", text) and re.fullmatch(f"{OFFSET}|{LOCAL}", text.strip()))


def _by_shape(values: Iterable[str]) -> list[list[str]]:
    """Return values by their shape, those of the commonest first."""
    shapes = defaultdict(list)
    for value in values:
        shapes[re.sub(r"\d+", lambda digits: "9" * (len(digits[0]) > 2) + "9", value)].append(value)
    return sorted(shapes.values(), key=len, reverse=True)


def _day_and_month(value: str) -> tuple[int, int] | None:
    """Return the numbers of which one is the day and one the month; None where order tells."""
    match = _NUMERIC.fullmatch(value.strip())
    return None if match is None or len(match[1]) > 2 else (int(match[1]), int(match[3]))


def _format(values: Sequence[str]) -> str | None:
    """Return the format of values of one shape."""
    first = values[0].strip()
    if first.isdigit():
        return _year_last(values) or _COMPACT.get(len(first)) or _short(values)
    if named := _NAMED.fullmatch(first):
        weekday, separator, month, year, *clock = named.groups()
        parts = ("%d", _month(month), _year(year))
        return ("%a, " if weekday else "") + separator.join(parts) + _time(*clock)
    if named := _MONTH_FIRST.fullmatch(first):
        month, year, *clock = named.groups()
        rest = f"-%d-{_year(year)}" if year else " %d, %Y"
        return f"{_month(month)}{rest}{_time(*clock)}"
    if unix := _UNIX.fullmatch(first):
        before, after = (" %z" if offset else "" for offset in unix.groups())
        return f"%a %b %d %H:%M:%S{before} %Y{after}"
    if written := _CHARACTERS.fullmatch(first):
        return "%Y年%m月%d日" + _time(*written.groups())
    found = [match.groups() for value in values if (match := _NUMERIC.fullmatch(value.strip()))]
    if not found:
        return None
    _, separator, _, last, *clock = found[0]
    if len(found[0][0]) == 4:
        order = ("%Y", "%m", "%d")
    else:
        year = _year(last)
        month_first = max(int(g[2]) for g in found) > 12 >= max(int(g[0]) for g in found)
        order = ("%m", "%d", year) if month_first else ("%d", "%m", year)
    return separator.join(order) + _time(*clock)


def _short(values: Sequence[str]) -> str | None:
    """Return the format of six digits that all may be a year of two, a month and a day."""
    days = r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    return "%y%m%d" if all(re.fullmatch(days, value.strip()) for value in values) else None


def _year_last(values: Sequence[str]) -> str | None:
    """Return the format of eight digits that end with the year, None where they may begin so."""
    found = [match for value in values if (match := _YEAR_LAST.fullmatch(value.strip()))]
    if len(found) < len(values) or all("1900" <= match[0][:4] <= "2100" for match in found):
        return None
    return "%m%d%Y" if max(match[2] for match in found) > "12" else "%d%m%Y"


def _year(digits: str) -> str:
    return "%Y" if len(digits) == 4 else "%y"


def _month(name: str) -> str:
    return "%b" if len(name) == 3 else "%B"


def _time(
    gap: str | None,
    minutes: str | None,
    seconds: str | None,
    after: str | None,
    offset: str | None,
) -> str:
    """Return how the time of day is written; `after` it stands the half of the day, or a word."""
    if not minutes:
        return ""
    half = bool(after) and after != " Uhr"
    form = f"{gap}{'%I' if half else '%H'}:%M" + (":%S" if seconds else "")
    return form + (" %p" if half else after or "") + (" %z" if offset else "")


def counted_instant(column: str, values: Sequence[str]) -> tuple[str, str] | None:
    """Return the SQL that reads instants counted in numbers, and what to look at.

    Returns
    -------
    (str, str) or None
        None where the numbers count nothing that falls between 1970 and 2100.

    Examples
    --------
    >>> counted_instant("paid", ["45292.5", "45293"])[0]
    "timestamp '1899-12-30' + to_seconds(round(paid * 86400))"
    >>> counted_instant("paid", ["1704067200"])[0]
    'to_timestamp(paid)'
    """
    numbers = [float(value) for value in values]
    for first, last, read, since in _COUNTED:
        if first <= min(numbers) and max(numbers) < last:
            return read.format(column), f"read as {since}"
    return None
