"""Guessing: files that shops have are mapped, and what was guessed loads and reads."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import Config
from features.errors import LadderError, UsageError
from features.guess import Guess, agreeing, guess, guesses
from features.history import open_history
from features.names import NAMES
from features.tables import TABLES
from features.template import template

SHOP_ORDERS = """Order Number;Client ID;Order Date;Qty;Unit Price;Currency
1001;007;25/12/2023 10:00;2;3.50;EUR
1002;8;01/02/2024 11:30;-1;3.50;EUR
1003;;02/02/2024 12:00;1;1.00;EUR
"""
EVENTS = """user_id,event_type,created_at,value
a,site_visited,2024-05-01T10:00:00Z,3
b,nps,2024-05-02T10:00:00Z,9
a,site_visited,2024-05-03T10:00:00Z,1
"""
PEOPLE = """id,signup_date,accepts_marketing,referrer
a,2024-01-01,true,
b,2024-01-02,false,a
"""
CONTACTS = """customer,campaign_name,sent_at,arm
a,May,2024-05-01,treated
b,May,2024-05-01,control
"""


def shown(folder: Path, text: str, name: str = "shown.csv") -> Guess:
    (folder / name).write_text(text, encoding="utf-8")
    return guess(folder / name)


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


GERMAN = """Kundennummer;Bestellnummer;Bestelldatum;Betrag;Währung
17;1;25.12.2023;1.234,50 €;EUR
18;2;01.02.2024;7,00 €;EUR
"""
EXCEL = "CustomerID,InvoiceNo,InvoiceDate,Amount\n17,1,45285.5,1234.5\n18,2,45323,7\n"
SHOPIFY = """Name,Email,Total,Created at
#1,a@b.de,1234.50,2023-12-25 12:00:00 +0000
#2,c@d.de,7.00,2024-02-01 00:00:00 +0000
"""
AMERICAN = """Customer ID,Order Number,Order Date,Total Price
17,1,12/25/2023,"$1,234.50"
18,2,02/01/2024,$7.00
"""

LOG = """event_time,event_type,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,35.79,a,s1
2019-10-01 00:01:00 UTC,cart,35.79,a,s1
2019-10-02 00:00:00 UTC,purchase,35.79,a,s1
2019-10-03 00:00:00 UTC,view,7.00,b,s2
"""


def history_of(folder: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables that the written configuration reads."""
    written = template([(name, found) for found in guesses(folder / name)])
    with open_history(Config.from_dict(tomllib.loads(written), folder)) as history:
        return {table: history.table(table).to_pylist() for table in ("orders", "engagement")}


