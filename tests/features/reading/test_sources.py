"""Reading: files of every kind, queries, databases and frames give the same rows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import LadderError, UsageError
from features.resources.workspace import Workspace
from tests.features.reading.rows import ROWS, Read


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "must have rows.\na.json has none"),
        (" [ ]\n", "must have rows.\na.json has none"),
        ("null", "objects.*\n1 row of a.json is none, such as null"),
        ("[1, 2]", "objects.*\n2 rows of a.json are none, such as 1"),
        ("[[3], {}]", r"objects.*\n2 rows of a.json are none, such as \[3\]"),
        ('[{"id": 1}, 2]', "objects.*\n1 row of a.json is none, such as 2"),
    ],
)
def test_json_without_objects_is_refused_as_what_it_is(
    read: Read, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(LadderError, match=said):
        read(source="a.json")


def test_an_empty_list_beside_full_files_adds_nothing(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(ROWS), encoding="utf-8")
    assert read(source="*.json")[1] == ROWS


def test_a_column_may_be_called_json(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"json": 1}, {"json": "a"}, {}]', encoding="utf-8")
    assert [row["json"] for row in read(source="a.json")[1]] == ["1", "a", None]


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
        ({"source": "a.csv", "query": "select 1"}, "needs a name for each"),
        ({"source": "unheard://of", "query": "select 1"}, "dialect that SQLAlchemy knows"),
        ({"source": "mssql+unheard://of", "query": "select 1"}, "dialect that SQLAlchemy knows"),
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
