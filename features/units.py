"""Units: what a number counts; and counts of other things, in words."""

from __future__ import annotations

COUNTED = (
    "orders",
    "days",
    "months",
    "active days",
    "items",
    "lines",
    "categories",
    "products",
    "channels",
    "visits",
    "pages",
    "signs",
    "e-mails",
    "things",
    "coupons",
    "points",
    "tickets",
    "hours",
    "reviews",
    "stars",
    "friends",
    "times",
)
"""Things that are counted; how one, none and many of them are called, each language says."""

UNITS = ("money", "share", "count", "ratio", "flag", "state", *COUNTED)
"""What a number is counted in.

`money` is in the shop's currency, `share` is said in per cent, mostly from 0 to 1; `flag` and
`state` are 0 or 1, said as "no" or "yes" and as "is not" or "is"; `count` and `ratio` have no name
of their own, so that the reason says what they are.
"""


def count_of(number: int, one: str, many: str | None = None) -> str:
    """Return a whole number with what it counts; `many` is by default `one` with an s.

    Examples
    --------
    >>> count_of(1, "day"), count_of(2000, "customer"), count_of(0, "row")
    ('1 day', '2,000 customers', '0 rows')
    >>> count_of(1, "person is", "people are"), count_of(2, "person is", "people are")
    ('1 person is', '2 people are')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
