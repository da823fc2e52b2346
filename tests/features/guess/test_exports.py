"""Whole exports, with the columns that shop systems and payment services write."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from features.config import Config
from features.errors import LadderError
from features.guess import agreeing, guesses, template
from features.history import open_history
from tests.features.guess.shown import read, shown

SHOPIFY = """Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Vendor,Id
#1003,b@c.de,paid,EUR,30.00,2024-02-01 10:00:00 +0100,3,Mug,5200000000021
#1002,a@b.de,paid,EUR,20.00,2024-01-02 10:00:00 +0100,1,Mug,5200000000014
#1002,a@b.de,,,,2024-01-02 10:00:00 +0100,2,Tea,
#1001,a@b.de,voided,EUR,5.00,2024-01-01 10:00:00 +0100,1,Tea,5200000000007
"""
STRIPE = """id,Created date (UTC),Amount,Currency,Refunded date (UTC),Status,Customer ID,Invoice ID
ch_3,2024-07-02 08:00:00,"19,90",eur,,requires_payment_method,cus_1,in_3
ch_2,2024-07-01 08:00:00,"19,90",eur,,Paid,cus_1,
ch_1,2024-06-01 08:00:00,"49,00",eur,2024-06-02 08:00:00,Refunded,cus_2,in_1
ch_0,2024-05-01 08:00:00,"49,00",eur,,Paid,cus_2,in_0
"""


def test_an_order_of_several_lines_is_read_once_though_only_its_name_is_beside_each(
    tmp_path: Path,
) -> None:
    found = shown(tmp_path, SHOPIFY)
    assert (found.columns["order_id"], "quantity" in found.columns) == ("Name", False)
    rows = read(tmp_path, "shown.csv")["orders"]
    assert [(row["order_id"], row["amount"]) for row in rows] == [("#1002", 20.0), ("#1003", 30.0)]


def test_customers_are_known_as_in_the_orders_and_may_object_to_mails(tmp_path: Path) -> None:
    people = "Customer ID,Email,Accepts Email Marketing\n'68,a@b.de,no\n'69,b@c.de,yes\n'70,,no\n"
    found = [
        ("o.csv", shown(tmp_path, SHOPIFY, "o.csv")),
        ("p.csv", shown(tmp_path, people, "p.csv")),
    ]
    with open_history(
        Config.from_dict(tomllib.loads(template(agreeing(found))), tmp_path)
    ) as read_:
        rows = read_.table("customers").to_pylist()
    assert [(row["customer_id"], row["marketing_allowed"]) for row in rows] == [
        ("a@b.de", False),
        ("b@c.de", True),
    ]


def test_an_instant_is_taken_before_the_day_that_names_a_folder(tmp_path: Path) -> None:
    for day in ("2024-01-01", "2024-01-02"):
        folder = tmp_path / "lake" / f"day={day}"
        folder.mkdir(parents=True)
        rows = {"user_id": [1, 2], "total": [5.0, 7.0], "heard": [f"{day}T10:00:00Z"] * 2}
        table = pa.table(rows).cast(
            pa.schema([("user_id", "i8"), ("total", "f8"), ("heard", pa.timestamp("us", "UTC"))])
        )
        parquet.write_table(table, folder / "part.parquet")
    (found,) = guesses(tmp_path / "lake")
    assert found.columns["ordered_at"] == "heard"


def test_payments_are_numbered_by_what_numbers_all_of_them_and_read_in_utc(tmp_path: Path) -> None:
    (tmp_path / "payments.csv").write_text(STRIPE, encoding="utf-8")
    written = tomllib.loads(template([("payments.csv", guesses(tmp_path / "payments.csv")[0])]))
    assert written["shop"]["currency"] == "EUR"
    written["shop"]["timezone"] = "Europe/Berlin"
    with open_history(Config.from_dict(written, tmp_path)) as history:
        rows = history.table("orders").to_pylist()
    assert sorted((row["order_id"], row["amount"], row["ordered_at"]) for row in rows) == [
        ("ch_0", 49.0, datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("ch_2", 19.9, datetime(2024, 7, 1, 8, tzinfo=UTC)),
    ]


def test_the_line_that_leaves_other_currencies_out_keeps_what_is_left_out_already(
    tmp_path: Path,
) -> None:
    paid = "{n},{n},2024-01-{n:02d},5,{currency},paid\n"
    text = "kunde,beleg,datum,betrag,Order Currency,status\n" + "".join(
        paid.format(n=n, currency="USD" if n == 9 else "eur") for n in range(1, 10)
    )
    text += "1,10,2024-01-10,5,eur,refunded\n"
    written = tomllib.loads(template([("shown.csv", shown(tmp_path, text))]))
    written["orders"]["columns"]["currency"] = "Order Currency"
    with pytest.raises(LadderError, match="one currency, EUR") as refused:
        open_history(Config.from_dict(written, tmp_path))
    advised = refused.value.do.partition("exclude the others: ")[2].removesuffix(".")
    written["orders"] |= tomllib.loads(advised)
    with open_history(Config.from_dict(written, tmp_path)) as history:
        assert [row["order_id"] for row in history.table("orders").to_pylist()] == [
            str(n) for n in range(1, 9)
        ]


CARDS = """Card Number,Issued,Tier
6330000000000011,24.11.2021,Basic
6330000000000029,25.01.2021,Gold
"""
CARD_USES = """Card Number,Txn Date,Store,Sales Value
6330000000000011,24.12.2021 08:10,Nord,27.43
6330000000000029,25.12.2021 09:00,Nord,27.99
6330000000000011,26.12.2021 08:10,Nord,2.40
"""
ACCOUNTS = """account_id,created,cancelled_at,plan
a,2023-01-05,2024-03-10,basic
b,2023-02-05,,pro
c,2023-02-07,2023-09-01,pro
"""


def test_the_cards_of_a_loyalty_programme_are_its_customers(tmp_path: Path) -> None:
    cards, uses = shown(tmp_path, CARDS, "members.csv"), shown(tmp_path, CARD_USES, "sales.csv")
    assert (cards.table, cards.missing) == ("customers", ())
    assert cards.columns["signed_up_at"] == "strptime(Issued, '%d.%m.%Y')"
    assert (uses.table, uses.missing, uses.columns["customer_id"]) == ("orders", (), "Card Number")


def test_gifts_are_numbered_and_debtors_of_an_accounting_system_buy(tmp_path: Path) -> None:
    gifts = shown(tmp_path, "Gift ID,Donor ID,Gift Date,Gift Amount\n1,D1,3/26/1998,$35.00\n")
    assert gifts.columns["order_id"] == "Gift ID"
    bills = shown(tmp_path, "Belegnr.;Debitor;Belegdatum;Nettobetrag\n1;00010122;43102;476,81\n")
    assert bills.columns["customer_id"] == "Debitor"


def test_the_date_on_which_customers_cancelled_ends_their_subscription(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    (tmp_path / "charges.csv").write_text("id,customer,created,amount\nch_1,a,2024-01-05,9\n")
    shops = [(n, one) for n in ("charges.csv", "accounts.csv") for one in guesses(tmp_path / n)]
    written = tomllib.loads(template(agreeing(shops)))
    assert written["churn"]["event"] == "cancelled"
    assert written["customers"]["columns"]["signed_up_at"] == "created"
    with open_history(Config.from_dict(written, tmp_path)) as history:
        rows = history.table("engagement").to_pylist()
    told = {(row["customer_id"], row["kind"], str(row["occurred_at"].date())) for row in rows}
    assert told == {
        ("a", "subscribed", "2023-01-05"),
        ("b", "subscribed", "2023-02-05"),
        ("c", "subscribed", "2023-02-07"),
        ("c", "cancelled", "2023-09-01"),
        ("a", "cancelled", "2024-03-10"),
    }


def test_a_log_that_tells_who_cancelled_is_not_told_so_twice(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    log = "user,time,event\na,2023-01-05,subscribed\na,2023-02-05,cancelled\n"
    (tmp_path / "log.csv").write_text(log)
    shops = [(n, one) for n in ("log.csv", "accounts.csv") for one in guesses(tmp_path / n)]
    assert [one.table for _, one in agreeing(shops)] == ["engagement", "customers"]


def test_whether_somebody_cancelled_is_no_date(tmp_path: Path) -> None:
    for words in (("true", "false"), ("1", "0"), ("yes", "no")):
        text = "account_id,created,cancelled\na,2023-01-05,{}\nb,2023-02-05,{}\n"
        (tmp_path / "accounts.csv").write_text(text.format(*words))
        assert [one.table for one in guesses(tmp_path / "accounts.csv")] == ["customers"]


def test_a_file_of_refunds_gives_money_back(tmp_path: Path) -> None:
    text = "refund_id,order_number,customer_id,refunded_at,amount\n1,7,a,2024-01-05,5\n"
    (tmp_path / "refunds.csv").write_text(text + "2,8,b,2024-01-06,6\n")
    rows = read(tmp_path, "refunds.csv")["orders"]
    assert [(row["is_return"], row["amount"]) for row in rows] == [(True, -5.0), (True, -6.0)]


def test_orders_that_tried_out_the_shop_are_left_out(tmp_path: Path) -> None:
    text = "customer,order,date,amount,test\na,1,2024-05-01,30,false\na,2,2024-05-02,30,{}\n"
    assert shown(tmp_path, text.format("true")).where == "test is not true"
    assert shown(tmp_path, text.format("false")).where is None
