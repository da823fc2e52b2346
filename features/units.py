"""Units: what a feature's number counts, and how one, none and many of it are called."""

from __future__ import annotations

COUNTED = {
    "orders": "order",
    "days": "day",
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

UNITS = ("money", "share", "count", "ratio", "flag", *COUNTED)
"""What a number is counted in.

`money` is in the shop's currency, `share` is from 0 to 1, `flag` is 0 or 1; `count` and `ratio`
have no name of their own, so that the reason says what they are.
"""


def counted(number: str, unit: str) -> str:
    """Return a number with its unit in the singular or plural.

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
