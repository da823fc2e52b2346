"""Money: how many decimals a currency has, and how amounts are written."""

from __future__ import annotations

_MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""ISO 4217 currencies whose minor unit is not a hundredth."""

LARGEST_AMOUNT = 1e12
"""Beyond it a number is a mistake; below it, sums of any customer stay exact as integers."""


def minor_digits(currency: str | None) -> int:
    """Return the decimals of a currency's minor unit, 2 where the currency is unknown.

    References
    ----------
    ISO 4217, list one, "minor unit".

    Examples
    --------
    >>> minor_digits("GBP"), minor_digits("JPY"), minor_digits(None)
    (2, 0, 2)
    """
    return _MINOR_DIGITS.get(currency or "", 2)


def written(amount: float, currency: str | None) -> str:
    """Return an amount as a person writes it, with its currency where that is known.

    >>> written(1240, "EUR"), written(1240, "JPY"), written(0.5, None)
    ('1,240.00 EUR', '1,240 JPY', '0.50')
    >>> written(-0.004, "EUR")
    '0.00 EUR'
    """
    return f"{digits(amount, currency)} {currency or ''}".rstrip()


def digits(amount: float, currency: str | None) -> str:
    """Return an amount in figures alone, for a column whose head names the currency.

    >>> digits(1240.5, "EUR"), digits(1240, "JPY"), digits(1.5, "KWD")
    ('1,240.50', '1,240', '1.500')
    """
    return f"{amount:z,.{minor_digits(currency)}f}"
