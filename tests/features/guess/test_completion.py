"""What names leave open: event logs, reviews, referrals, and orders that are none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from features.config import Config
from features.guess import agreeing, guesses, template
from features.history import open_history
from tests.features.guess.shown import read, shown

LOG = """event_time,event_type,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,35.79,a,s1
2019-10-01 00:01:00 UTC,cart,35.79,a,s1
2019-10-02 00:00:00 UTC,purchase,35.79,a,s1
2019-10-03 00:00:00 UTC,view,7.00,b,s2
"""


def test_purchases_in_an_event_log_are_orders(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    tables = read(tmp_path, "log.csv")
    assert [(row["customer_id"], row["amount"]) for row in tables["orders"]] == [("a", 35.79)]
    assert [row["kind"] for row in tables["engagement"]] == ["view", "cart_added", "view"]


def test_the_one_event_that_has_a_sum_is_a_purchase_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "user_id,event,timestamp,transaction_value,transaction_ID\n"
        "a,catalog,2024-05-01 10:00,,\na,payment_done,2024-05-01 10:05,35.5,7\n"
        "b,catalog,2024-05-02 10:00,,\nb,cart,2024-05-02 10:01,,\n"
    )
    tables = read(tmp_path, "log.csv")
    assert [(row["order_id"], row["amount"]) for row in tables["orders"]] == [("7", 35.5)]
    assert [row["kind"] for row in tables["engagement"]] == ["catalog", "catalog", "cart_added"]
    assert {row["value"] for row in tables["engagement"]} == {None}


def test_a_coupon_that_alone_has_a_sum_is_no_purchase(tmp_path: Path) -> None:
    text = "user_id,event,timestamp,amount\na,login,2024-05-01,\na,coupon used,2024-05-02,5\n"
    assert "coupon_redeemed" in shown(tmp_path, text).kinds


def test_orders_of_one_kind_of_movement_are_no_event_log(tmp_path: Path) -> None:
    text = "customer,order,date,action,amount\na,1,2024-05-01,sale,3\na,2,2024-05-02,gift,4\n"
    assert shown(tmp_path, text).table == "orders"


def test_orders_that_did_not_come_about_are_left_out(tmp_path: Path) -> None:
    text = "id,Status,date_created,total,customer_id\n1,completed,2024-01-02,5,7\n"
    (tmp_path / "o.csv").write_text(f"{text}2,Cancelled,2024-01-03,6,7\n3,,2024-01-04,8,9\n")
    orders = read(tmp_path, "o.csv")["orders"]
    assert [(row["order_id"], row["amount"]) for row in orders] == [("1", 5.0), ("3", 8.0)]


def test_events_that_are_spelt_otherwise_are_the_kinds_with_a_meaning(tmp_path: Path) -> None:
    events = ["Ticket Opened", "points-earned", "Invited Friend", "Shared Link", "Watched Video"]
    lines = [f"a,{event},2024-05-0{day}" for day, event in enumerate(events, start=1)]
    found = shown(tmp_path, "\n".join(["user,event,date", *lines]))
    assert {*found.kinds} == {
        *("ticket_opened", "points_earned", "referred", "shared"),
        "Watched Video",
    }


@pytest.mark.parametrize(
    ("cells", "arm"),
    [
        (("Treatment", "Control"), "case arm when 'Control' then 'control' when 'Treatment' then "),
        (("treated", "control"), "arm"),
        (("A", "B"), "arm"),
    ],
)
def test_arms_of_a_campaign_are_read_in_the_words_of_its_tool(
    tmp_path: Path, cells: tuple[str, str], arm: str
) -> None:
    """Which of A and B was contacted is not for a program to guess."""
    rows = [f"c,May,2024-05-0{day},{cell}" for day, cell in enumerate(cells, start=1)]
    found = shown(tmp_path, "\n".join(["customer,campaign,sent_at,arm", *rows]))
    assert found.table == "contacts"
    assert found.columns["arm"].startswith(arm)


def test_guests_who_share_a_zero_are_left_out(tmp_path: Path) -> None:
    rows = [f"{n},{0 if n % 2 else n + 1},2024-01-{n + 1:02},5" for n in range(20)]
    text = "\n".join(["order_id,customer_id,order_date,order_total", *rows])
    found = shown(tmp_path, text)
    assert found.where == "customer_id <> 0"
    assert found.remarks["customer_id"] == "guests have 0 and are left out"
    mails = ["billing_email", *(f"{n}@b.de" for n in range(20))]
    mailed = "\n".join(map(",".join, zip(text.split(), mails, strict=True)))
    said = shown(tmp_path, mailed).remarks["customer_id"]
    assert said == "guests have 0 and are left out; billing_email would tell them apart"
    once = "\n".join(
        ["order_id,customer_id,order_date,order_total", *rows[::2], "9,0,2024-01-05,1"]
    )
    assert shown(tmp_path, once).where is None
    beside = "\n".join([text, *(f"{n},8,2024-02-01,5" for n in range(20, 23))])
    assert shown(tmp_path, beside).where == "customer_id <> 0"


def test_an_order_whose_amount_stands_beside_its_first_line_is_one_order(tmp_path: Path) -> None:
    head = "Name,Email,Created at,Total,Lineitem name"
    lines = "#1001,a,2024-01-02,12.5,soap\n#1001,a,2024-01-02,,towel\n#1002,b,2024-01-03,3,soap"
    (tmp_path / "o.csv").write_text(f"{head}\n{lines}\n")
    orders = read(tmp_path, "o.csv")["orders"]
    assert [(row["order_id"], row["amount"]) for row in orders] == [("#1001", 12.5), ("#1002", 3)]


def test_amounts_that_are_missing_here_and_there_are_not_left_out_unasked(tmp_path: Path) -> None:
    text = "order,customer,date,total\n1,a,2024-01-02,12.5\n1,a,2024-01-02,\n2,b,2024-01-03,\n"
    assert shown(tmp_path, text).where is None


def test_money_that_was_given_back_is_no_flag_of_returns(tmp_path: Path) -> None:
    head = "id;Created;Amount;Amount Refunded;Customer ID"
    found = shown(tmp_path, f"{head}\nch_1;2024-01-02;19,00;0,00;a\nch_2;2024-01-03;5,00;5,00;b\n")
    assert "is_return" not in found.columns
    text = "order,customer,date,total,returned\n1,a,2024-01-02,5,no\n2,b,2024-01-03,5,yes\n"
    assert shown(tmp_path, text).columns["is_return"] == "returned"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("coupon_redemptions.csv", "coupon_redeemed"),
        ("Logins-2024.csv", "app_opened"),
        ("support_tickets.csv", "ticket_opened"),
        ("emails_opened.csv", "email_opened"),
        ("referrals.csv", "referred"),
        ("activity_export.csv", "site_visited"),
        ("reviews.csv", "site_visited"),
    ],
)
def test_a_file_of_one_kind_of_events_says_by_its_name_which(
    tmp_path: Path, name: str, kind: str
) -> None:
    """A review must have stars, and "happened" is no app."""
    text = "customer_id,happened_at,thing\na,2024-05-01,x\na,2024-05-02,y\n"
    assert shown(tmp_path, text, name).kinds == (kind,)


@pytest.mark.parametrize(
    ("rating", "stars"),
    [
        ("stars\n5\n1", [5, 1]),
        ("rating\n4.5\n0.5", [4.5, 1]),
        ("overall\n9\n2", [4.5, 1]),
        ("recommended\ntrue\nfalse", [5, 1]),
    ],
)
def test_stars_are_reviews(tmp_path: Path, rating: str, stars: list[float]) -> None:
    head, *values = rating.split("\n")
    rows = [f"u{day},2024-05-0{day},{value}" for day, value in enumerate(values, 1)]
    (tmp_path / "r.csv").write_text("\n".join([f"user,date,{head}", *rows]))
    engagement = read(tmp_path, "r.csv")["engagement"]
    assert [(row["kind"], row["value"]) for row in engagement] == [("reviewed", v) for v in stars]


def test_trust_from_minus_ten_to_ten_is_no_stars(tmp_path: Path) -> None:
    found = shown(tmp_path, "user,target,rating,time\n6,2,-4,1289241911.7\n7,3,9,1289241912.7\n")
    assert found.columns["kind"] == "'rated'"
    assert "case when rating > 0 then 5 else 1 end" in found.remarks["value"]


def test_members_who_rate_members_are_the_sources_of_ratings(tmp_path: Path) -> None:
    text = "SOURCE,TARGET,RATING,TIME\n6,2,-4,1289241911.7\n6,3,9,1289241912.7\n"
    assert shown(tmp_path, text).columns["customer_id"] == "SOURCE"


def test_the_score_of_an_inspection_is_no_number_of_pages(tmp_path: Path) -> None:
    found = shown(tmp_path, "user,date,inspection_score\n6,2024-05-01,94\n7,2024-05-02,88\n")
    assert (found.columns["kind"], found.columns["value"]) == ("'rated'", "inspection_score")


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
        assert not any(one.is_derived for _, one in agreeing(others))


def test_a_sum_given_back_does_not_make_an_order_a_return(tmp_path: Path) -> None:
    text = "customer,order,date,amount,amount_refunded\na,1,2024-05-01,30,0\na,2,2024-05-02,30,5\n"
    assert "is_return" not in shown(tmp_path, text).columns


def test_a_discount_in_shares_is_not_money(tmp_path: Path) -> None:
    text = "customer,order,date,sales,discount\na,1,2024-05-01,30,0.2\na,2,2024-05-02,30,{}\n"
    assert "discount" not in shown(tmp_path, text.format("0")).columns
    assert shown(tmp_path, text.format("6.5")).columns["discount"] == "discount"


def test_days_written_as_whole_numbers_are_read(tmp_path: Path) -> None:
    found = shown(tmp_path, "customer,date,amount\n1,20240501,3\n2,20240502,4\n")
    assert found.columns["ordered_at"] == "strptime(cast(date as varchar), '%Y%m%d')"
    assert found.columns["order_id"].startswith("concat_ws(' ', customer")