def test_purchases_in_an_event_log_are_orders(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    tables = history_of(tmp_path, "log.csv")
    assert [(row["customer_id"], row["amount"]) for row in tables["orders"]] == [("a", 35.79)]
    assert [row["kind"] for row in tables["engagement"]] == ["view", "cart_added", "view"]


def test_a_log_without_prices_keeps_its_purchases_as_what_keeps_a_customer(tmp_path: Path) -> None:
    text = "timestamp,visitorid,event\n1433221332117,1,view\n1433221332118,1,transaction\n"
    written = template([("e.csv", shown(tmp_path, text))])
    assert tomllib.loads(written)["churn"]["activity"] == "transaction"
    assert "orders" not in tomllib.loads(written)


def test_orders_of_one_kind_of_movement_are_no_event_log(tmp_path: Path) -> None:
    text = "customer,order,date,action,amount\na,1,2024-05-01,sale,3\na,2,2024-05-02,gift,4\n"
    assert shown(tmp_path, text).table == "orders"


def test_orders_that_did_not_come_about_are_left_out(tmp_path: Path) -> None:
    text = "id,Status,date_created,total,customer_id\n1,completed,2024-01-02,5,7\n"
    (tmp_path / "o.csv").write_text(f"{text}2,Cancelled,2024-01-03,6,7\n3,,2024-01-04,8,9\n")
    orders = history_of(tmp_path, "o.csv")["orders"]
    assert [(row["order_id"], row["amount"]) for row in orders] == [("1", 5.0), ("3", 8.0)]


@pytest.mark.parametrize(
    ("rating", "read"),
    [
        ("stars\n5\n1", [5, 1]),
        ("rating\n4.5\n0.5", [4.5, 1]),
        ("overall\n9\n2", [4.5, 1]),
        ("recommended\ntrue\nfalse", [5, 1]),
    ],
)
def test_stars_are_reviews(tmp_path: Path, rating: str, read: list[float]) -> None:
    head, *values = rating.split("\n")
    rows = [f"u{day},2024-05-0{day},{value}" for day, value in enumerate(values, 1)]
    (tmp_path / "r.csv").write_text("\n".join([f"user,date,{head}", *rows]))
    engagement = history_of(tmp_path, "r.csv")["engagement"]
    assert [(row["kind"], row["value"]) for row in engagement] == [("reviewed", v) for v in read]


def test_who_brought_whom_is_a_referral_unless_events_tell_it(tmp_path: Path) -> None:
    files = {
        "p.csv": "id,signup_date,invited_by\na,2024-01-01,\nb,2024-01-02,a\nc,2024-01-03,c\n",
        "e.csv": "user,date,kind\na,2024-01-05,login\nb,2024-01-06,login\n",
        "told.csv": "user,date,kind\na,2024-01-05,referred\nb,2024-01-06,login\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = {name: [(name, one) for one in guesses(tmp_path / name)] for name in files}
    config = tomllib.loads(template(agreeing([*found["e.csv"], *found["p.csv"]])))
    with open_history(Config.from_dict(config, tmp_path)) as history:
        rows = history.table("engagement").to_pylist()
    referred = [row for row in rows if row["kind"] == "referred"]
    assert [(row["customer_id"], row["occurred_at"].day) for row in referred] == [("a", 2)]
    for others in ([*found["told.csv"], *found["p.csv"]], found["p.csv"]):
        assert not any(one.told_besides for _, one in agreeing(others))


def test_trust_from_minus_ten_to_ten_is_no_stars(tmp_path: Path) -> None:
    found = shown(tmp_path, "user,target,rating,time\n6,2,-4,1289241911.7\n7,3,9,1289241912.7\n")
    assert found.columns["kind"] == "'rated'"


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
            "t_dat,customer_id,article_id,price\n2018-09-20,7,1,0.05\n",
            {"customer_id": "customer_id", "ordered_at": "t_dat", "amount": "price"},
        ),
    ],
)
def test_what_other_trades_call_their_columns(
    tmp_path: Path, text: str, columns: dict[str, str]
) -> None:
    assert shown(tmp_path, text).columns.items() >= columns.items()


def test_a_sum_given_back_does_not_make_an_order_a_return(tmp_path: Path) -> None:
    text = "customer,order,date,amount,amount_refunded\na,1,2024-05-01,30,0\na,2,2024-05-02,30,5\n"
    assert "is_return" not in shown(tmp_path, text).columns


def test_a_discount_in_shares_is_not_money(tmp_path: Path) -> None:
    text = "customer,order,date,sales,discount\na,1,2024-05-01,30,0.2\na,2,2024-05-02,30,{}\n"
    assert "discount" not in shown(tmp_path, text.format("0")).columns
    assert shown(tmp_path, text.format("6.5")).columns["discount"] == "discount"


@pytest.mark.parametrize(
    ("last", "active", "churn", "advocacy"),
    [
        ("2026-01-01", 365, 90, 180),
        ("20250101", 365, 90, 90),
        ("2024-06-30", 90, 28, 28),
        ("2024-02-10", 28, 7, 7),
        ("2024-01-01", 365, 90, 180),
    ],
)
def test_a_short_history_gets_horizons_that_it_can_judge(
    tmp_path: Path, last: str, active: int, churn: int, advocacy: int
) -> None:
    first = "20240101" if last.isdigit() else "2024-01-01"
    found = shown(tmp_path, f"customer,order,date,amount\na,1,{first},3\nb,2,{last},4\n")
    written = tomllib.loads(template([("o.csv", found)]))
    assert written["churn"] == {"active_days": active, "horizon_days": churn}
    assert written["advocacy"]["horizon_days"] == advocacy


def test_columns_named_like_words_of_sql_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("user,when,total\na,2024-05-01,3\nb,2024-05-02,4\n")
    orders = history_of(tmp_path, "o.csv")["orders"]
    assert [(row["customer_id"], row["amount"]) for row in orders] == [("a", 3.0), ("b", 4.0)]


def test_columns_divided_by_spaces_are_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="must be divided by commas"):
        shown(tmp_path, " customer_id  date  amount\n 00001  19970101  11.77\n", "old.txt")


