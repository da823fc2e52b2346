"""Reading: files of every kind, queries, databases and frames give the same rows."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import LadderError, UsageError
from features.reading.sources import Relation, opened
from features.sections import Source
from features.workspace import Workspace

ROWS = [
    {"id": "007", "day": "2024-05-01 10:00:00", "paid": "12.50"},
    {"id": "8", "day": "2024-05-02", "paid": "-3"},
]
NOON = datetime(2024, 5, 1, 12)
Read = Callable[..., tuple[Relation, list[dict[str, Any]]]]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def read(workspace: Workspace, tmp_path: Path) -> Read:
    """Return a function from a source to its relation and rows."""

    def rows(frame: Any = None, **source: Any) -> tuple[Relation, list[dict[str, Any]]]:
        with opened(workspace, Source(**source), "orders", tmp_path, frame) as relation:
            return relation, workspace.rows(f"SELECT * FROM {relation.name}")

    return rows


def write_csv(path: Path, rows: list[dict[str, str]], separator: str = ",") -> None:
    lines = [separator.join(rows[0]), *(separator.join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.tsv", "\t"), ("a.txt", ";")])
def test_csv_cells_come_as_written(read: Read, tmp_path: Path, name: str, separator: str) -> None:
    write_csv(tmp_path / name, ROWS, separator)
    relation, rows = read(source=name)
    assert rows == ROWS
    assert relation.untyped


@pytest.mark.parametrize("lines", [True, False])
def test_json_is_read_as_an_array_or_as_lines(read: Read, tmp_path: Path, lines: bool) -> None:
    text = "\n".join(map(json.dumps, ROWS)) if lines else json.dumps(ROWS)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert read(source="a.json")[1] == ROWS


@pytest.mark.parametrize("lines", [True, False])
def test_half_a_character_spoils_a_cell_of_json_and_not_the_file(
    read: Read, tmp_path: Path, lines: bool
) -> None:
    ids = ["a\ud800", "\udc00b", "\U0001f600", "\\ud800", "c"]
    rows = [{"id": one} for one in ids]
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    found = [row["id"] for row in read(source="a.json")[1]]
    assert found == ["a\ufffd", "\ufffdb", "\U0001f600", "\\ud800", "c"]


def test_json_keeps_nested_values_and_numbers_beside_text(read: Read, tmp_path: Path) -> None:
    cells = [{"id": 17850.0, "who": {"age": 4}}, {"id": "x", "who": None}]
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, cells)), encoding="utf-8")
    assert read(source="a.ndjson")[1] == [
        {"id": "17850.0", "who": {"age": 4}},
        {"id": "x", "who": None},
    ]


def test_nested_json_keeps_texts_and_dates_as_they_are_written(read: Read, tmp_path: Path) -> None:
    cells = [{"at": "2024-05-01T10:00:00", "DATE": "05-01-2024", "id": "007", "n": 1}]
    cells += [{"at": "2024-05-01T10:00:00Z", "DATE": "05-01-2024", "id": 12, "n": 2}]
    text = "\n".join(json.dumps({"order": cell}) for cell in cells)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert [row["order"] for row in read(source="a.json")[1]] == [
        {**c, "id": str(c["id"])} for c in cells
    ]


@pytest.mark.parametrize("source", ["parts", "parts/*.csv", "parts/**/*.csv"])
def test_a_folder_or_a_glob_matches_columns_by_name(
    read: Read, tmp_path: Path, source: str
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.csv").write_text("id,paid\n1,2\n", encoding="utf-8")
    (tmp_path / "parts" / "b.csv").write_text("paid,id\n3,4\n", encoding="utf-8")
    (tmp_path / "parts" / "_SUCCESS").touch()
    assert read(source=source)[1] == [{"id": "1", "paid": "2"}, {"id": "4", "paid": "3"}]


def test_lines_that_do_not_split_are_counted_and_shown(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,paid\n1,2\n3,4,5\n6\n7,8\n", encoding="utf-8")
    relation, rows = read(source="a.csv")
    assert [row["id"] for row in rows] == ["1", "7"]
    assert relation.unreadable == 2
    assert relation.samples == ("a.csv line 3: too many columns", "a.csv line 4: missing columns")


def test_an_encoding_can_be_said(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,paid\nJosé,1\n".encode("latin-1"))
    assert read(source="a.csv")[0].unreadable == 1
    assert read(source="a.csv", encoding="latin-1")[1] == [{"id": "José", "paid": "1"}]


def test_a_query_over_files_sees_typed_columns(read: Read, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ROWS)
    query = "select id, paid * 2 as twice from money where day < '2024-05-02' -- May Day"
    _, rows = read(files={"money": "a.csv"}, query=query)
    assert rows == [{"id": "007", "twice": 25.0}]


def test_a_query_over_files_that_is_wrong_names_the_files(read: Read, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ROWS)
    with pytest.raises(UsageError, match="it may select from money"):
        read(files={"money": "a.csv"}, query="select nothing from money")


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


@pytest.mark.parametrize("make", [pd.DataFrame, pa.Table.from_pylist])
def test_frames_stand_in_for_an_address(read: Read, make: Callable[[Any], Any]) -> None:
    relation, rows = read(frame=make(ROWS))
    assert rows == ROWS
    assert not relation.untyped


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ([1, "x", None, "lone \ud800"], ["1", "x", None, "lone \ufffd"]),
        ([17850.0, "x", 0.5], ["17850", "x", "0.5"]),
        ([10**17 + 1, 2.0], [str(10**17 + 1), "2"]),
        ([10**30, 1], [str(10**30), "1"]),
        ([1 + 2j], ["(1+2j)"]),
        ([date(2024, 5, 1), NOON], ["2024-05-01", "2024-05-01T12:00:00"]),
        ([NOON.replace(tzinfo=UTC), NOON], ["2024-05-01T12:00:00+00:00", "2024-05-01T12:00:00"]),
        ([NOON, "2024-05-02"], ["2024-05-01T12:00:00", "2024-05-02"]),
        ([b"x", "x"], ["x", "x"]),
    ],
)
def test_a_frame_of_mixed_objects_becomes_text(
    read: Read, cells: list[Any], texts: list[str | None]
) -> None:
    mixed = pd.DataFrame({"id": pd.Series(cells, dtype=object)})
    assert [row["id"] for row in read(frame=mixed)[1]] == texts


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[1, 2]], columns=["id", "id"]),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["id", "id"]),
    ],
)
def test_columns_of_one_name_are_refused(read: Read, frame: Any) -> None:
    with pytest.raises(UsageError, match="orders has 2 columns called"):
        read(frame=frame)


def test_something_that_is_no_frame_is_refused(read: Read) -> None:
    with pytest.raises(UsageError, match="orders is a list"):
        read(frame=[1, 2])


def truncated_parquet(folder: Path) -> None:
    pq.write_table(pa.table({"id": range(100_000)}), folder / "whole.parquet")
    content = (folder / "whole.parquet").read_bytes()
    (folder / "a.parquet").write_bytes(content[: len(content) // 2])


def test_a_truncated_parquet_file_is_damaged(read: Read, tmp_path: Path) -> None:
    truncated_parquet(tmp_path)
    with pytest.raises(LadderError, match="whole and readable PARQUET") as caught:
        read(source="a.parquet")
    assert caught.value.exit_code == 1


def test_an_empty_file_is_said_to_be_empty(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(LadderError, match=r"a\.csv is empty"):
        read(source="a.csv")


def test_a_packed_file_of_nothing_is_damaged(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(LadderError, match="whole and readable CSV"):
        read(source="a.csv.gz")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"source": "gone.csv"}, "There is no file"),
        ({"source": "gone/*.csv"}, "There is no file"),
        ({"source": "sqlite:///gone.db", "query": "select 1"}, "no SQLite file"),
        ({"source": "s3://bucket/a.csv"}, "Copy the file here"),
        ({"source": "https://shop/a.csv", "query": "select 1"}, "Copy the file here"),
        ({"source": "sqlite:///shop.db"}, "needs a `query`"),
        ({"source": "a.csv", "query": "select 1"}, "must name them"),
        ({"source": "unheard://of", "query": "select 1"}, "kind that SQLAlchemy knows"),
        ({"source": "mssql+unheard://of", "query": "select 1"}, "kind that SQLAlchemy knows"),
        ({"source": "a.xlsx"}, "files of one kind"),
        ({}, "say where its rows are"),
    ],
)
def test_an_address_that_leads_nowhere_is_wrong_use(
    read: Read, tmp_path: Path, source: dict[str, str], words: str
) -> None:
    (tmp_path / "a.xlsx").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        read(**source)


def test_nothing_is_left_behind_and_nothing_is_fetched() -> None:
    with Workspace() as workspace:
        (spill,) = workspace.rows("SELECT current_setting('temp_directory') AS path")
        folder = Path(spill["path"]).parent
        assert folder.is_dir()
        with pytest.raises(duckdb.Error, match="configuration has been locked"):
            workspace.run("SET autoinstall_known_extensions = true")
        with pytest.raises(duckdb.Error, match="httpfs"):
            workspace.rows("SELECT * FROM 'https://shop.invalid/a.parquet'")
    assert not folder.exists()


def test_a_memory_limit_that_is_no_size_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="4GB"):
        Workspace("plenty")
