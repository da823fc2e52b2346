"""Numbers with their units, as a person writes them."""

from __future__ import annotations

from features.money import written
from features.units import COUNTED, counted


def quantity(value: float, unit: str, currency: str | None) -> str:
    """Return a number with its unit as a person writes it.

    Examples
    --------
    >>> quantity(78.2, "days", None), quantity(1240, "money", "EUR"), quantity(1, "orders", None)
    ('78 days', '1,240.00 EUR', '1 order')
    >>> quantity(0.415, "share", None), quantity(2.25, "ratio", None), quantity(7, "count", None)
    ('42%', '2.2', '7')
    >>> quantity(0, "visits", None), quantity(0.3, "days", None), quantity(0, "money", "EUR")
    ('no visits', 'less than a day', 'nothing')
    >>> quantity(-0.0, "share", None), quantity(-0.001, "visits", None)
    ('0%', 'no visits')
    """
    if unit == "money":
        return written(value, currency) if value else "nothing"
    if unit == "share":
        return f"{100 * value:z.0f}%"
    if unit == "flag":
        return "yes" if value else "no"
    if unit == "state":
        return "is" if value else "is not"
    if unit == "days" and 0 <= value < 1:
        return "less than a day"
    number = f"{value:z,.0f}" if unit == "days" else _number(value)
    if unit == "ratio" and number == "1":
        return "1.0"  # "1.0 times the usual"
    return counted(number, unit) if unit in COUNTED else number  # else the template names it


def beside(value: str, usual: float, unit: str, currency: str | None) -> str:
    """Return what is usual beside what was said; what is counted was named there.

    Examples
    --------
    >>> beside("4 visits", 6.0, "visits", None), beside("4 visits", 0.0, "visits", None)
    ('similar customers: 6', 'similar customers: none')
    """
    middle = quantity(usual, unit, currency)
    if middle == value:
        return "like similar customers"
    if middle == f"no {unit}":
        middle = "none"
    elif unit in COUNTED and unit not in ("days", "times"):
        middle = middle.split()[0]
    return f"similar customers: {middle}"


def _number(value: float) -> str:
    """Return a number without false precision: about two digits, more only before the point."""
    decimals = 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2
    text = f"{value:z,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
