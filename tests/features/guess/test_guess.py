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
from tests.features.guess.shown import read, shown


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


def test_subscriptions_that_end_are_what_churn_is(tmp_path: Path) -> None:
    log = (
        "account_id,timestamp,event,score\na,2024-01-01,Subscription Started,\n"
        "a,2024-02-01,NPS answered,9\na,2024-02-01,CSAT answered,70\n"
    )
    began = shown(tmp_path, log)
    assert set(began.kinds) == {"subscribed", "nps", "CSAT answered"}, "nobody answers with 70"
    assert "event" not in tomllib.loads(template([("a.csv", began)]))["churn"]
    for end in ("Subscription Cancelled", "subscription_ended"):
        ended = shown(tmp_path, f"{log}a,2024-03-01,{end},\n")
        assert tomllib.loads(template([("a.csv", ended)]))["churn"]["event"] == "cancelled"


@pytest.mark.parametrize(("others", "longest"), [("", True), ("a,2024-02-02,visit\n", False)])
def test_subscribers_of_whom_nothing_else_is_heard_stay_active(
    tmp_path: Path, others: str, longest: bool
) -> None:
    log = "account_id,timestamp,event\na,2024-01-01,subscribed\na,2024-03-01,cancelled\n"
    churn = tomllib.loads(template([("a.csv", shown(tmp_path, log + others))]))["churn"]
    assert churn["event"] == "cancelled"
    assert (churn["active_days"] == 3650) is longest


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


def test_refunds_have_amounts_of_their_own_name(tmp_path: Path) -> None:
    rows = "Kundennr;Bestellnr;Datum;Erstattung\na;1;03.02.2024;1.290,45\nb;2;04.02.2024;7,50\n"
    found = shown(tmp_path, rows, "retouren.csv")
    assert found.missing == ()
    assert read(tmp_path, "retouren.csv")["orders"][0]["amount"] == -1290.45
    orders = shown(tmp_path, rows.replace("Datum;", "Datum;Menge;Einzelpreis;"), "orders.csv")
    assert "Erstattung" in orders.unread, "what was bought is worth more than what came back"


def test_what_is_not_found_is_named(tmp_path: Path) -> None:
    found = shown(tmp_path, "what,revenue\nx,3\n")
    assert found.table == "orders"
    assert found.missing == ("customer_id", "order_id", "ordered_at")
    assert found.unread == ("what",)
    head = "customer id,order id,order date,paid amount,order,paid"
    found = shown(tmp_path, f"{head}\na,1,2024-03-02,9.5,x,y\n")
    assert found.unread == ("order", "paid"), "other columns' names hold theirs"


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


def test_columns_divided_by_spaces_are_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="must be separated by commas"):
        shown(tmp_path, " customer_id  date  amount\n 00001  19970101  11.77\n", "old.txt")


@pytest.mark.parametrize("row", ["K1,2024-05-01,3.50", "K1,2009-05-04T23:08:57Z,Radio,Song"])
def test_a_file_without_names_is_told_to_name_its_columns(tmp_path: Path, row: str) -> None:
    with pytest.raises(LadderError, match=f"begins with {row.replace(',', ', ')}"):
        shown(tmp_path, f"{row}\n{row}\n")


def test_a_spreadsheet_is_to_be_saved_as_csv(tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_bytes(b"PK")
    with pytest.raises(UsageError, match="Save the sheet as CSV"):
        guesses(tmp_path / "orders.xlsx")


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        guesses(tmp_path / "gone.csv")
