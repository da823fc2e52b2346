"""Numbers with their units, as a person writes them in some language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from features.money import minor_digits
from serving.languages.language import Language

REMEMBERED = 8192
"""Numbers whose words are kept: counts, and what is usual, come again and again."""

NONE = "none"
"""The form of nothing of what is counted, and the word for it beside another number."""

UNCOUNTED = ("money", "share", "count", "ratio", "flag", "state")
"""Units without a noun of their own."""


@lru_cache(maxsize=REMEMBERED)
def quantity(
    value: float, unit: str, currency: str | None, language: Language, case: str = ""
) -> str:
    """Return a number with its unit as a person writes it.

    Parameters
    ----------
    value : float
    unit : str
        One of `features.units.UNITS`.
    currency : str or None
        Of money.
    language : Language
    case : str
        The grammatical case, where the unit has forms of its own for it.

    Examples
    --------
    >>> from serving.languages.language import language
    >>> def said(value, unit, tag="en"):
    ...     return quantity(value, unit, "EUR", language(tag))
    >>> said(78.2, "days"), said(1240, "money"), said(1, "orders"), said(0.415, "share")
    ('78 days', '1,240.00 EUR', '1 order', '42%')
    >>> said(2.25, "ratio"), said(7, "count"), said(0, "visits"), said(0, "money")
    ('2.2', '7', 'no visits', 'nothing')
    >>> said(0.3, "days"), said(-0.0, "share"), said(-0.001, "visits"), said(0, "times")
    ('less than a day', '0%', 'no visits', 'not once')
    """
    if unit in UNCOUNTED:
        return _uncounted(value, unit, currency, language)
    forms = language.words["units"][unit]
    return _counted(value, unit, forms.get(case, forms), language)


@lru_cache(maxsize=REMEMBERED)
def bare_quantity(usual: float, unit: str, currency: str | None, language: Language) -> str:
    """Return the usual number to stand beside a customer's own, without repeating the unit's noun.

    Examples
    --------
    >>> from serving.languages.language import language
    >>> [bare_quantity(usual, "visits", None, language("en")) for usual in (6.0, 0.0)]
    ['6', 'none']
    """
    if unit in UNCOUNTED:
        return _uncounted(usual, unit, currency, language)
    alone = language.words["units"][unit].get("alone")
    if alone is None:
        alone = {NONE: language.words["frame"][NONE], "many": "{n}"}
    return _counted(usual, unit, alone, language)


def _uncounted(value: float, unit: str, currency: str | None, language: Language) -> str:
    numbers: Mapping[str, str] = language.words["numbers"]
    if unit == "money":
        return _money(value, currency, language) if value else numbers["no_money"]
    if unit == "share":
        return numbers["share"].format(n=language.digits(f"{100 * value:z.0f}"))
    if unit in ("flag", "state"):
        return numbers[unit][bool(value)]
    number = _number(value)
    if unit == "ratio" and number == "1":
        number = "1.0"  # "1.0 times the usual"
    return language.digits(number)


def _money(amount: float, currency: str | None, language: Language) -> str:
    number = language.digits(f"{amount:z,.{minor_digits(currency)}f}")
    sign = language.words["currencies"].get(currency, currency or "")
    pattern: str = language.words["numbers"]["money"]
    return pattern.format(n=number, currency=sign).rstrip()


def _counted(value: float, unit: str, forms: Mapping[str, str], language: Language) -> str:
    """Return what is counted, in the form that its number takes."""
    if unit == "days" and 0 <= value < 1:
        return forms["below_one"]
    number = f"{value:z,.0f}" if unit == "days" else _number(value)
    form = NONE if number == "0" else language.form(number)
    return forms.get(form, forms["many"]).format(n=language.digits(number))


def _number(value: float) -> str:
    """Return a number without false precision: about two digits, more only before the point."""
    decimals = 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2
    text = f"{value:z,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
