"""Numbers as shops write them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading.notation import decimal_mark, number_sql
from tests.features.guess.shown import read, shown


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
        query = f"SELECT {number_sql('cell', mark)} FROM (SELECT ? AS cell)"
        ((found,),) = connection.execute(query, [written]).fetchall()
    assert found == value


@pytest.mark.parametrize(
    ("written", "value"), [("($1,234.50)", -1234.5), (" (3.99) ", -3.99), ("$3.99", 3.99)]
)
def test_accountants_write_what_is_below_zero_in_brackets(written: str, value: float) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT {number_sql('cell', '.', bracketed=True)} FROM (SELECT ? AS cell)"
        assert connection.execute(query, [written]).fetchall() == [(value,)]


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("text", ["(5)", "\N{MINUS SIGN}5", "\N{EN DASH}5", "5-", "5 pieces", "5%"])
def test_what_would_be_another_number_without_a_part_of_it_is_none(text: str, mark: str) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT TRY({number_sql('cell', mark)}) FROM (SELECT ? AS cell)"
        assert connection.execute(query, [text]).fetchall() == [(None,)]


@pytest.mark.parametrize("text", ["K12", "#1001", "2024-01-01", "01.02.2024", "12:30", "a@b", ""])
def test_what_is_no_number_has_no_mark(text: str) -> None:
    assert decimal_mark([text]) is None


@given(st.lists(st.text(max_size=12)))
def test_any_text_is_survived(values: list[str]) -> None:
    assert decimal_mark(values) in (None, ".", ",")


@pytest.mark.parametrize("nothing", ["N/A", "-", "null", "  "])
def test_numbers_of_which_some_are_not_known_are_numbers(tmp_path: Path, nothing: str) -> None:
    text = f"customer,order,date,amount\n1,1,2024-01-01,5\n1,2,2024-01-02,{nothing}\n"
    assert shown(tmp_path, text).columns["amount"] == "amount"


def test_refunds_in_brackets_are_below_zero(tmp_path: Path) -> None:
    text = "customer,order,date,amount\n1,1,2024-01-01,$5.00\n2,2,2024-01-02,($2.50)\n"
    (tmp_path / "o.csv").write_text(text)
    assert [row["amount"] for row in read(tmp_path, "o.csv")["orders"]] == [5.0, -2.5]


@pytest.mark.parametrize(
    ("head", "amount"),
    [
        ("Account ID,Invoice ID,Paid At,Amount (cents)", '"Amount (cents)" / 100'),
        ("account,invoice_id,date,total_price_cents", "total_price_cents / 100"),
        ("customer,invoice_id,date,qty:1,price in cents", 'qty * "price in cents" / 100'),
    ],
)
def test_hundredths_become_money(tmp_path: Path, head: str, amount: str) -> None:
    more = ",1" if "qty" in head else ""
    found = shown(tmp_path, f"{head.replace(':1', '')}\n1,2,2024-01-01{more},1999\n")
    assert found.columns["amount"] == amount
    assert found.remarks["amount"] == "read as hundredths"


@pytest.mark.parametrize(
    ("paid", "asked"), [("1.{:03}", True), ("1.{:02}", False), ("0.{:03}", False)]
)
def test_a_point_before_three_digits_is_asked_about(tmp_path: Path, paid: str, asked: bool) -> None:
    rows = [f"c{n % 3};{n};2024-05-01;{paid.format(n)}" for n in range(10, 30)]
    found = shown(tmp_path, "\n".join(["customer;order;date;total", *rows, "c1;1;2024-05-01;7"]))
    assert ("are these thousands?" in found.remarks.get("amount", "")) is asked
