"""Lines and refunds that stand in files of their own, and name the order but no customer."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from features.guess import agreeing, guesses, left_out, merging, template
from features.history import open_history
from tests.features.guess.shown import shown

ORDERS = """order_number,customer_id,created_at,financial_status,total,test
1,007,2024-01-01T10:00:00+01:00,paid,12.5,false
2,,2024-01-02T10:00:00+01:00,paid,5,false
3,8,2024-01-03T10:00:00-05:00,refunded,9,false
4,8,2024-01-04T10:00:00+01:00,voided,9,false
5,8,2024-01-05T10:00:00+01:00,paid,9,true
"""
ITEMS = """order_number,sku,quantity,unit_price
1,mug,2,5
1,tea,1,2.5
2,tea,2,2.5
3,pot,1,9
4,pot,1,9
5,pot,1,9
"""
REFUNDS = """refund_id,order_number,refunded_at,amount
1,3,2024-01-10T10:00:00Z,9
"""


def written(folder: Path, **files: str) -> dict[str, Any]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    found = [(f"{n}.csv", one) for n in files for one in guesses(folder / f"{n}.csv")]
    return tomllib.loads(template(agreeing(found)))


def orders(folder: Path, configuration: dict[str, Any]) -> list[tuple[Any, ...]]:
    with open_history(Config.from_dict(configuration, folder)) as history:
        rows = history.table("orders").to_pylist()
    return sorted((r["customer_id"], r["order_id"], r["amount"], r["product_id"]) for r in rows)


def test_lines_and_refunds_have_the_customer_of_their_order(tmp_path: Path) -> None:
    """The orders are not read besides, and one that was refunded is: its refund tells so."""
    found = orders(tmp_path, written(tmp_path, orders=ORDERS, items=ITEMS, refunds=REFUNDS))
    assert found == [
        ("007", "1", 2.5, "tea"),
        ("007", "1", 10.0, "mug"),
        ("8", "3", -9.0, None),
        ("8", "3", 9.0, "pot"),
    ]


def test_reviews_that_name_only_the_order_have_its_customer(tmp_path: Path) -> None:
    """They were left out as a file that tells nothing of customers."""
    reviews = "Review ID,Order Number,Rating,Review Date\nr1,1,5,2024-02-01\nr2,2,4,2024-02-02\n"
    config = written(tmp_path, reviews=f"{reviews}r3,4,1,2024-02-03\n", orders=ORDERS)
    with open_history(Config.from_dict(config, tmp_path)) as history:
        rows = history.table("engagement").to_pylist()
    said = sorted((row["customer_id"], row["kind"], row["value"]) for row in rows)
    assert said == [("007", "reviewed", 5.0), ("8", "reviewed", 1.0)], "a guest's is nobody's"


def test_lines_alone_leave_out_what_was_refunded(tmp_path: Path) -> None:
    later = "6,8,2024-01-09T10:00:00Z,paid,5,false\n"
    found = written(tmp_path, items=ITEMS + "6,tea,2,2.5\n", orders=ORDERS + later)
    assert [row[:2] for row in orders(tmp_path, found)] == [("007", "1"), ("007", "1"), ("8", "6")]


def test_orders_known_by_their_id_are_joined_whatever_their_columns_are_called(
    tmp_path: Path,
) -> None:
    heads = 'id,user_id,"Order ""Date""",total\n1,a,1/13/2024,1\n2,b,2/1/2024,1\n'
    lines = "id,order_id,product_id,quantity,price\n1,1,x,2,3\n2,2,y,1,4\n"
    found = orders(tmp_path, written(tmp_path, heads=heads, lines=lines))
    assert found == [("a", "1", 6.0, "x"), ("b", "2", 4.0, "y")]


def test_lines_are_dated_as_their_order_and_not_counted_again_as_payments(tmp_path: Path) -> None:
    heads = "order_id,customer_id,bought\n1,a,2024-01-13\n2,b,2024-02-01\n"
    lines = "order_id,seller_id,product_id,price,ship_by\n1,s,x,6,2024-03-01\n2,s,y,4,2024-03-01\n"
    payments = "order_id,payment_value\n1,6\n2,4\n"
    found = written(tmp_path, heads=heads, lines=lines, payments=payments)["orders"]
    assert [section.get("source") for section in found] == [None, "payments.csv"]
    with open_history(Config.from_dict({"orders": found[:1]}, tmp_path)) as history:
        rows = history.table("orders").to_pylist()
    assert [(row["customer_id"], row["ordered_at"].month) for row in rows] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("order_number,note\n1,x\n2,y\n", id="lines without money"),
        pytest.param("payment,sku,quantity,unit_price\n1,mug,2,5\n", id="without the order"),
    ],
)
def test_what_cannot_be_joined_is_left_to_the_shop(tmp_path: Path, other: str) -> None:
    sections = written(tmp_path, orders=ORDERS, other=other)["orders"]
    sections = sections if isinstance(sections, list) else [sections]
    assert "orders.csv" in [section.get("source") for section in sections]
    assert not any("query" in section for section in sections)