@pytest.mark.parametrize("text", [GERMAN, EXCEL, SHOPIFY, AMERICAN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_the_exports_of_the_world_are_read_at_once(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "shown.csv"
    path.write_text(text.replace("€", "EUR"), encoding=encoding)
    written = template([("shown.csv", guess(path))])
    config = Config.from_dict(tomllib.loads(written), tmp_path)
    with open_history(config) as history:
        rows = history.table("orders").to_pylist()
    assert [(row["amount"], row["ordered_at"].date()) for row in rows] == [
        (1234.5, date(2023, 12, 25)),
        (7.0, date(2024, 2, 1)),
    ]


def test_a_file_without_names_is_told_to_name_its_columns(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="begins with K1, 2024-05-01"):
        shown(tmp_path, "K1,2024-05-01,3.50\nK2,2024-05-02,4\n")


def test_a_file_of_something_else_is_not_called_orders_with_confidence(tmp_path: Path) -> None:
    found = shown(tmp_path, "email\na@b.de\nc@d.de\n")
    assert not found.is_likely
    assert found.missing == ("order_id", "ordered_at", "amount")


def test_a_spreadsheet_is_to_be_saved_as_csv(tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_bytes(b"PK")
    with pytest.raises(UsageError, match="Save the sheet as CSV"):
        guess(tmp_path / "orders.xlsx")


def test_what_is_not_found_is_named(tmp_path: Path) -> None:
    found = shown(tmp_path, "what,revenue\nx,3\n")
    assert found.table == "orders"
    assert found.missing == ("customer_id", "order_id", "ordered_at")


def test_days_written_as_whole_numbers_are_read(tmp_path: Path) -> None:
    found = shown(tmp_path, "customer,date,amount\n1,20240501,3\n2,20240502,4\n")
    assert found.columns["ordered_at"] == "strptime(cast(date as varchar), '%Y%m%d')"
    assert found.columns["order_id"].startswith("concat_ws(' ', customer")


def test_the_written_configuration_reads_the_files(tmp_path: Path) -> None:
    sections = []
    for name, text in [
        ("o.csv", SHOP_ORDERS),
        ("e.csv", EVENTS),
        ("p.csv", PEOPLE),
        ("f.csv", EVENTS),
    ]:
        sections.append((name, shown(tmp_path, text, name)))
    written = template(sections)
    config = Config.from_dict(tomllib.loads(written), tmp_path)
    assert [len(config.sources(table)) for table in TABLES] == [1, 2, 1, 0]
    assert config.shop.currency == "EUR"
    with open_history(config) as history:
        table = history.table("orders").to_pylist()
        assert [(row["customer_id"], row["amount"]) for row in table] == [("007", 7.0), ("8", -3.5)]
        assert history.report.tables[0].bad == 0


def test_a_service_without_orders_gets_an_activity(tmp_path: Path) -> None:
    written = template([("e.csv", shown(tmp_path, EVENTS))])
    assert tomllib.loads(written)["churn"]["activity"] == "site_visited"


def test_without_a_file_every_commented_line_is_a_valid_setting() -> None:
    """Uncommenting any example must not break the file."""
    lines = template().splitlines()
    Config.from_dict(tomllib.loads("\n".join(lines)))
    uncommented = [
        line.removeprefix("# ") if "=" in line or "[" in line else line for line in lines
    ]
    config = Config.from_dict(tomllib.loads("\n".join(uncommented)))
    assert config.orders
    assert config.lists.contact_cost == 0.5


def test_every_column_has_usual_names() -> None:
    for table, names in NAMES.items():
        assert set(names) - {"price"} == {column.name for column in TABLES[table].columns}


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        guess(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    "cells", [{"a": [1, 2]}, {"ärger!": ["x", None]}, {"customer": [None, None]}]
)
def test_any_table_is_survived(tmp_path: Path, cells: dict[str, list[Any]]) -> None:
    pq.write_table(pa.table(cells), tmp_path / "a.parquet")
    found = guess(tmp_path / "a.parquet")
    Config.from_dict(tomllib.loads(template([("a.parquet", found)])))


def test_online_retail_is_guessed_whole(shared_data: Callable[[str], Path]) -> None:
    found = guess(shared_data("online_retail") / "online_retail.parquet")
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
