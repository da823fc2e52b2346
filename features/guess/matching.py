"""Which of a file's columns is named like a column of ours, and may hold what that one holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from features.guess.names import NAMES
from features.guess.profile import FileProfile
from features.reading.notation import flag_sql

INSTANTS = ("ordered_at", "occurred_at", "signed_up_at", "valid_from", "contacted_at")
NUMBERS = ("amount", "quantity", "price", "discount", "cost")
FLAGS = ("is_return", "profiling_allowed", "marketing_allowed")
_HUNDREDTHS = re.compile(
    r"[\s_(-]+(?:in[\s_]+)?(?:cents?|pence|centimes|minor(?:[\s_]units?)?)\)?\s*$", re.IGNORECASE
)
_TIMELY = ("date", "time", "when", "day", "month", "submitted", "datum", "dato", "fecha", "monat")
_YEARS = ("year", "yearid", "fiscalyear", "fy", "giftyear", "season", "jahr", "annee", "jaar")
_OTHER_SUMS = (
    *("discount", "rabatt", "remise", "descuento", "sconto", "korting", "coupon", "voucher"),
    *("shipping", "versand", "handling", "freight", "postage", "delivery", "insurance"),
    *("tax", "taxes", "vat", "gst", "mwst", "steuer", "tva", "iva", "tip", "refund", "erstattung"),
    *("refunded", "commission"),
)
"""Words of sums that are taken off an order, added to it or given back."""
_WITH = ("incl", "including", "included", "inclusive", "inkl", "with", "after")
_ADDRESSES = 100
"""So many pages are addresses, not what somebody did."""
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})
"""Letters whose strokes are no accents."""


def match_columns(table: str, file: FileProfile) -> dict[str, str]:
    """Return for each column of a table the file's column that is named likest."""
    found: dict[str, str] = {}
    for name, hints in NAMES[table].items():
        free = [column for column in file.types if column not in found.values()]
        fitting = [column for column in free if _fits(name, column, file)]
        near = next(_named(_spelt(name, hints), fitting), None) or _only_date(name, fitting, file)
        customer = found.get("customer_id")
        if near is None and customer and not file.is_unique(customer):  # else rows are people
            near = _year(name, fitting, file)
        if near is not None:
            found[name] = near
    return found


def named_amount(file: FileProfile) -> Iterator[str]:
    """Yield the columns named like an amount, the likeliest first."""
    fitting = [column for column in file.types if _fits("amount", column, file)]
    yield from _named(NAMES["orders"]["amount"].split(), fitting)


def letters(name: str) -> str:
    """Return a name in small letters and digits of any script, without accents, units and types.

    Examples
    --------
    >>> letters("Created at (UTC)"), letters("user_id:token"), letters("Währung")
    ('createdat', 'userid', 'wahrung')
    >>> letters("total_price_cents"), letters("注文_番号")
    ('totalprice', '注文番号')
    """
    bare = re.sub(r"\s*\([^()]*\)\s*$|:\w+$", "", _HUNDREDTHS.sub("", name)) or name
    plain = unicodedata.normalize("NFKD", bare.casefold()).translate(_STROKES)
    return re.sub(r"[\W_]", "", plain)


def words(name: str) -> list[str]:
    """Return the words of a name in small letters, without numbers.

    Examples
    --------
    >>> words("AppLogins-2024_happened at")
    ['app', 'logins', 'happened', 'at']
    """
    return [word.lower() for word in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", name)]


def in_hundredths(name: str) -> bool:
    """Return whether a column's name says that it holds hundredths of the currency.

    Examples
    --------
    >>> [in_hundredths(name) for name in ("Amount (cents)", "total in pence", "percent", "cents")]
    [True, True, False, False]
    """
    return bool(_HUNDREDTHS.search(name))


def _spelt(name: str, hints: str) -> list[str]:
    """Return what a column is called: of an instant, ``started_on`` as well as ``started_at``."""
    if name not in INSTANTS:
        return hints.split()
    return [
        spelt
        for hint in hints.split()
        for spelt in (hint, *([f"{hint[:-2]}on"] if hint.endswith("at") else []))
    ]


def _fits(name: str, column: str, file: FileProfile) -> bool:
    """Return whether a column can hold what is asked of it."""
    if name == "amount" and _is_another_sum(column):
        return False
    if name in NUMBERS:
        return file.is_number(column) or file.mark(column) is not None
    if name in INSTANTS:
        return file.is_date(column) or bool(file.written(column))
    if name == "value" and file.types[column] != "BOOLEAN":
        is_told = flag_sql(column, file.texts(column), gaps=False) is not None
        return is_told or file.is_number(column) or file.mark(column) is not None
    if name == "kind":
        of_addresses = letters(column) == "page" and len(file.commonest(column)) >= _ADDRESSES
        return not (of_addresses or file.is_date(column) or file.written(column))
    return name != "is_return" or file.is_flag(column)


def _is_another_sum(column: str) -> bool:
    """Return whether a column is called a part of what was paid, or what was given back of it.

    Examples
    --------
    >>> [_is_another_sum(name) for name in ("Shipping Amount", "taxAmount", "Total incl. tax")]
    [True, True, False]
    """
    spoken = words(column)
    return not set(spoken).isdisjoint(_OTHER_SUMS) and set(spoken).isdisjoint(_WITH)


def _only_date(name: str, fitting: Sequence[str], file: FileProfile) -> str | None:
    """Return the one column that holds instants, else the one of dates, whatever it is called."""
    if name not in ("ordered_at", "occurred_at"):
        return None
    dates = [column for column in fitting if file.is_date(column)]
    instants = [column for column in dates if file.types[column].startswith("TIMESTAMP")]
    dates = instants if len(instants) == 1 else dates
    dates = dates or [
        column for column in fitting if any(word in letters(column) for word in _TIMELY)
    ]
    return dates[0] if len(dates) == 1 and file.texts(dates[0]) else None


def _year(name: str, fitting: Sequence[str], file: FileProfile) -> str | None:
    """Return the column of years that tells when, where a file has no dates."""
    if name not in ("ordered_at", "occurred_at") or any(map(file.is_date, file.types)):
        return None
    return next((column for column in fitting if letters(column) in _YEARS), None)


def _named(hints: list[str], columns: list[str]) -> Iterator[str]:
    """Yield the columns named like a hint: exactly so first, then ending with one.

    A subtotal comes after the total.
    """
    by_total = sorted(columns, key=lambda column: "subtotal" in letters(column))
    named = {column: letters(column) for column in by_total}
    hints = [letters(hint) for hint in hints]  # in other scripts one letter may be written as two
    for hint in hints:
        yield from (column for column, name in named.items() if name == hint)
    for hint in (hint for hint in hints if len(hint) > 4):
        yield from (column for column, name in named.items() if name.endswith(hint))