def test_files_of_products_and_of_shops_are_left_out_beside_orders(tmp_path: Path) -> None:
    """Their ids would be customers, or the file would not be read before somebody removed them."""
    customers = "id,name\n007,Ann\n8,Bob\n"
    stores = "id,name,tax\ns1,Bonn,0.19\ns2,Ulm,0.07\n"
    products = "sku,name,type,description\nmug,Mug,pots,blue\ntea,Tea,drinks,green\n"
    lines = "id,order_number,sku\ni1,1,mug\ni2,1,tea\n"
    supplies = "id,name,sku\np1,Spoon,mug\np1,Spoon,tea\n"
    things = {"stores": stores, "products": products, "lines": lines, "supplies": supplies}
    config = written(tmp_path, orders=ORDERS, raw_customers=customers, **things)
    assert config["customers"]["source"] == "raw_customers.csv"
    assert orders(tmp_path, config) == [("007", "1", 12.5, None)]


@pytest.mark.parametrize("heads", ["old_customer_id,new_customer_id", "customer_id,merged_into"])
def test_ids_that_became_another_are_no_visits_but_joined(tmp_path: Path, heads: str) -> None:
    merged = f"{heads},merged_at\n007,900,2024-01-02\n"
    bought = f"{ORDERS}6,8,2024-01-09T10:00:00Z,paid,5,false\n"
    config = written(tmp_path, orders=bought, merged=merged)
    assert "engagement" not in config
    advice = left_out(
        [(n, one) for n in ("orders.csv", "merged.csv") for one in guesses(tmp_path / n)]
    )
    query = advice["merged.csv"][advice["merged.csv"].index("select") :]
    files = {"bought": "orders.csv", "ids": "merged.csv"}
    config["orders"] |= {"query": query, "files": files}
    del config["orders"]["source"]
    assert orders(tmp_path, config) == [("8", "6", 5.0, None), ("900", "1", 12.5, None)]


def test_orders_that_another_file_has_with_their_lines_are_read_once(tmp_path: Path) -> None:
    orders, lines = "Order ID,Buyer,Date,Order Total\n", "Order ID,Buyer,Date,SKU,Quantity,Total\n"
    later = orders
    for number in range(1, 21):
        head = f"{number},b{number % 6},2024-05-{number:02d}"
        orders += f"{head},30\n"
        later += f"{number + 100},b{number % 6},2024-06-{number:02d},30\n"
        lines += f"{head},a,1,10\n{head},b,2,20\n"
    texts = {"orders.csv": orders, "lines.csv": lines, "later.csv": later}
    found = [(name, shown(tmp_path, text, name)) for name, text in texts.items()]
    assert [address for address, _ in agreeing(found)] == ["lines.csv", "later.csv"]
    assert left_out(found) == {
        "orders.csv": "has the orders whose lines lines.csv has, and is left out."
    }


def test_customers_that_became_another_are_read_as_one(tmp_path: Path) -> None:
    """Their ids alone would keep apart what one person bought before and after."""
    people = "id,name,consent,merged_into\n007,Ann,no,8\n8,Ann B.,yes,\n"
    bought = f"{ORDERS}6,9,2024-01-09T10:00:00Z,paid,5,false\n"
    config = written(tmp_path, orders=bought, customers=people)
    found = [(n, one) for n in ("orders.csv", "customers.csv") for one in guesses(tmp_path / n)]
    (advice,) = merging(found).values()
    query = advice[advice.index("select") : advice.index("\nand map")]
    config["orders"] |= {"query": query, "files": {"bought": "orders.csv", "ids": "customers.csv"}}
    del config["orders"]["source"]
    assert orders(tmp_path, config) == [("8", "1", 12.5, None), ("9", "6", 5.0, None)]
    assert "customer_id = 'coalesce(merged_into::text, id::text)'" in advice
