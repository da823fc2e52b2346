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
