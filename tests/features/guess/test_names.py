"""Columns known by their names, in the words of many shops and languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.guess import guesses
from features.guess.names import NAMES
from features.tables import TABLES, VALID_FROM
from tests.features.guess.shown import EVENTS, PEOPLE, SHOP_ORDERS, shown

CONTACTS = """customer,campaign_name,sent_at,arm
a,May,2024-05-01,treated
b,May,2024-05-01,control
"""


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


def test_a_ledger_of_points_is_known_by_its_members(tmp_path: Path) -> None:
    rows = [f"{n % 3},2024-05-{n + 1:02},{('EARN', 'REDEEM')[n % 2]},50" for n in range(9)]
    found = shown(tmp_path, "\n".join(["Member No,Txn Date,Txn Type,Points", *rows]))
    assert (found.table, found.columns["customer_id"]) == ("engagement", "Member No")
    assert (found.kinds, found.columns["value"]) == (("points_earned", "points_redeemed"), "Points")
    rows = [f"{n % 3},2024-05-{n + 1:02},50" for n in range(9)]
    found = shown(tmp_path, "\n".join(["Member No,Txn Date,Points", *rows]))
    assert found.kinds == ("points_earned",)


def test_members_of_a_loyalty_scheme_enrol_and_cancel_in_months_of_a_year(tmp_path: Path) -> None:
    heads = "Loyalty Number,Loyalty Card,Enrollment Year,Enrollment Month,Cancellation Year"
    text = f"{heads},Cancellation Month\n1,Star,2016,2,,\n2,Nova,2017,3,2018,1\n"
    shown(tmp_path, text)
    people, *events = guesses(tmp_path / "shown.csv")
    assert people.columns["customer_id"] == "Loyalty Number"
    assert {event.kinds[0]: event.columns["occurred_at"] for event in events} == {
        "subscribed": 'make_date("Enrollment Year", "Enrollment Month", 15)',
        "cancelled": 'make_date("Cancellation Year", "Cancellation Month", 15)',
    }


def test_a_column_may_be_called_text(tmp_path: Path) -> None:
    """As reviews have one; a query of ours must not mistake it for its own."""
    text = "user_id,stars,text,date\na,5,,2024-05-01\na,1,bad,2024-05-02\nb,4,,2024-05-03\n"
    found = shown(tmp_path, text)
    assert (found.kinds, found.columns["value"]) == (("reviewed",), "stars")


@pytest.mark.parametrize(("pages", "kinds"), [(3, 3), (200, 1)])
def test_pages_are_events_unless_they_are_addresses(tmp_path: Path, pages: int, kinds: int) -> None:
    rows = [f"{n % 7},2024-05-01 {n % 24:02}:00:00,page{n % pages}" for n in range(400)]
    assert len(shown(tmp_path, "\n".join(["userId,ts,page", *rows])).kinds) == kinds


@pytest.mark.parametrize(
    ("no", "value"),
    [
        (
            "Not Recommended",
            "case when lower(trim(recommended)) in ('recommended') then 5 else 1 end",
        ),
        ("perhaps", None),
    ],
)
def test_words_for_a_recommendation_are_stars_and_other_words_no_value(
    tmp_path: Path, no: str, value: str | None
) -> None:
    text = f"player,posted,recommended\na,2024-05-01,Recommended\na,2024-05-02,{no}\n"
    assert shown(tmp_path, text).columns.get("value") == value


def test_of_e_mails_as_ids_is_warned_where_most_ids_are_some(tmp_path: Path) -> None:
    for most, said in (("a@b.de", True), ("ann", False)):
        found = shown(
            tmp_path, f"author,date\n{most},2024-05-01\nc{most},2024-05-02\n@x,2024-05-03"
        )
        assert ("e-mail" in found.remarks.get("customer_id", "")) is said


def test_the_day_of_the_last_activity_is_no_kind_of_event(tmp_path: Path) -> None:
    found = shown(tmp_path, "id,joined,last_activity\na,2024-01-01,2024-05-01\nb,2024-01-02,\n")
    assert found.table == "customers"


def test_who_sold_is_not_who_bought(tmp_path: Path) -> None:
    found = shown(tmp_path, "Salesperson,Order No,Order Date,Total\nann,1,2024-05-01,5\n")
    assert "customer_id" not in found.columns


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
        (
            "o_orderkey,o_custkey,o_extendedprice,o_orderdate\n1,7,5,2024-05-01\n2,7,6,2024-05-02\n",
            {"customer_id": "o_custkey", "order_id": "o_orderkey", "amount": "o_extendedprice"},
        ),
        (
            "subject_id,started_on,finished_on\n1,2024-05-01,2024-05-02\n2,2024-05-02,\n",
            {"customer_id": "subject_id", "signed_up_at": "started_on"},
        ),
    ],
)
def test_what_other_trades_call_their_columns(
    tmp_path: Path, text: str, columns: dict[str, str]
) -> None:
    assert shown(tmp_path, text).columns.items() >= columns.items()


def test_every_column_has_usual_names() -> None:
    for table, names in NAMES.items():
        known = {column.name for column in TABLES[table].columns}
        assert set(names) - {"price", VALID_FROM.name} == known
