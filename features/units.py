"""Units: what a number counts, and how one, none and many of it are called."""

from __future__ import annotations

COUNTED = {
    "orders": "order",
    "days": "day",
    "months": "month",
    "active days": "active day",
    "items": "item",
    "lines": "line",
    "categories": "category",
    "products": "product",
    "channels": "channel",
    "visits": "visit",
    "pages": "page",
    "signs": "sign",
    "e-mails": "e-mail",
    "things": "thing",
    "coupons": "coupon",
    "points": "point",
    "tickets": "ticket",
    "hours": "hour",
    "reviews": "review",
    "stars": "star",
    "friends": "friend",
    "times": "time",
}
"""Things that are counted, many of them to one."""

UNITS = ("money", "share", "count", "ratio", "flag", "state", *COUNTED)
"""What a number is counted in.

`money` is in the shop's currency, `share` is said in per cent, mostly from 0 to 1; `flag` and
`state` are 0 or 1, said as "no" or "yes" and as "is not" or "is"; `count` and `ratio` have no name
of their own, so that the reason says what they are.
"""


def count_of(number: int, one: str, many: str | None = None) -> str:
    """Return a whole number with what it counts, in the singular or plural.

    Parameters
    ----------
    number : int
    one : str
    many : str, optional
        By default `one` with an s.

    Examples
    --------
    >>> count_of(1, "day"), count_of(2000, "customer"), count_of(0, "row")
    ('1 day', '2,000 customers', '0 rows')
    >>> count_of(1, "person is", "people are"), count_of(2, "person is", "people are")
    ('1 person is', '2 people are')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def counted(number: str, unit: str) -> str:
    """Return a feature's number as it is shown, with its unit in the singular or plural.

    Examples
    --------
    >>> counted("1", "categories"), counted("0", "visits"), counted("2.5", "stars")
    ('1 category', 'no visits', '2.5 stars')
    >>> counted("0", "times"), counted("1", "times"), counted("3", "times")
    ('not once', 'once', '3 times')
    """
    if unit == "times" and number in ("0", "1"):
        return "once" if number == "1" else "not once"
    if number == "0":
        return f"no {unit}"
    return f"{number} {COUNTED[unit] if number == '1' else unit}"
