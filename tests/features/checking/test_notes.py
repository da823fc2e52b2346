"""What a shop should know of its rows besides: what was kept, and what looks wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import Config
from features.history import open_history
from tests.features.daily import day, engagement, history, orders


def test_of_an_ordinary_history_nothing_is_noted() -> None:
    events = engagement(*((f"c{n}", n, "seen", None) for n in range(9)), ("c1", 2, "nps", 9))
    with history(
        settings={"shop": {"margin": 0.4}}, orders=orders(30), engagement=events
    ) as opened:
        assert opened.report.notes == ()
        assert opened.fields == {"engagement.value", "engagement.value:nps"}, "seen has no values"


def test_duplicates_are_kept_and_said_or_dropped() -> None:
    rows = [*orders(), *orders()[:3]]
    with (
        history(orders=rows) as kept,
        history(settings={"duplicates": "drop"}, orders=rows) as dropped,
    ):
        assert kept.table("orders").num_rows == 63
        assert "3 exact duplicate lines, kept" in str(kept.report)
        assert dropped.table("orders").num_rows == 60
        assert "3 exact duplicate lines, dropped" in str(dropped.report)
        spanning = "orders: 60 rows used of 63 read, 2024-01-01 to 2024-01-20."
        assert spanning in str(dropped.report)


def test_a_source_wins_over_the_shop_in_limits_and_duplicates(tmp_path: Path) -> None:
    rows = [*orders(), *orders()[:3], {**orders()[0], "amount": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    source = {"source": "a.parquet", "duplicates": "drop", "max_bad_share": 0.5}
    settings_ = {"max_bad_share": 0.0, "orders": [source, {**source, "duplicates": "keep"}]}
    with open_history(Config.from_dict(settings_, tmp_path)) as opened:
        assert opened.table("orders").num_rows == 60 + 63
        assert [s.dropped for s in opened.report.tables[0].sources] == [True, False]


def test_e_mails_as_ids_are_warned_of() -> None:
    rows = [{**row, "customer_id": row["customer_id"] + "@shop.example"} for row in orders()]
    with history(orders=rows) as opened:
        assert (
            "3 customer ids in orders hold an @: an e-mail is not a good id." in opened.report.notes
        )


def test_order_numbers_that_are_used_again_are_pointed_at() -> None:
    """A till that counts from 1 every morning makes one order of two that are months apart."""
    rows = [
        {**row, "order_id": str(number % 7), "ordered_at": day(number * 20)}
        for number, row in enumerate(orders(customers=1, days=30))
    ]
    others = [{**row, "customer_id": "d", "order_id": f"d{n}"} for n, row in enumerate(rows)]
    with history(orders=[*rows, *others]) as opened:
        assert "19% of orders have purchases more than 30 days apart" in str(opened.report)
    returned = [{**others[0], "ordered_at": day(590), "amount": -10.0}]
    with history(orders=[*others, *orders(), *returned]) as opened:
        assert "days apart" not in str(opened.report)


def test_orders_that_hardly_ever_count_are_pointed_at() -> None:
    rows = [{**row, "amount": float(n % 3 == 0)} for n, row in enumerate(orders())]
    with history(orders=rows) as opened:
        assert any("only 20 of 60 rows of orders count" in note for note in opened.report.notes)
    with history(orders=orders()) as opened:
        assert not any("count as purchases" in note for note in opened.report.notes)


@pytest.mark.parametrize(("idle", "told"), [(0, 0), (1, 0), (12, 1), (20, 0)])
def test_rows_of_the_activity_that_may_say_there_was_none_are_pointed_at(
    idle: int, told: int
) -> None:
    """A panel lists everybody every month, also those who did nothing; if all are 0 it is none."""
    rows = engagement(*(("ab"[n % 2], n, "played", float(n >= idle)) for n in range(20)))
    with history(settings={"churn": {"activity": "played"}}, engagement=rows) as opened:
        notes = [note for note in opened.report.notes if "have the value 0" in note]
    assert len(notes) == told
    if told:
        assert notes[0].startswith("12 of 20 rows of kind played, which keep customers active")
        assert 'where = "value <> 0" under [[engagement]]' in notes[0]


def test_ids_that_may_stand_for_nobody_are_named() -> None:
    rows = [row | {"customer_id": "NaN"} if n < 2 else row for n, row in enumerate(orders())]
    events = engagement(("Guest", 0, "nps", 9), ("guesthouse", 4, "nps", 1))
    with history(orders=rows, engagement=events) as opened:
        told = [note for note in opened.report.notes if "stands for nobody" in note]
    assert [note.partition(":")[0] for note in told] == [
        "1 row is of the customer 'Guest'",
        "2 rows are of the customer 'NaN'",
    ]


def test_ids_that_may_stand_for_nothing_are_named() -> None:
    rows = [row | {"order_id": "NULL"} if n < 2 else row for n, row in enumerate(orders())]
    people = [{"customer_id": "c0", "referred_by": "n/a"}, {"customer_id": "c1"}]
    with history(orders=rows, customers=people) as opened:
        told = [note for note in opened.report.notes if "stands for nothing" in note]
    assert [note.partition(":")[0] for note in told] == [
        "2 rows have the order_id 'NULL'",
        "1 row has the referred_by 'n/a'",
    ]
    assert "nullif(..., 'NULL')" in told[0]


def test_people_of_whom_nothing_says_since_when_they_are_customers_are_counted() -> None:
    """Their row alone makes nobody a customer: they were missing from the scores without a word."""
    dated, known = {"signed_up_at": day(1)}, [{"customer_id": f"c{n}"} for n in range(3)]
    people = [{"customer_id": "d"} | dated, *known, *({"customer_id": each} for each in "ab")]
    events = engagement(("b", 4, "nps", 9))
    with history(orders=orders(), engagement=events, customers=people) as opened:
        told = [note for note in opened.report.notes if "signed_up_at" in note]
    assert told == [
        "1 person in customers has no signed_up_at and did nothing before 2024-01-21: not scored. "
        "Map signed_up_at, if the shop knows when they came."
    ]
    with history(orders=orders(), customers=known) as opened:
        assert not [note for note in opened.report.notes if "signed_up_at" in note]


def test_switches_of_plan_that_count_as_having_left_are_pointed_at() -> None:
    """Whoever cancels on the day of their first subscription has left, and switched nothing."""
    switched = [("a", 0, "subscribed", None), ("a", 9, "cancelled", None)]
    left = [("b", 3, "subscribed", None), ("b", 3, "cancelled", None)]
    back = [("c", 0, "cancelled", None), ("c", 0, "subscribed", None), ("c", 5, "cancelled", None)]
    rows = engagement(*switched, ("a", 9, "subscribed", None), *left, *back)
    told = []
    for churn in ({"event": "cancelled", "activity": "subscribed"}, {"activity": "subscribed"}):
        with history(settings={"churn": churn}, engagement=rows) as opened:
            told += [note for note in opened.report.notes if "plan" in note]
    assert told == [
        "1 subscriber has cancelled at the instant of a new subscription, and so left: if they "
        "only switched their plan, leave such rows out with `where`."
    ]


@pytest.mark.parametrize("zeros", ["", "00"])
def test_tables_whose_ids_are_written_otherwise_are_pointed_at(zeros: str) -> None:
    people = [{"customer_id": f"{zeros}c{n}"} for n in range(20)]
    with history(orders=orders(20, 5), customers=people) as opened:
        told = [note for note in opened.report.notes if "leading zeros" in note]
    assert told == (
        [
            "none of 20 customers in customers is in orders: are ids written alike in both, with "
            "their leading zeros?"
        ]
        if zeros
        else []
    )


def test_files_of_a_folder_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "may").mkdir()
    for name in ("a.csv.zip", "b.xlsx", ".c.zip", "readme.md"):
        (tmp_path / "may" / name).touch()
    pd.DataFrame(orders()).to_csv(tmp_path / "may" / "d.csv", index=False)
    with open_history(Config.from_dict({"orders": {"source": "may"}}, tmp_path)) as opened:
        (told,) = [note for note in opened.report.notes if "cannot be read" in note]
    assert told == "2 files in may cannot be read: a.csv.zip, b.xlsx."


def test_orders_whose_lines_are_read_beside_them_are_pointed_at(tmp_path: Path) -> None:
    head = "customer_id,order_id,ordered_at,amount\n"
    orders = [f"c{n % 9},{n},2024-05-{n:02d},30\n" for n in range(1, 29)]
    lines = [row.replace(",30\n", f",{part}\n") for row in orders for part in (10, 20)]
    for name, rows in (("a", orders), ("b", lines), ("c", orders)):
        (tmp_path / f"{name}.csv").write_text(head + "".join(rows))
    for beside, told in (("b", ["28 orders are in several sources"]), ("c", [])):
        sources = [{"source": str(tmp_path / f"{name}.csv")} for name in ("a", beside)]
        with open_history(Config.from_dict({"orders": sources})) as opened:
            notes = [one for one in opened.report.notes if "counts again" in one]
        assert [note.partition(" with ")[0] for note in notes] == told


@pytest.mark.parametrize("overlap", [0, 30])
def test_rows_that_several_sources_hold_are_pointed_at(tmp_path: Path, overlap: int) -> None:
    rows = pd.DataFrame(orders())
    rows[:30].to_csv(tmp_path / "a.csv", index=False)
    rows[30 - overlap :].to_csv(tmp_path / "b.csv", index=False)
    sources = [{"source": "a.csv"}, {"source": "b.csv"}]
    with open_history(Config.from_dict({"orders": sources}, tmp_path)) as opened:
        told = [note for note in opened.report.notes if "several sources" in note]
    assert [note.partition(":")[0] for note in told] == (
        ["30 rows of orders are in several sources"] if overlap else []
    )


@pytest.mark.parametrize(("days", "told"), [(400, 1), (20, 0)])
def test_a_row_long_after_all_others_is_pointed_at(days: int, told: int) -> None:
    late = orders()[0] | {"ordered_at": day(40 + days)}
    with history(orders=[*orders(6, 40), late]) as opened:
        found = [note for note in opened.report.notes if "seems to have left" in note]
    assert len(found) == told
    assert not told or found[0].startswith("only 1 row came after 2024-02-09, from 2025-03-16 on")


def test_the_newest_month_of_a_shop_recorded_by_month_is_no_stray() -> None:
    """It is one of a hundred and twenty, and as far from the last as that from its own."""
    rows = [row | {"ordered_at": day(31 * n - 3_720)} for n in range(120) for row in orders(20, 1)]
    with history(orders=rows) as opened:
        assert not [note for note in opened.report.notes if "seems to have left" in note]


@pytest.mark.parametrize(("rows", "told"), [(20, 1), (3, 0)])
def test_a_customer_who_may_be_a_till_is_pointed_at(rows: int, told: int) -> None:
    till = [orders()[0] | {"customer_id": "walk-in", "order_id": f"w{n}"} for n in range(rows)]
    with history(orders=[*orders(30, 2), *till]) as opened:
        found = [note for note in opened.report.notes if "walk-in" in note]
    assert len(found) == told
    assert not told or found[0].startswith(
        "customer 'walk-in' has 20 of 80 rows of orders (25%), 10 times as many as the next"
    )


@pytest.mark.parametrize(("days", "told"), [(200, 1), (20, 0)])
def test_a_long_pause_between_many_rows_is_pointed_at(days: int, told: int) -> None:
    """Whoever was there before it is taken to have left, and a training learns from that."""
    shut = range(40, 40 + days)
    rows = [row for row in orders(6, 80 + days) if row["ordered_at"] not in {*map(day, shut)}]
    with history(orders=rows) as opened:
        found = [note for note in opened.report.notes if "no row between" in note]
    assert len(found) == told
    assert not told or found[0].startswith("orders have no row between 2024-02-09 and 2024-08-28,")


@pytest.mark.parametrize(
    ("churn", "told"),
    [({}, 1), ({"horizon_days": 365}, 0), ({"event": "cancelled"}, 0)],
)
def test_a_horizon_that_fits_into_the_time_when_a_shop_is_shut_every_year_is_pointed_at(
    churn: dict[str, Any], told: int
) -> None:
    """After its last day of a season everybody seems to leave."""
    rows = [row for row in orders(3, 800) if row["ordered_at"][5:] < "03-15"]
    with history(settings={"churn": churn}, orders=rows) as opened:
        found = [note for note in opened.report.notes if "every year" in note]
    assert len(found) == told
    assert not told or (
        "from 2024-03-15 to 2024-12-31" in found[0] and "horizon_days to 365" in found[0]
    )


def test_years_of_long_ago_that_were_recorded_by_year_are_no_season() -> None:
    early = [row | {"ordered_at": day(366 * n - 3_000)} for n in range(4) for row in orders(20, 1)]
    late = [row | {"ordered_at": day(9 * n - 1_500)} for n in range(120) for row in orders(20, 1)]
    with history(orders=[*early, *late]) as opened:
        assert not [note for note in opened.report.notes if "every year" in note]


def test_a_yearly_day_that_falls_some_days_later_every_year_is_no_season() -> None:
    """No horizon would hold one such day and never two."""
    rows = [row | {"ordered_at": day(370 * n)} for n in range(3) for row in orders(20, 1)]
    churn = {"horizon_days": 365, "active_days": 730}
    with history(settings={"churn": churn}, orders=rows) as opened:
        assert not [note for note in opened.report.notes if "every year" in note]


@pytest.mark.parametrize(("orders_each", "told"), [(1, 1), (2, 0)])
def test_customers_who_are_another_one_for_every_order_are_pointed_at(
    orders_each: int, told: int
) -> None:
    with history(orders=orders(30, orders_each)) as opened:
        found = [note for note in opened.report.notes if "nobody seems to" in note]
    assert len(found) == told
    assert not told or found[0].startswith("each of 30 customers has one row in orders,")


@pytest.mark.parametrize(("gone", "told"), [(0, 1), (1, 0)])
def test_a_panel_that_nobody_leaves_is_pointed_at(gone: int, told: int) -> None:
    """Somebody may come later; whoever is missing at the end has left."""
    who = [(f"c{n}", month * 30) for n in range(25) for month in range(n % 4, 6)]
    rows = engagement(*((c, n, "seen", None) for c, n in who[: len(who) - gone]))
    with history(settings={"churn": {"activity": "seen"}}, engagement=rows) as opened:
        found = [note for note in opened.report.notes if "nobody seems to have left" in note]
    assert len(found) == told
    assert not told or found[0].startswith("each of 25 customers has a row of kind seen on the")


@pytest.mark.parametrize(("copies", "told"), [(60, 1), (10, 0)])
def test_a_day_on_which_a_migration_dated_everything_is_pointed_at(copies: int, told: int) -> None:
    moved = [row | {"order_id": f"old {n}"} for n in range(copies) for row in orders(2, 1)]
    with history(orders=[*orders(2, 80), *moved]) as opened:
        found = [note for note in opened.report.notes if "a usual day" in note]
    assert len(found) == told
    assert not told or found[0].startswith("122 rows of orders (44%) are dated 2024-01-01, 61 ")


def test_a_shop_that_bills_every_other_month_does_not_pause() -> None:
    rows = [row | {"ordered_at": day(60 * n)} for n in range(8) for row in orders(20, 1)]
    with history(orders=rows) as opened:
        assert not [note for note in opened.report.notes if "no row between" in note]


@pytest.mark.parametrize(
    ("activity", "active_days", "told"),
    [("subscribed", 30, 1), ("subscribed", 3650, 0), ("app_opened", 30, 0)],
)
def test_subscribers_who_come_to_count_as_lapsed_are_pointed_at(
    activity: str, active_days: int, told: int
) -> None:
    """Nothing else may be heard of somebody who pays month after month."""
    rows = [("a", 0, "subscribed", None), ("b", 60, "subscribed", None)]
    opens = [("a", 1, "app_opened", None), ("b", 80, "cancelled", None)]
    churn = {"activity": activity, "event": "cancelled", "active_days": active_days}
    with history(settings={"churn": churn}, engagement=engagement(*rows, *opens)) as opened:
        found = [note for note in opened.report.notes if "counts as lapsed" in note]
    assert len(found) == told
    assert not told or found[0].startswith("whoever subscribed more than 30 days ago")
