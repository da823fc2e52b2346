"""Histories: what is seen, who is left out, and what `ladder check` would say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import history as histories
from features.block import Block
from features.budget import Budget
from features.clock import midnight
from features.config import Config
from features.engine import compute
from features.history import open_history
from features.standard import standard_columns
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


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
def test_blocks_hold_whole_customers_in_the_order_of_their_bytes(size: int) -> None:
    names = ["b", "a", "Z", "é", "\U0001f600", "\uffff", "it's"]
    rows = [{**row, "customer_id": name} for name in names for row in orders(1, 2)]
    shop = {"churn": {"activity": "app_opened"}, "shop": {"currency": "JPY"}}
    events = engagement(("a", 1, "app_opened", None), ("only events", 0, "nps", 3))
    with history(settings=shop, orders=rows, engagement=events) as opened:
        blocks = list(opened.blocks(size))
        assert all(isinstance(block, Block) and len(block) <= size for block in blocks)
        found = [name for block in blocks for name in block.ids.to_pylist()]
    assert found == sorted([*names, "only events"], key=str.encode)


def test_a_till_among_customers_is_worked_on_alone_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [*orders(9, 2), *(row for row in orders(5, 30) if row["customer_id"] == "c4")]
    with history(orders=rows) as roomy:
        columns = standard_columns(roomy.config, roomy.span, roomy.kinds, roomy.fields)
        (whole,) = (compute(block, [roomy.until], columns) for block in roomy.blocks())
        assert not any("--memory" in note for note in roomy.report.notes)
    monkeypatch.setattr(Budget, "block", lambda *_: 7)
    with history(orders=rows) as narrow:
        parts = [*narrow.blocks()]
        assert [len(part) for part in parts] == [3, 1, 1, 3, 1]
        made = pa.concat_tables([compute(part, [narrow.until], columns) for part in parts])
        (said,) = (note for note in narrow.report.notes if "--memory" in note)
    assert said.startswith("one customer has 32 rows")
    for name in made.column_names[2:]:
        assert made[name].to_numpy().tobytes() == whole[name].to_numpy().tobytes(), name


def test_people_who_object_are_nowhere() -> None:
    people: list[dict[str, Any]] = [
        {"customer_id": "c0", "profiling_allowed": True, "marketing_allowed": False},
        {"customer_id": "c1", "profiling_allowed": False, "marketing_allowed": True},
        {"customer_id": "c2", "profiling_allowed": True, "marketing_allowed": True},
        {"customer_id": "c2", "profiling_allowed": False, "marketing_allowed": True},
        {"customer_id": "c3", "profiling_allowed": None, "marketing_allowed": None},
    ]
    for person in people:
        person["referred_by"] = "c1"
    contacts = [
        {"customer_id": f"c{n}", "campaign": "x", "contacted_at": day(2), "arm": "control"}
        for n in range(4)
    ]
    events = engagement(*((f"c{n}", n, "nps", 5.0) for n in range(4)))
    with history(
        orders=orders(4), engagement=events, customers=people, contacts=contacts
    ) as opened:
        assert (opened.customers, opened.report.objecting) == (2, 2)
        for name in TABLES:
            assert ids(opened.table(name)) == {"c0", "c3"}
        assert opened.table("customers")["marketing_allowed"].to_pylist() == [False, True]
        assert opened.table("customers")["referred_by"].null_count == 2
        assert any("1 more row than people" in note for note in opened.report.notes)
        assert any("1 customer is said to have referred" in note for note in opened.report.notes)
        assert "2 people object" in str(opened.report)


def test_somebody_who_signed_up_later_is_not_known_yet() -> None:
    people = [
        {"customer_id": "new", "signed_up_at": day(15)},
        {"customer_id": "c0", "signed_up_at": day(15)},
        {"customer_id": "old", "signed_up_at": day(1)},
    ]
    with history(START + timedelta(days=10), orders=orders(), customers=people) as opened:
        table = opened.table("customers")
        assert ids(table) == {"c0", "old"}
        assert table["signed_up_at"].null_count == 1
        assert opened.customers == 4


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


def test_a_source_wins_over_the_shop_in_limits_and_duplicates(tmp_path: Path) -> None:
    rows = [*orders(), *orders()[:3], {**orders()[0], "amount": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    source = {"source": "a.parquet", "duplicates": "drop", "max_bad_share": 0.5}
    settings_ = {"max_bad_share": 0.0, "orders": [source, {**source, "duplicates": "keep"}]}
    with open_history(Config.from_dict(settings_, tmp_path)) as opened:
        assert opened.table("orders").num_rows == 60 + 63
        assert [s.dropped for s in opened.report.tables[0].sources] == [True, False]


def test_kinds_and_spans_are_those_of_the_rows() -> None:
    events = engagement(("c0", 0, "nps", 9), ("c1", 4, "nps", 1), ("c1", 2, "email_open", None))
    with history(engagement=events) as opened:
        assert opened.kinds["nps"] == (
            midnight(START, "UTC"),
            midnight(START + timedelta(4), "UTC"),
            2,
        )
        assert any("is it email_opened?" in note for note in opened.report.notes)
        assert set(opened.span) == {"engagement"}


def test_e_mails_as_ids_are_warned_of() -> None:
    rows = [{**row, "customer_id": row["customer_id"] + "@shop.example"} for row in orders()]
    with history(orders=rows) as opened:
        assert (
            "3 customer ids in orders hold an @: an e-mail is not a good id." in opened.report.notes
        )


def test_orders_that_hardly_ever_count_are_pointed_at() -> None:
    rows = [{**row, "amount": float(n % 3 == 0)} for n, row in enumerate(orders())]
    with history(orders=rows) as opened:
        assert any("only 20 of 60 rows of orders count" in note for note in opened.report.notes)
    with history(orders=orders()) as opened:
        assert not any("count as purchases" in note for note in opened.report.notes)


def test_ids_that_may_stand_for_nobody_are_named() -> None:
    rows = [row | {"customer_id": "#NV"} if n < 2 else row for n, row in enumerate(orders())]
    events = engagement(("Guest", 0, "nps", 9), ("guesthouse", 4, "nps", 1))
    with history(orders=rows, engagement=events) as opened:
        told = [note for note in opened.report.notes if "stands for nobody" in note]
    assert [note.partition(":")[0] for note in told] == [
        "2 rows are of the customer '#NV'",
        "1 row is of the customer 'Guest'",
    ]


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
        assert opened.fields == {"orders.category", "engagement.value"}
    returned = [*rows, {**rows[1], "amount": -10.0}]
    with history(orders=returned, customers=[{"customer_id": "c0", "acquired_by": "x"}]) as opened:
        assert {"orders.is_return", "customers.acquired_by"} <= opened.fields


def test_rows_are_sorted_where_there_are_many_and_found_where_there_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = orders(7, 9)
    rows = [rows[place] for place in np.random.default_rng(4).permutation(len(rows))]
    with history(orders=rows) as few:
        assert not few.ordered
        found = [block.rows("orders") for block in few.blocks(3)]
        whole = few.table("orders")
    monkeypatch.setattr(histories, "_FEW_BLOCKS", 0)
    with history(orders=rows) as many:
        assert many.ordered
        assert [block.rows("orders") for block in many.blocks(3)] == found
        assert many.table("orders") == whole
    assert pa.concat_tables(found) == whole
    assert whole == whole.sort_by([("customer_id", "ascending"), ("ordered_at", "ascending")])
