"""Orders that did not come about, whichever column says so, and what is said of the others."""

from __future__ import annotations

import tomllib
from pathlib import Path

from features.config import Config
from features.guess import agreeing, guesses, template
from features.history import open_history
from tests.features.guess.shown import read, shown

_HEAD = "order_id,customer_id,order_date,total"


def _orders(folder: Path, columns: str, *cells: str) -> list[str]:
    """Return which orders are read of a file with an order per cell, numbered from 1."""
    rows = "".join(f"{n},{n + 100},2024-01-{n:02d},5,{cell}\n" for n, cell in enumerate(cells, 1))
    (folder / "o.csv").write_text(f"{_HEAD},{columns}\n{rows}", encoding="utf-8")
    return sorted(row["order_id"] for row in read(folder, "o.csv")["orders"])


def test_what_was_never_paid_is_left_out_in_the_words_of_each_shop_system(tmp_path: Path) -> None:
    came_about = ("Completed", "wc-processing", "Shipped", "Bezahlt")
    undone = (
        *("Pending payment", "pending_payment", "Awaiting bank wire payment", "Payment error"),
        *(
            "wc-cancelled",
            "wc-pending",
            "uncollectible",
            "incomplete_expired",
            "Denied",
            "Reversed",
        ),
        *("fraud", "Nicht bezahlt", "Fehlgeschlagen", "anulado", "rechazado", "impayée", "échouée"),
        *("geannuleerd", "mislukt", "fallito"),
    )
    assert _orders(tmp_path, "status", *came_about, *undone) == ["1", "2", "3", "4"]


def test_every_status_of_an_order_is_looked_at_and_none_of_its_customer(tmp_path: Path) -> None:
    heads = "fulfillment_status,customer_status,order_status,payment_status"
    fine, undone, unpaid, left = (
        f"shipped,{who},{order},{payment}"
        for who, order, payment in (
            ("active", "complete", "paid"),
            ("active", "cancelled", "paid"),
            ("active", "complete", "failed"),
            ("cancelled", "complete", "paid"),
        )
    )
    assert _orders(tmp_path, heads, fine, undone, unpaid, left) == ["1", "4"]


def test_orders_that_a_date_or_a_flag_says_were_undone_or_unpaid_are_left_out(
    tmp_path: Path,
) -> None:
    fine = {
        **dict.fromkeys(("cancelled_at", "Cancelled On"), ""),
        **{"canceled": "false", "storniert": "nein", "is_cancelled": "0"},
        **{"captured": "true", "paid": "yes"},
    }
    undone = {
        **{"cancelled_at": "2024-02-01 10:00:00 +0100", "Cancelled On": "2.13.24"},
        **{"canceled": "true", "storniert": "ja", "is_cancelled": "1"},
        **{"captured": "false", "paid": "no"},
    }
    others = [fine | {name: said} for name, said in undone.items()]
    cells = [",".join(one.values()) for one in [fine] * 2 + others]
    assert _orders(tmp_path, ",".join(fine), *cells) == ["1", "2"]


def test_a_subscription_that_ended_began(tmp_path: Path) -> None:
    heads = "Interval,Status,Canceled At (UTC)"
    cells = (
        "month,active,",
        "month,canceled,2024-05-01 10:00",
        "month,incomplete,",
        "month,unpaid,",
    )
    assert _orders(tmp_path, heads, *cells) == ["1", "2", "4"]


def test_what_may_never_be_paid_is_counted_and_how_to_leave_it_out_is_said(tmp_path: Path) -> None:
    cells = ("Completed", "Completed", "On hold", "Failed")
    assert _orders(tmp_path, '"Order Status"', *cells) == ["1", "2", "3"]
    (found,) = guesses(tmp_path / "o.csv")
    held, advice = found.statuses
    assert "Completed (2 rows), Failed (1), On hold (1)" in held
    assert "On hold" in advice
    written = template([("o.csv", found)])
    assert advice in written
    settings = tomllib.loads(written)
    settings["orders"]["where"] += " and " + advice.partition("`where`: ")[2]
    with open_history(Config.from_dict(settings, tmp_path)) as history:
        assert history.table("orders")["order_id"].to_pylist() == ["1", "2"]


def test_lines_say_what_is_said_of_their_orders(tmp_path: Path) -> None:
    orders = "order_id,customer_id,order_date,status\n1,a,2024-05-01,paid\n2,b,2024-05-02,pending\n"
    lines = "order_id,product_id,quantity,unit_price\n1,x,2,3.50\n2,y,1,3.50\n"
    found = [
        (name, shown(tmp_path, text, name))
        for name, text in (("orders.csv", orders), ("lines.csv", lines))
    ]
    ((_, joined),) = agreeing(found)
    assert "pending" in joined.statuses[1]


def test_a_status_that_stands_late_in_a_long_file_is_seen(tmp_path: Path) -> None:
    paid = "".join(f"{n},{n % 99},2024-01-01,5,paid\n" for n in range(20_000))
    late = f"{_HEAD},status\n{paid}20000,7,2024-01-02,5,failed\n"
    assert shown(tmp_path, late).where == "status <> 'failed'"
