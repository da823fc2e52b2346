"""Currencies: how many decimals each has."""

from __future__ import annotations

import pytest

from features.money import minor_digits


@pytest.mark.parametrize(("currency", "digits"), [("GBP", 2), ("JPY", 0), ("KWD", 3), (None, 2)])
def test_minor_digits_follow_iso_4217(currency: str | None, digits: int) -> None:
    assert minor_digits(currency) == digits
