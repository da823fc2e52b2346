"""Which of an export's many sums is what was paid, and which of its people bought."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from features.config import Config
from features.guess import agreeing, template
from features.history import open_history
from tests.features.guess.shown import read, shown

ETSY = """Sale Date,Buyer,Quantity,Price,Discount Amount,Order Shipping,Item Total,Order ID
12/25/24,ann,2,3.50,0.00,5.00,7.00,1
"""
PAYPAL = """Date,Time,Type,Gross,Fee,Net,From Email Address,Transaction ID,\
Shipping and Handling Amount
25/12/2024,10:00:00,Payment,7.00,-0.30,6.70,a@b.de,T1,0.00
"""
WOO = """Order Number,Order Date,Email (Billing),Cart Discount Amount,Order Subtotal Amount,\
Order Shipping Amount,Order Refund Amount,Order Total Amount,Order Total Tax Amount,Discount Amount
1,2024-12-25,a@b.de,0,6.00,1.00,0.00,7.00,1.17,0
"""
TILL = """Date,Receipt Number,Line Type,Customer Code,Customer Name,Quantity,Total,User,Status
2024-12-25 10:00:00,1,Sale,C-1,Ann Bee,2,7.00,Till girl,Completed
2024-12-25 10:00:00,1,Sale Line,C-1,Ann Bee,2,7.00,,
2024-12-25 10:00:00,1,Payment,C-1,Ann Bee,,7.00,,
2024-12-26 10:00:00,2,Sale,C-2,Cy Dee,1,5.00,Till girl,Completed
2024-12-26 10:00:00,2,Sale Line,C-2,Cy Dee,1,5.00,,
2024-12-26 10:00:00,2,Payment,C-2,Cy Dee,,5.00,,
"""
AMAZON = """amazon-order-id,purchase-date,sku,quantity,item-price
1-1,2024-12-25T10:00:00+00:00,a,2,7.00
1-1,2024-12-25T10:00:00+00:00,b,1,4.00
1-2,2024-12-26T10:00:00+00:00,a,1,3.50
"""


@pytest.mark.parametrize(
    ("text", "column"),
    [(ETSY, "Item Total"), (PAYPAL, "Gross"), (WOO, "Order Total Amount")],
)
def test_what_was_taken_off_or_added_is_not_what_was_paid(
    tmp_path: Path, text: str, column: str
) -> None:
    assert shown(tmp_path, text).columns["amount"] == column


@pytest.mark.parametrize("name", ["Tax incl. amount", "Reservation amount", "Taxi amount"])
def test_a_sum_with_tax_is_what_was_paid(tmp_path: Path, name: str) -> None:
    found = shown(tmp_path, f"customer,order,date,tax amount,{name}\na,1,2024-05-01,1,7\n")
    assert found.columns["amount"] == name


def test_who_sold_at_a_till_is_not_who_bought_and_a_sale_counts_once(tmp_path: Path) -> None:
    (tmp_path / "till.csv").write_text(TILL)
    rows = read(tmp_path, "till.csv")["orders"]
    assert [(row["customer_id"], row["order_id"], row["amount"]) for row in rows] == [
        ("C-1", "1", 7.0),
        ("C-2", "2", 5.0),
    ]


ORDERS = [(number, 2 + number % 3) for number in range(1, 21)]
"""Numbers of orders, and how many lines they have."""


@pytest.mark.parametrize(
    ("columns", "line", "amount"),
    [
        ("Total", "", 107.0),
        ("Total,Item Total", ",{line}", 107.0),
        ("Total,Quantity,Unit Price", ",{pieces},1.0", 107.0),
    ],
)
def test_an_order_whose_total_stands_beside_each_of_its_lines_is_paid_once(
    tmp_path: Path, columns: str, line: str, amount: float
) -> None:
    text = f"Order Number,Email,Order Date,SKU,{columns}\n"
    for number, lines in ORDERS:
        head = f"{number},c{number % 7}@x.de,2024-05-{number:02d}"
        for one in range(lines):
            paid = 100 + number - lines + 1 if one == 0 else 1
            text += f"{head},s{one},{100 + number}{line.format(line=paid, pieces=paid)}\n"
    (tmp_path / "lines.csv").write_text(text)
    rows = read(tmp_path, "lines.csv")["orders"]
    assert sum(row["amount"] for row in rows if row["order_id"] == "7") == amount
    assert sum(row["amount"] for row in rows) == sum(100 + number for number, _ in ORDERS)


def test_tickets_of_one_price_and_instalments_are_each_paid(tmp_path: Path) -> None:
    tickets = instalments = "order,customer,date,total\n"
    for number, lines in ORDERS:
        tickets += f"{number},c,2024-05-{number:02d},{15 + 15 * (number % 2)}\n" * lines
        for month in range(1, lines + 1):
            instalments += f"{number},c{number},2024-{month:02d}-01,{100 + number}\n"
    assert [shown(tmp_path, text).query for text in (tickets, instalments)] == [None, None]


def test_the_price_of_a_line_is_not_multiplied_by_its_pieces(tmp_path: Path) -> None:
    assert shown(tmp_path, AMAZON).columns["amount"] == "item-price"
    of_one = AMAZON.replace("2,7.00", "2,3.60")
    assert shown(tmp_path, of_one).columns["amount"] == 'quantity * "item-price"'


def test_the_number_of_an_order_is_no_customer(tmp_path: Path) -> None:
    found = shown(tmp_path, AMAZON)
    assert (found.columns["order_id"], found.missing) == ("amazon-order-id", ("customer_id",))


REFUNDED = """Order ID,Buyer,Order Date,Total,Refunded Amount
1,a,2024-05-01,"$1,030.00",$0.00
2,b,2024-05-02,$20.00,$5.50
3,a,2024-05-03,$10.00,
"""


def test_what_was_given_back_of_an_order_is_taken_off(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(REFUNDED)
    rows = read(tmp_path, "orders.csv")["orders"]
    assert sorted((row["order_id"], row["amount"]) for row in rows) == [
        ("1", 1030.0),
        ("2", 14.5),
        ("3", 10.0),
    ]


def test_what_is_read_from_a_file_of_refunds_is_not_taken_off_as_well(tmp_path: Path) -> None:
    refunds = "refund_id,Order ID,Buyer,refunded_at,amount\n1,2,b,2024-05-05,5.50\n"
    found = [
        (name, shown(tmp_path, text, name))
        for name, text in (("orders.csv", REFUNDED), ("refunds.csv", refunds))
    ]
    written = tomllib.loads(template(agreeing(found)))
    with open_history(Config.from_dict(written, tmp_path)) as history:
        assert sum(row["amount"] for row in history.table("orders").to_pylist()) == 1054.5


PAYMENTS = """Date,Type,Status,Gross,From Email Address,To Email Address,Transaction ID,\
Invoice Number,Balance Impact
25/12/2024,Payment,Completed,"1,007.00",a@b.de,shop@x.de,T1,I1,Credit
26/12/2024,General Authorization,Pending,5.00,c@d.de,shop@x.de,T2,,Memo
26/12/2024,Payment,Completed,5.00,c@d.de,shop@x.de,T3,,Credit
27/12/2024,Payment Refund,Completed,-5.00,shop@x.de,c@d.de,T4,,Debit
28/12/2024,General Withdrawal,Completed,-900.00,,,T5,,Debit
"""


def test_money_is_given_back_to_who_paid_and_what_is_only_noted_is_not_paid(tmp_path: Path) -> None:
    (tmp_path / "payments.csv").write_text(PAYMENTS)
    rows = read(tmp_path, "payments.csv")["orders"]
    assert sorted((row["customer_id"], row["order_id"], row["amount"]) for row in rows) == [
        ("a@b.de", "T1", 1007.0),
        ("c@d.de", "T3", 5.0),
        ("c@d.de", "T4", -5.0),
    ]
