"""Queries on databases: rows keep their types, and errors no part of an address."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from features.errors import LadderError
from tests.features.reading.rows import ROWS, Read


def sqlite_shop(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table o (id text, day datetime, paid numeric)")
        connection.executemany("insert into o values (:id, :day, :paid)", ROWS)
        connection.commit()


@pytest.mark.parametrize("dialect", ["sqlite", "sqlite+pysqlite"])
def test_a_query_on_sqlite_runs_as_written(read: Read, tmp_path: Path, dialect: str) -> None:
    sqlite_shop(tmp_path / "shop.db")
    address = f"{dialect}:///{tmp_path / 'shop.db'}" if "+" in dialect else "sqlite:///shop.db"
    query = "select id, paid from o where id <> ':id' -- a comment\n;"
    _, rows = read(source=address, query=query)
    assert [(row["id"], float(row["paid"])) for row in rows] == [("007", 12.5), ("8", -3.0)]


@pytest.mark.parametrize("many", [5, 3_000])
@pytest.mark.parametrize(
    ("first", "then"),
    [(7, "x"), (1234567.125, "n/a"), (None, 2.5), (7, 2.5), (2.5, "x"), ("x", 1234567.125)],
)
def test_sqlite_may_hold_values_of_several_types_in_a_column(
    read: Read, tmp_path: Path, first: object, then: object, many: int
) -> None:
    values = [first] * many + [then]
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("create table o (paid)")
        connection.executemany("insert into o values (?)", [(value,) for value in values])
        connection.commit()
    _, rows = read(source="sqlite:///shop.db", query="select * from o")
    said = [row["paid"] for row in rows]
    assert (said[0], said[-1]) == (first, then) or (said[0], said[-1]) == (
        None if first is None else str(first),
        str(then),
    )


def test_a_query_on_postgresql_keeps_types(
    read: Read, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "create table o (id uuid, code text, paid numeric(10, 2), at timestamptz, day date)"
        )
        connection.execute(
            "insert into o values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '007', 12.5, "
            "'2024-05-01 10:00+02', '2024-05-01')"
        )
    monkeypatch.setenv("SHOP_URL", postgres_url)
    query = "select * from o where code <> ':code' -- as written"
    relation, rows = read(source="${SHOP_URL}", query=query)
    assert relation.columns["at"] == "TIMESTAMP WITH TIME ZONE"
    assert (rows[0]["code"], rows[0]["paid"]) == ("007", "12.50")
    assert str(rows[0]["id"]) == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    assert postgres_url.split("@")[1].split("/")[0] not in relation.label


def test_postgresql_money_is_refused_because_its_decimals_are_lost(
    read: Read, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", postgres_url)
    with pytest.raises(LadderError, match="::numeric"):
        read(source="${SHOP_URL}", query="select 3.5::money as paid")


def test_a_database_error_shows_no_part_of_the_address(
    read: Read, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", postgres_url)
    password = postgres_url.split(":")[2].split("@")[0]
    for address, query in [("${SHOP_URL}", "select nope"), ("${SHOP_URL}_gone", "select 1")]:
        with pytest.raises(LadderError) as caught:
            read(source=address, query=query)
        assert password not in str(caught.value)
        assert "127.0.0.1" not in str(caught.value)
