"""What `ladder init` writes loads, reads the files it was shown, and suits them."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from features.config import Config
from features.guess import guesses, template
from features.history import open_history
from features.tables import TABLES
from tests.features.guess.shown import EVENTS, PEOPLE, SHOP_ORDERS, read, shown

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


@pytest.mark.parametrize("text", [GERMAN, EXCEL, SHOPIFY, AMERICAN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_the_exports_of_the_world_are_read_at_once(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "shown.csv"
    path.write_text(text.replace("€", "EUR"), encoding=encoding)
    written = template([("shown.csv", guesses(path)[0])])
    config = Config.from_dict(tomllib.loads(written), tmp_path)
    with open_history(config) as history:
        rows = history.table("orders").to_pylist()
    assert [(row["amount"], row["ordered_at"].date()) for row in rows] == [
        (1234.5, date(2023, 12, 25)),
        (7.0, date(2024, 2, 1)),
    ]


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


def test_columns_named_like_words_of_sql_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("user,when,total\na,2024-05-01,3\nb,2024-05-02,4\n")
    orders = read(tmp_path, "o.csv")["orders"]
    assert [(row["customer_id"], row["amount"]) for row in orders] == [("a", 3.0), ("b", 4.0)]


def test_a_remark_on_a_column_of_two_lines_is_one_line(tmp_path: Path) -> None:
    ids = "\n".join(f"x{n}@y.z,{n},2024-05-0{n},5,{n // 6}" for n in range(1, 7))
    found = shown(tmp_path, f'"Customer\nEmail",id,created_at,total,customer_id\n{ids}\n')
    assert "\n" in found.remarks["customer_id"]
    assert tomllib.loads(template([("o.csv", found)]))["orders"]["columns"]["amount"] == "total"


def test_a_column_named_with_a_control_character_is_written(tmp_path: Path) -> None:
    found = shown(
        tmp_path, "order\x7fid,customer_id,date,amount\n1,a,2024-05-01,5\n2,b,2024-05-02,5\n"
    )
    written = tomllib.loads(template([("o.csv", found)]))
    assert written["orders"]["columns"]["order_id"] == "order\x7fid"


@pytest.mark.parametrize(
    ("last", "active", "churn", "advocacy"),
    [
        ("2026-01-01", 365, 90, 180),
        ("20250101", 365, 90, 90),
        ("2024-06-30", 90, 28, 28),
        ("2024-06-30 10:00:00 +0100", 90, 28, 28),
        ("2024-02-10", 28, 7, 7),
        ("2024-01-01", 365, 90, 180),
    ],
)
def test_a_short_history_gets_horizons_that_it_can_judge(
    tmp_path: Path, last: str, active: int, churn: int, advocacy: int
) -> None:
    first = "20240101" if last.isdigit() else f"2024-01-01{last[10:]}"
    found = shown(tmp_path, f"customer,order,date,amount\na,1,{first},3\nb,2,{last},4\n")
    written = tomllib.loads(template([("o.csv", found)]))
    assert written["churn"] == {"active_days": active, "horizon_days": churn}
    assert written["advocacy"]["horizon_days"] == advocacy


def test_a_service_without_orders_gets_an_activity(tmp_path: Path) -> None:
    written = template([("e.csv", shown(tmp_path, EVENTS))])
    assert tomllib.loads(written)["churn"]["activity"] == "site_visited"


def test_a_log_without_prices_keeps_its_purchases_as_what_keeps_a_customer(tmp_path: Path) -> None:
    text = "timestamp,visitorid,event\n1433221332117,1,view\n1433221332118,1,transaction\n"
    written = template([("e.csv", shown(tmp_path, text))])
    assert tomllib.loads(written)["churn"]["activity"] == "transaction"
    assert "orders" not in tomllib.loads(written)


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


@pytest.mark.parametrize(
    ("gap", "years", "lengths"),
    [
        (365, 8, {"active_days": 730, "horizon_days": 365}),
        (60, 8, {"active_days": 365, "horizon_days": 90}),
        (365, 3, {"active_days": 365, "horizon_days": 90}),
    ],
)
def test_customers_who_come_once_a_year_are_given_a_year_to_come_back(
    tmp_path: Path, gap: int, years: int, lengths: dict[str, int]
) -> None:
    """Two purchases of one day are one visit; with three years there is nothing to judge by."""
    begin, days = date(2015, 12, 1), years * 365
    bought = [
        f"{who},{who}-{day}-{twice},{begin + timedelta(days=day)},9"
        for who in range(5)
        for day in range(who, days + 1, gap)
        for twice in "ab"
    ]
    rows = "\n".join(["customer,order,date,amount", *bought])
    written = tomllib.loads(template([("o.csv", shown(tmp_path, rows))]))
    assert written["churn"] == lengths


@pytest.mark.parametrize(
    ("amounts", "asked"), [((1999, 2495, 999, 4499, 3000), True), ((1999, 2495, 999, 45), False)]
)
def test_whole_amounts_that_end_as_prices_do_are_asked_about(
    tmp_path: Path, amounts: tuple[int, ...], asked: bool
) -> None:
    """Nothing else in such a file says that 1999 were 19.99."""
    rows = [f"{n},{n},2024-01-0{n + 1},{amount}" for n, amount in enumerate(amounts)]
    (tmp_path / "orders.csv").write_text(
        "\n".join(["customer_id,order_id,ordered_at,total", *rows])
    )
    (guess,) = guesses(tmp_path / "orders.csv")
    assert guess.columns["amount"] == "total", "which only the shop can tell"
    assert ("hundredths" in guess.remarks.get("amount", "")) == asked
