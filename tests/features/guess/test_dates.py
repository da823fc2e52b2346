"""Dates and digits as shops write them, read by what `ladder init` proposes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.guess.shown import read, shown


def test_instants_with_an_offset_beside_some_without_are_read_as_they_are(tmp_path: Path) -> None:
    text = (
        "customer,order,date,amount\n1,1,2024-01-01T10:00:00+02:00,5\n2,2,2024-01-02T10:00:00,5\n"
    )
    (tmp_path / "o.csv").write_text(text)
    orders = read(tmp_path, "o.csv")["orders"]
    assert [row["ordered_at"].hour for row in orders] == [8, 10]


@pytest.mark.parametrize(
    ("first", "form"), [("1/13/24", "%m/%d/%y"), ("1/3/24", "%d/%m/%y"), ("1-3-24", "%d-%m-%y")]
)
def test_dates_of_two_digits_for_the_year_do_not_begin_with_it(
    tmp_path: Path, first: str, form: str
) -> None:
    found = shown(tmp_path, f"customer,order,date,amount\n1,1,{first},5\n2,2,{first},5\n")
    assert found.columns["ordered_at"] == f"strptime(date, '{form}')"


@pytest.mark.parametrize(
    ("dates", "asks"),
    [
        (("1/2/2024", "3/12/2024"), True),
        (("1/2/2024", "3/13/2024"), False),
        (("13.2.2024", "3.12.2024"), False),
        (("20240102", "20241203"), False),
        (("03042011", "05122011"), True),
        (("03042011", "05132011"), False),
        (("1 Feb 2024", "12 Mar 2024"), False),
    ],
)
def test_whether_the_day_comes_first_is_asked_where_dates_leave_it_open(
    tmp_path: Path, dates: tuple[str, str], *, asks: bool
) -> None:
    text = f"customer,order,date,amount\n1,1,{dates[0]},5\n2,2,{dates[1]},5\n"
    remark = shown(tmp_path, text).remarks["ordered_at"]
    assert (remark == "is the day before the month?") is asks


def test_months_by_name_are_read_in_german_and_before_the_day(tmp_path: Path) -> None:
    for dates in (("10-Mai-25", "1-Dez-24"), ("10. März 2025", "1. Dezember 2024")):
        found = _days(tmp_path, dates)
        assert [day[8:] for day in sorted(found)] == ["01", "10"], dates
    assert _days(tmp_path, ("Dec-01-24", "Feb-10-25")) == ["2024-12-01", "2025-02-10"]


def _days(folder: Path, dates: tuple[str, str]) -> list[str]:
    cells = "".join(f"{n},{n},{date},5\n" for n, date in enumerate(dates))
    (folder / "o.csv").write_text(f"customer,order,date,amount\n{cells}", encoding="utf-8")
    return [str(row["ordered_at"])[:10] for row in read(folder, "o.csv")["orders"]]


def test_the_dates_of_unix_and_of_git_are_read(tmp_path: Path) -> None:
    cells = "a,1,Mon Jan  1 10:00:00 2024,5\nb,2,Mon Jan 1 10:00:00 2024 +0100,5\n"
    (tmp_path / "o.csv").write_text(f"customer,order,date,amount\n{cells}")
    assert [row["ordered_at"].hour for row in read(tmp_path, "o.csv")["orders"]] == [10, 9]


@pytest.mark.parametrize(
    ("heads", "cells", "day", "remark"),
    [
        ("Fiscal Year", "2011", "2011-07-01", "only the year is known: its middle"),
        ("month", "2011-02", "2011-02-15", "the day is not known: the month's middle"),
        ("Monat", "02.2011", "2011-02-15", "the day is not known: the month's middle"),
        ("order month", "201102", "2011-02-15", "the day is not known: the month's middle"),
        ("year,month", "2011,2", "2011-02-15", "the day is not known: the month's middle"),
        ("year,month", "2011,Feb", "2011-07-01", "only the year is known: its middle"),
        ("Year,Month,Day", "2011,2,3", "2011-02-03", "when"),
    ],
)
def test_years_tell_when_where_there_are_no_dates(
    tmp_path: Path, heads: str, cells: str, day: str, remark: str
) -> None:
    rows = "".join(f"{donor},{cells},5\n" for donor in "dde")
    found = shown(tmp_path, f"donor,{heads},amount\n{rows}")
    assert found.remarks["ordered_at"] == remark
    orders = read(tmp_path, "shown.csv")["orders"]
    assert [str(row["ordered_at"])[:10] for row in orders] == [day, day, day]


@pytest.mark.parametrize(("before", "last"), [("", "Amount"), ("FY ", "Last gift")])
def test_columns_per_year_are_read_as_rows_of_the_years_that_are_not_empty(
    tmp_path: Path, before: str, last: str
) -> None:
    """A column that is called as one of the rows is no part of them."""
    heads = ",".join(f"{before}{year}" for year in (2019, 2020, 2021, 2022))
    guess = shown(tmp_path, f'Donor ID,{last},{heads}\n7,5,"$1,050.00",0,0.00,\n8,6,,,20,\n')
    assert guess.remarks["ordered_at"] == "only the year is known: its middle"
    found = [
        (row["customer_id"], str(row["ordered_at"])[:10], row["amount"])
        for row in read(tmp_path, "shown.csv")["orders"]
    ]
    assert sorted(found) == [("7", "2019-07-01", 1050), ("8", "2021-07-01", 20)]


def test_numbered_gifts_are_read_as_a_row_for_each(tmp_path: Path) -> None:
    heads = "Constituent ID,First Gift Date,Gift 1 Date,Gift 1 Amount,Gift 2 Date,Gift 2 Amount,1,2"
    rows = (
        '7,3/5/2019,3/5/2019,"$1,050.00",3/25/2021,20,a,b\n8,4/6/2020,4/6/2020,5,,,a,b\n9,,,,,,,\n'
    )
    guess = shown(tmp_path, f"{heads}\n{rows}")
    assert "Gift Date" in guess.columns["ordered_at"]
    found = [
        (row["customer_id"], str(row["ordered_at"])[:10], row["amount"])
        for row in read(tmp_path, "shown.csv")["orders"]
    ]
    assert sorted(found) == [
        ("7", "2019-03-05", 1050),
        ("7", "2021-03-25", 20),
        ("8", "2020-04-06", 5),
    ]


@pytest.mark.parametrize("order", ["order_id", "Order ID"])
def test_numbered_refunds_of_an_order_are_no_rows(tmp_path: Path, order: str) -> None:
    heads = f"customer_id,{order},ordered_at,amount,refund 1 date,refund 1 amount,refund 2 date,"
    rows = "".join(f"c{n % 3},{n},2024-05-{n + 10},10,2024-06-01,3,,\n" for n in range(9))
    assert shown(tmp_path, f"{heads}refund 2 amount\n{rows}").query is None


def test_a_year_beside_each_customer_or_beside_dates_does_not_tell_when(tmp_path: Path) -> None:
    assert shown(tmp_path, "id,year,city\na,2011,Bonn\nb,2012,Bonn\n").table == "customers"
    rows = "a,2011,2011-05-01,2011-06-01,5\n" * 2
    found = shown(tmp_path, f"donor,year,pledged,received,amount\n{rows}")
    assert "ordered_at" in found.missing


@pytest.mark.parametrize("zero", [0x660, 0x6F0, 0x966, 0xE50], ids=["ar", "fa", "hi", "th"])
def test_digits_of_other_scripts_are_read(tmp_path: Path, zero: int) -> None:
    digits = str.maketrans("0123456789", "".join(chr(zero + n) for n in range(10)))
    rows = [f"c{n},{n},2024-05-{n + 10},1{n}.50".translate(digits) for n in range(9)]
    shown(tmp_path, "\n".join(["customer_id,order_id,ordered_at,amount", *rows]))
    first = min(read(tmp_path, "shown.csv")["orders"], key=lambda row: row["ordered_at"])
    assert (first["amount"], str(first["ordered_at"])[:10]) == (10.5, "2024-05-10")


def test_dates_and_wide_digits_of_japanese_files_are_read(tmp_path: Path) -> None:
    found = shown(tmp_path, "顧客番号,注文番号,注文日,金額\nA,1,2024年5月1日,１２００円\n")
    assert found.columns["ordered_at"] == "strptime(\"注文日\", '%Y年%m月%d日')"
    assert found.columns["amount"].startswith("cast(regexp_replace(translate(")


def test_dates_of_two_kinds_are_both_read_though_one_comes_first_in_order(tmp_path: Path) -> None:
    """A sample of the first in the alphabet would hold one kind only."""
    german = [f"k{n};B{n};{n % 28 + 1:02}.{n // 28 % 12 + 1:02}.{1900 + n};1" for n in range(3000)]
    iso = [f"k{n};B{n};2023-05-{n % 28 + 1:02} 10:00;1" for n in range(3000)]
    found = shown(tmp_path, "\n".join(["Kunden-Nr.;Beleg Nr;Belegdatum;Gesamt", *german, *iso]))
    assert found.columns["order_id"] == "Beleg Nr"
    assert found.columns["ordered_at"].startswith("try_strptime(Belegdatum, [")
    assert "'%d.%m.%Y'" in found.columns["ordered_at"]
    assert "'%Y-%m-%d %H:%M'" in found.columns["ordered_at"]
