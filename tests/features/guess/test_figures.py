"""Numbers as shops write them."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.guess.figures import decimal_mark, plain


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.234,50 €", 1234.5),
        ("€ -1.234,50", -1234.5),
        ("12,50 kr", 12.5),
        ("1 234,50", 1234.5),
        ("EUR 0,99", 0.99),
        ("$1,234.50", 1234.5),
        ("-$3.99", -3.99),
        ("1'234.50", 1234.5),
        ("1,000", 1000.0),
    ],
)
def test_a_number_is_read_as_it_is_written(written: str, value: float) -> None:
    mark = decimal_mark([written])
    assert mark is not None
    with duckdb.connect() as connection:
        query = f"SELECT {plain('cell', mark)} FROM (SELECT ? AS cell)"
        ((found,),) = connection.execute(query, [written]).fetchall()
    assert found == value


@pytest.mark.parametrize(
    ("written", "value"), [("($1,234.50)", -1234.5), (" (3.99) ", -3.99), ("$3.99", 3.99)]
)
def test_accountants_write_what_is_below_zero_in_brackets(written: str, value: float) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT {plain('cell', '.', bracketed=True)} FROM (SELECT ? AS cell)"
        assert connection.execute(query, [written]).fetchall() == [(value,)]


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("text", ["(5)", "\N{MINUS SIGN}5", "\N{EN DASH}5", "5-", "5 pieces", "5%"])
def test_what_would_be_another_number_without_a_part_of_it_is_none(text: str, mark: str) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT TRY({plain('cell', mark)}) FROM (SELECT ? AS cell)"
        assert connection.execute(query, [text]).fetchall() == [(None,)]


@pytest.mark.parametrize("text", ["K12", "#1001", "2024-01-01", "01.02.2024", "12:30", "a@b", ""])
def test_what_is_no_number_has_no_mark(text: str) -> None:
    assert decimal_mark([text]) is None


@given(st.lists(st.text(max_size=12)))
def test_any_text_is_survived(values: list[str]) -> None:
    assert decimal_mark(values) in (None, ".", ",")
