"""Quantities: numbers with their units."""

from __future__ import annotations

import pytest

from serving.explanations.quantities import quantity
from serving.languages.language import language


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.7, "days", "less than a day"),
        (1.2, "days", "1 day"),
        (0.0, "days", "less than a day"),
        (0.0, "visits", "no visits"),
        (1.0, "categories", "1 category"),
        (0.0, "money", "nothing"),
        (1200.0, "days", "1,200 days"),
        (-3.0, "money", "-3.00 EUR"),
        (0.0, "share", "0%"),
        (1.0, "orders", "1 order"),
        (0.03, "ratio", "0.03"),
        (4.5, "stars", "4.5 stars"),
        (1.0, "flag", "yes"),
    ],
)
def test_numbers_are_written_as_a_person_writes_them(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit, "EUR", language("en")) == text


def test_a_currency_without_minor_units_has_no_decimals() -> None:
    assert quantity(1234.0, "money", "JPY", language("en")) == "1,234 JPY"
