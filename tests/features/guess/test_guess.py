"""Guessing: which table a file holds, in whatever words, and which files cannot be guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import Config
from features.errors import LadderError, UsageError
from features.guess import guesses, template
from features.guess.names import NAMES
from features.tables import TABLES, VALID_FROM
from tests.features.guess.shown import EVENTS, PEOPLE, SHOP_ORDERS, read, shown

CONTACTS = """customer,campaign_name,sent_at,arm
a,May,2024-05-01,treated
b,May,2024-05-01,control
"""


def test_instants_with_an_offset_beside_some_without_are_read_as_they_are(tmp_path: Path) -> None:
    text = (
        "customer,order,date,amount\n1,1,2024-01-01T10:00:00+02:00,5\n2,2,2024-01-02T10:00:00,5\n"
    )
    (tmp_path / "o.csv").write_text(text)
    orders = read(tmp_path, "o.csv")["orders"]
    assert [row["ordered_at"].hour for row in orders] == [8, 10]


def test_dates_of_two_digits_for_the_year_do_not_begin_with_it(tmp_path: Path) -> None:
    text = "customer,order,date,amount\n1,1,1/13/24,5\n2,2,2/1/24,5\n"
    assert shown(tmp_path, text).columns["ordered_at"] == "strptime(date, '%m/%d/%y')"


@pytest.mark.parametrize(
    ("dates", "asks"),
    [
        (("1/2/2024", "3/12/2024"), True),
        (("1/2/2024", "3/13/2024"), False),
        (("13.2.2024", "3.12.2024"), False),
        (("20240102", "20241203"), False),
        (("1 Feb 2024", "12 Mar 2024"), False),
    ],
)
def test_whether_the_day_comes_first_is_asked_where_dates_leave_it_open(
    tmp_path: Path, dates: tuple[str, str], *, asks: bool
) -> None:
    text = f"customer,order,date,amount\n1,1,{dates[0]},5\n2,2,{dates[1]},5\n"
    remark = shown(tmp_path, text).remarks["ordered_at"]
    assert (remark == "is the day before the month?") is asks


def test_people_of_whom_some_are_there_twice_are_customers(tmp_path: Path) -> None:
    text = "customer_id,signup_date,newsletter,referrer\na,2024-01-01,true,\na,2024-01-02,false,\n"
    assert shown(tmp_path, text).table == "customers"


def test_a_column_for_referrers_that_is_empty_tells_no_referrals(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,signup_date,referrer\na,2024-01-01,\nb,2024-01-02,b\n")
    assert [one.table for one in guesses(tmp_path / "p.csv")] == ["customers"]
    dates, codes = ["2024-01-01", "2024-01-02"], ["a friend", None]
    people = pa.table({"id": [1, 2], "signup_date": dates, "referrer": codes})
    pq.write_table(people, tmp_path / "p.parquet")
    assert [one.table for one in guesses(tmp_path / "p.parquet")] == ["customers", "engagement"]


def test_rows_of_people_without_a_date_are_customers(tmp_path: Path) -> None:
    found = shown(tmp_path, "household_id,age,income\n1,65+,35-49K\n2,45-54,50-74K\n")
    assert (found.table, found.columns, found.missing) == (
        "customers",
        {"customer_id": "household_id"},
        (),
    )
    twice = shown(tmp_path, "household_id,age,income\n1,65+,35-49K\n1,45-54,50-74K\n")
    assert twice.table == "orders"


def test_several_currencies_are_pointed_at(tmp_path: Path) -> None:
    found = shown(tmp_path, "kunde,beleg,datum,betrag,waehrung,currency\n1,2,2024-01-01,5,x,EUR\n")
    assert (found.currency, found.remarks) == ("EUR", {})
    other = "kunde,beleg,datum,betrag,currency\n1,2,2024-01-01,5,EUR\n1,3,2024-01-01,5,CHF\n"
    found = shown(tmp_path, other)
    assert found.currency is None
    assert found.remarks["currency"].startswith("holds CHF, EUR: convert")


@pytest.mark.parametrize(
    ("heads", "paid"),
    [
        ("顧客番号,注文番号,注文日時,金額", "¥1,005"),
        ("会员编号,订单号,下单时间,订单金额", "98.50元"),
        ("고객번호,주문번호,주문일시,금액", "₩12000"),
        ("Номер клиента,Номер заказа,Дата заказа,Сумма", "1 200,50 ₽"),
        ("Numer klienta,Numer zamówienia,Data zamówienia,Kwota", "7,50 zł"),
        ("Código do cliente,Número do pedido,Data do pedido,Valor total", "R$ 12.50"),
        ("Kunde nr.,Ordrenummer,Ordredato,Beløb", "1.200,50 kr."),
        ("Donor-nr.,Ordre nr.,Gavedato,Beløb", "7,50 kr."),
        ("Customer No,Order No,Order Date,Order Total", "12.50"),
    ],
)
def test_orders_are_known_by_their_names_in_many_languages(
    tmp_path: Path, heads: str, paid: str
) -> None:
    rows = [f'k{n % 3},{n},2024-05-{n + 1:02} 10:00,"{paid}"' for n in range(9)]
    found = shown(tmp_path, "\n".join([heads, *rows]))
    assert found.table == "orders"
    customer, order, when, _ = heads.split(",")
    named = [found.columns[name].strip('"') for name in ("customer_id", "order_id", "ordered_at")]
    assert named == [customer, order, when]
    assert heads.split(",")[3] in found.columns["amount"]


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


def test_who_sold_is_not_who_bought(tmp_path: Path) -> None:
    found = shown(tmp_path, "Salesperson,Order No,Order Date,Total\nann,1,2024-05-01,5\n")
    assert "customer_id" not in found.columns


def test_subscriptions_that_end_are_what_churn_is(tmp_path: Path) -> None:
    log = (
        "account_id,timestamp,event,score\na,2024-01-01,Subscription Started,\n"
        "a,2024-02-01,NPS answered,9\na,2024-02-01,CSAT answered,70\n"
    )
    began = shown(tmp_path, log)
    assert set(began.kinds) == {"subscribed", "nps", "CSAT answered"}, "nobody answers with 70"
    assert "event" not in tomllib.loads(template([("a.csv", began)]))["churn"]
    ended = shown(tmp_path, f"{log}a,2024-03-01,Subscription Cancelled,\n")
    assert tomllib.loads(template([("a.csv", ended)]))["churn"]["event"] == "cancelled"


@pytest.mark.parametrize(("others", "longest"), [("", True), ("a,2024-02-02,visit\n", False)])
def test_subscribers_of_whom_nothing_else_is_heard_stay_active(
    tmp_path: Path, others: str, longest: bool
) -> None:
    log = "account_id,timestamp,event\na,2024-01-01,subscribed\na,2024-03-01,cancelled\n"
    churn = tomllib.loads(template([("a.csv", shown(tmp_path, log + others))]))["churn"]
    assert churn["event"] == "cancelled"
    assert (churn["active_days"] == 3650) is longest


def test_dates_of_two_kinds_are_both_read_though_one_comes_first_in_order(tmp_path: Path) -> None:
    """A sample of the first in the alphabet would hold one kind only."""
    german = [f"k{n};B{n};{n % 28 + 1:02}.{n // 28 % 12 + 1:02}.{1900 + n};1" for n in range(3000)]
    iso = [f"k{n};B{n};2023-05-{n % 28 + 1:02} 10:00;1" for n in range(3000)]
    found = shown(tmp_path, "\n".join(["Kunden-Nr.;Beleg Nr;Belegdatum;Gesamt", *german, *iso]))
    assert found.columns["order_id"] == "Beleg Nr"
    assert found.columns["ordered_at"].startswith("try_strptime(Belegdatum, [")
    assert "'%d.%m.%Y'" in found.columns["ordered_at"]
    assert "'%Y-%m-%d %H:%M'" in found.columns["ordered_at"]


def test_orders_in_the_words_of_a_shop(tmp_path: Path) -> None:
    found = shown(tmp_path, SHOP_ORDERS)
    assert found.table == "orders"
    assert found.columns == {
        "customer_id": "Client ID",
        "order_id": "Order Number",
        "ordered_at": "strptime(\"Order Date\", '%d/%m/%Y %H:%M')",
        "amount": 'Qty * "Unit Price"',
        "quantity": "Qty",
        "is_return": "Qty < 0",
        "currency": "Currency",
    }
    assert found.where == '"Client ID" is not null'
    assert found.currency == "EUR"


@pytest.mark.parametrize(
    ("text", "table", "columns"),
    [
        (
            EVENTS,
            "engagement",
            {
                "customer_id": "user_id",
                "occurred_at": "created_at",
                "kind": "event_type",
                "value": "value",
            },
        ),
        (
            PEOPLE,
            "customers",
            {
                "customer_id": "id",
                "signed_up_at": "signup_date",
                "referred_by": "referrer",
                "marketing_allowed": "accepts_marketing",
            },
        ),
        (
            CONTACTS,
            "contacts",
            {
                "customer_id": "customer",
                "campaign": "campaign_name",
                "contacted_at": "sent_at",
                "arm": "arm",
            },
        ),
    ],
)
def test_the_other_tables_are_told_by_their_columns(
    tmp_path: Path, text: str, table: str, columns: dict[str, str]
) -> None:
    found = shown(tmp_path, text)
    assert (found.table, found.columns) == (table, columns)
    assert found.missing == ()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t3\t881250949\n",
            {"customer_id": "user_id:token", "occurred_at": 'to_timestamp("timestamp:float")'},
        ),
        (
            "contributor,date,action\na,2001-05-06,patch\n",
            {"customer_id": "contributor", "occurred_at": "date", "kind": "action"},
        ),
        (
            "id,sent,what\n1,2024-05-01,x\n1,2024-05-02,y\n",
            {"customer_id": "id", "occurred_at": "sent"},
        ),
        (
            "user,event_timestamp\n1,1704067200000000\n1,1704067200000001\n",
            {"customer_id": "user", "occurred_at": "to_timestamp(event_timestamp / 1000000)"},
        ),
        (
            "donor_id,gift_date,dollar_value\n1,20010501,3\n",
            {
                "customer_id": "donor_id",
                "ordered_at": "strptime(cast(gift_date as varchar), '%Y%m%d')",
                "amount": "dollar_value",
            },
        ),
        (
            "loan_id,patron_id,borrowed_on\n1,7,2024-05-01\n2,7,2024-05-02\n",
            {"customer_id": "patron_id", "occurred_at": "borrowed_on"},
        ),
        (
            "test_id,rider_id,valid,seen\nx,1,5,2024-05-01\nx,2,6,2024-05-02\nx,1,5,2024-05-03\n",
            {"customer_id": "rider_id", "occurred_at": "seen"},
        ),
        (
            "t_dat,customer_id,article_id,price\n2018-09-20,7,1,0.05\n",
            {"customer_id": "customer_id", "ordered_at": "t_dat", "amount": "price"},
        ),
    ],
)
def test_what_other_trades_call_their_columns(
    tmp_path: Path, text: str, columns: dict[str, str]
) -> None:
    assert shown(tmp_path, text).columns.items() >= columns.items()


def test_online_retail_is_guessed_whole(shared_data: Callable[[str], Path]) -> None:
    found = guesses(shared_data("online_retail") / "online_retail.parquet")[0]
    assert found.columns == {
        "customer_id": "CustomerID",
        "order_id": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "amount": "Quantity * UnitPrice",
        "quantity": "Quantity",
        "product_id": "StockCode",
        "is_return": "Quantity < 0",
    }
    assert found.where == "CustomerID is not null"


def test_what_is_not_found_is_named(tmp_path: Path) -> None:
    found = shown(tmp_path, "what,revenue\nx,3\n")
    assert found.table == "orders"
    assert found.missing == ("customer_id", "order_id", "ordered_at")


def test_a_file_of_something_else_is_not_called_orders_with_confidence(tmp_path: Path) -> None:
    found = shown(tmp_path, "email\na@b.de\nc@d.de\n")
    assert not found.is_likely
    assert found.missing == ("order_id", "ordered_at", "amount")


@pytest.mark.parametrize(
    "cells", [{"a": [1, 2]}, {"ärger!": ["x", None]}, {"customer": [None, None]}]
)
def test_any_table_is_survived(tmp_path: Path, cells: dict[str, list[Any]]) -> None:
    pq.write_table(pa.table(cells), tmp_path / "a.parquet")
    found = guesses(tmp_path / "a.parquet")[0]
    Config.from_dict(tomllib.loads(template([("a.parquet", found)])))


def test_every_column_has_usual_names() -> None:
    for table, names in NAMES.items():
        known = {column.name for column in TABLES[table].columns}
        assert set(names) - {"price", VALID_FROM.name} == known


def test_columns_divided_by_spaces_are_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="must be separated by commas"):
        shown(tmp_path, " customer_id  date  amount\n 00001  19970101  11.77\n", "old.txt")


def test_a_file_without_names_is_told_to_name_its_columns(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="begins with K1, 2024-05-01"):
        shown(tmp_path, "K1,2024-05-01,3.50\nK2,2024-05-02,4\n")


def test_a_spreadsheet_is_to_be_saved_as_csv(tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_bytes(b"PK")
    with pytest.raises(UsageError, match="Save the sheet as CSV"):
        guesses(tmp_path / "orders.xlsx")


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        guesses(tmp_path / "gone.csv")
