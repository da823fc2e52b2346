"""Histories: what is seen, who is left out, and what `ladder check` would say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.clock import midnight
from features.config import Config
from features.errors import UsageError
from features.history import open_history
from features.tables import TABLES
from tests.features.daily import START, day, engagement, history, orders


def ids(table: pa.Table) -> set[str]:
    return set(table["customer_id"].to_pylist())


def test_tables_are_canonical_whatever_is_missing() -> None:
    with history(orders=orders()) as opened:
        for name, table in TABLES.items():
            assert opened.table(name).schema == table.schema
        assert opened.table("orders").num_rows == 60
        assert opened.customers == 3
        assert opened.report.tables[0].read == 60


def test_the_end_is_the_midnight_after_the_newest_full_day() -> None:
    rows = [row for n in range(40) for row in orders(days=20)]  # 120 rows a day
    rows += [{**orders()[0], "ordered_at": day(19)}, {**orders()[0], "ordered_at": day(300)}]
    with history(orders=rows) as opened:
        assert opened.until == midnight(START + timedelta(days=20), "UTC")
        (problem,) = opened.report.tables[0].sources[0].problems
        assert (problem.reason, problem.rows) == ("ordered_at is after the newest full day", 1)
        assert problem.samples == ("2024-10-27 00:00:00+00",)
        assert opened.table("orders").num_rows == 2401


def test_a_history_ends_before_tomorrow_at_the_latest() -> None:
    """A model that says it knows the rows until then would be newer than all that follow."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    with history(until=tomorrow, orders=orders()) as opened:
        assert opened.until == midnight(tomorrow, "UTC")
    with pytest.raises(UsageError, match="tomorrow or earlier"):
        history(until=tomorrow + timedelta(days=2), orders=orders())


@pytest.mark.parametrize("timezone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("until", [date.min, date(1970, 1, 1)])
def test_a_history_ends_no_earlier_than_rows_are_dated(until: date, timezone: str) -> None:
    with pytest.raises(UsageError, match=f"1970-01-02 or later.\n{until} was asked for"):
        history(until, {"shop": {"timezone": timezone}}, orders=orders())


def test_the_end_is_that_of_the_table_that_reaches_furthest() -> None:
    with history(orders=orders(), engagement=engagement(("c0", 30, "nps", 9))) as opened:
        assert opened.until == midnight(START + timedelta(days=31), "UTC")
        assert opened.span["orders"].last_end == midnight(START + timedelta(days=20), "UTC")
        assert opened.span["engagement"] == (
            midnight(START + timedelta(days=30), "UTC"),
            opened.until,
        )


@settings(max_examples=8)
@given(st.integers(1, 25))
def test_what_comes_later_changes_nothing(number: int) -> None:
    rows, until = orders(), START + timedelta(days=number)
    events = [("c0", 3, "nps", 9.0), ("c1", number, "shared", None), ("c2", number - 1, "nps", 4.0)]
    earlier = [row for row in rows if row["ordered_at"] < str(until)]
    with (
        history(until, orders=rows, engagement=engagement(*events)) as whole,
        history(
            until, orders=earlier, engagement=engagement(*(e for e in events if e[1] < number))
        ) as cut,
    ):
        assert whole.fingerprint == cut.fingerprint
        assert (whole.span, whole.kinds, whole.until) == (cut.span, cut.kinds, cut.until)
        assert "shared" not in whole.kinds


def test_a_row_at_the_end_is_not_seen_and_one_just_before_is() -> None:
    end = datetime(2024, 6, 30, 23, tzinfo=UTC)  # midnight of 1 July in London
    times = [end, end - timedelta(microseconds=1)]
    rows = [{**orders()[n], "ordered_at": at.isoformat()} for n, at in enumerate(times)]
    rows += orders(2, 3)
    shop = {"shop": {"timezone": "Europe/London"}}
    with history(date(2024, 7, 1), shop, orders=rows) as opened:
        seen = opened.table("orders")["ordered_at"].to_pylist()
        assert (times[0] in seen, times[1] in seen) == (False, True)


def test_the_fingerprint_knows_rows_but_not_their_order() -> None:
    rows = orders()
    prints = []
    for variant in (
        rows,
        rows[::-1],
        rows[:-1],
        [*rows, rows[0]],
        [{**rows[0], "amount": 9.0}, *rows[1:]],
    ):
        with history(orders=variant) as opened:
            prints.append(opened.fingerprint)
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def test_people_who_object_are_nowhere() -> None:
    people: list[dict[str, Any]] = [
        {"customer_id": "c0", "profiling_allowed": True, "marketing_allowed": False},
        {"customer_id": "c1", "profiling_allowed": False, "marketing_allowed": True},
        {"customer_id": "c2", "profiling_allowed": True, "marketing_allowed": True},
        {"customer_id": "c2", "profiling_allowed": False, "marketing_allowed": True},
        {"customer_id": "c3", "profiling_allowed": None, "marketing_allowed": None},
        {"customer_id": "c4", "profiling_allowed": True, "marketing_allowed": True},
        {"customer_id": "c4", "profiling_allowed": True, "marketing_allowed": False},
    ]
    for person in people:
        person["referred_by"] = "c1"
    contacts = [
        {"customer_id": f"c{n}", "campaign": "x", "contacted_at": day(2), "arm": "control"}
        for n in range(5)
    ]
    events = engagement(*((f"c{n}", n, "nps", 5.0) for n in range(5)))
    with history(
        orders=orders(5), engagement=events, customers=people, contacts=contacts
    ) as opened:
        assert (opened.customers, opened.report.objecting) == (3, 2)
        for name in TABLES:
            assert ids(opened.table(name)) == {"c0", "c3", "c4"}
        assert opened.table("customers")["marketing_allowed"].to_pylist() == [False, True, False]
        assert opened.table("customers")["referred_by"].null_count == 3
        assert any("2 more rows than people" in note for note in opened.report.notes)
        assert any("1 customer is said to have referred" in note for note in opened.report.notes)
        assert "2 people object" in str(opened.report)


def test_somebody_who_signed_up_later_is_not_known_yet() -> None:
    people = [
        {"customer_id": "new", "signed_up_at": day(15)},
        {"customer_id": "at the end", "signed_up_at": day(10)},
        {"customer_id": "c0", "signed_up_at": day(15)},
        {"customer_id": "old", "signed_up_at": day(1)},
    ]
    with history(START + timedelta(days=10), orders=orders(), customers=people) as opened:
        table = opened.table("customers")
        assert ids(table) == {"c0", "old"}
        assert table["signed_up_at"].null_count == 1
        assert opened.customers == 4


def test_kinds_and_spans_are_those_of_the_rows() -> None:
    events = engagement(("c0", 0, "nps", 9), ("c1", 4, "nps", 1), ("c1", 2, "email_open", None))
    with history(engagement=events) as opened:
        assert opened.kinds["nps"] == (
            midnight(START, "UTC"),
            midnight(START + timedelta(4), "UTC"),
            2,
            True,
        )
        assert not opened.kinds["email_open"].valued
        assert any("is it email_opened?" in note for note in opened.report.notes)
        assert set(opened.span) == {"engagement"}


def in_sqlite(folder: Path, rows: list[dict[str, Any]]) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.execute("create table o (customer_id, order_id, ordered_at, amount)")
        connection.executemany(
            "insert into o values (:customer_id, :order_id, :ordered_at, :amount)", rows
        )
        connection.commit()
    return {"source": "sqlite:///shop.db", "query": "select * from o"}


def in_files(folder: Path, rows: list[dict[str, Any]]) -> dict[str, str]:
    pq.write_table(pa.Table.from_pylist(rows), folder / "orders.parquet")
    return {"source": "orders.parquet"}


@pytest.mark.parametrize("store", [in_sqlite, in_files])
def test_every_source_gives_the_same_history(
    tmp_path: Path, store: Callable[[Path, list[dict[str, Any]]], dict[str, str]]
) -> None:
    config = Config.from_dict({"orders": store(tmp_path, orders())}, tmp_path)
    with history(orders=orders()) as expected, open_history(config) as opened:
        assert opened.fingerprint == expected.fingerprint


def test_postgresql_gives_the_same_history(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "create table o (customer_id text, order_id text, ordered_at date, amount numeric)"
        )
        insert = "insert into o values (%(customer_id)s, %(order_id)s, %(ordered_at)s, %(amount)s)"
        connection.cursor().executemany(insert, orders())
    monkeypatch.setenv("SHOP_URL", postgres_url)
    source = {"source": "${SHOP_URL}", "query": "select * from o"}
    config = Config.from_dict({"orders": source})
    with history(orders=orders()) as expected, open_history(config) as opened:
        assert opened.fingerprint == expected.fingerprint


def test_fields_are_the_optional_columns_that_hold_something() -> None:
    rows = [{**row, "category": "tea", "quantity": None} for row in orders()]
    rows[0] |= {"category": None, "quantity": None}
    with history(orders=rows, engagement=engagement(("c0", 3, "nps", 9))) as opened:
        assert opened.fields == {"orders.category", "engagement.value", "engagement.value:nps"}
    returned = [*rows, {**rows[1], "amount": -10.0}]
    with history(orders=returned, customers=[{"customer_id": "c0", "acquired_by": "x"}]) as opened:
        assert {"orders.is_return", "customers.acquired_by"} <= opened.fields


def test_orders_that_came_while_others_were_read_are_not_in_the_future(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "shop.db").close()
    query = (
        "SELECT 'c' || n AS customer_id, n AS order_id, 1 AS amount, "
        "strftime('%Y-%m-%d %H:%M:%f', 'now') AS ordered_at FROM (SELECT 1 AS n UNION SELECT 2)"
    )
    source = {"source": "sqlite:///shop.db", "query": query}
    with open_history(Config.from_dict({"orders": source}, tmp_path)) as history:
        assert history.report.tables[0].bad == 0
