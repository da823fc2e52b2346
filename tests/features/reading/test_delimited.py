"""CSV files: no line is lost or misread without being counted, however a file is written."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.errors import LadderError
from features.reading import texts
from features.reading.delimited import Lost, read_csv
from features.resources.workspace import Workspace

MANY = 21_000
"""More rows than are looked at to find out how a file is written."""

Rows = list[tuple[Any, ...]]
Read = Callable[..., tuple[Lost, Rows]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function from a file's text to what is lost, and the rows."""

    def rows(text: str | bytes, encoding: str = "utf-8", name: str = "a.csv") -> tuple[Lost, Rows]:
        written = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(written)
        with Workspace() as workspace:
            lost = read_csv(workspace, tmp_path / name, encoding, "rows_of_it")
            found = workspace.rows("SELECT * FROM rows_of_it")
        return lost, [tuple(row.values()) for row in found]

    return rows


def test_an_order_called_by_a_number_sign_is_no_comment(read: Read) -> None:
    text = "# Export of May\n# by us\nName,Total\n#1001,5\n1002,6\n#1003,7\n"
    assert read(text) == (Lost(), [("#1001", "5"), ("1002", "6"), ("#1003", "7")])


def test_a_line_that_tells_excel_the_delimiter_is_heard(read: Read) -> None:
    assert read("sep=;\r\nid;paid\r\n1;2,5\r\n") == (Lost(), [("1", "2,5")])


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('77,"a, b",4', ("77", "a, b", "4")),
        ('"77","a","4"', ("77", "a", "4")),
        ('77,"a ""b"" c",4', ("77", 'a "b" c', "4")),
        ('77,"a\nb",4', ("77", "a\nb", "4")),
        ('77,"hello,4', ("77", '"hello', "4")),
        ('77,5" pipe,4', ("77", '5" pipe', "4")),
    ],
)
def test_quotes_may_come_late(read: Read, line: str, cells: tuple[str, ...]) -> None:
    lost, rows = read("id,name,paid\n" + "1,x,2\n" * MANY + line + "\n")
    assert (lost, len(rows), rows[-1]) == (Lost(), MANY + 1, cells)


@pytest.mark.parametrize("header", ["id,name,paid", '"id","name","paid"'])
@pytest.mark.parametrize("good", ['1,"x",2', '"1","x","2"', '1,"x, y",2'])
@pytest.mark.parametrize("bad", ['1,"5" pipe",2', '"1","pipe,"2"'])
def test_a_stray_quote_loses_its_own_line_alone(
    read: Read, header: str, good: str, bad: str
) -> None:
    lost, rows = read("\n".join([header, *[good] * 30, bad, *[good] * 30, ""]))
    assert (lost.lines, len(rows)) == (1, 60)
    assert rows[0] == rows[-1] == ("1", "x, y" if "y" in good else "x", "2")


def test_every_line_that_a_stray_quote_runs_through_is_counted(read: Read) -> None:
    lost, rows = read('id,name\n1,"x"\n' + "2,y\n" * MANY + '3,"stray\n' + "4,z\n" * 9)
    assert lost.lines + len(rows) == MANY + 11


@pytest.mark.parametrize("ends", [("\r\n", "\n"), ("\n", "\r\n")])
@pytest.mark.parametrize("cell", ["x", '"x, y"'])
@pytest.mark.parametrize("before", [1, MANY])
def test_files_put_together_may_end_lines_in_two_ways(
    read: Read, ends: tuple[str, str], cell: str, before: int
) -> None:
    first, second = ends
    lost, rows = read(f"id,name{first}" + f"1,{cell}{first}" * before + f"2,{cell}{second}" * 3)
    assert (lost, len(rows)) == (Lost(), before + 3)
    assert {row[1] for row in rows} == {cell.strip('"')}


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("latin-1", "cp1252"), ("utf-16", "utf-16"), ("utf-16", "utf-16-be"), ("utf-8", "utf-8-sig")],
)
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_are_those_of_windows(
    read: Read, encoding: str, codec: str, packed: bool
) -> None:
    mark = "\ufeff" if codec == "utf-16-be" else ""
    text = f"{mark}id,paid\nJosé,12 €\n".encode(codec)
    file = (gzip.compress(text), encoding, "a.csv.gz") if packed else (text, encoding)
    assert read(*file) == (Lost(), [("José", "12 €")])


def test_emoji_in_utf_16_are_read(read: Read) -> None:
    assert read("id,what\n1,😀\n".encode("utf-16"), "utf-16")[1] == [("1", "😀")]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_file_is_read_alike_wherever_its_parts_end(
    read: Read, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(texts, "_AT_ONCE", size)
    assert read("id,what\n1,😀\n".encode("utf-16"), "utf-16")[1] == [("1", "😀")]
    for end in ("\n", "\r"):
        lost, rows = read("id,name\r\n1,x\r\n" + f"2,y{end}" * 3)
        assert (lost, rows) == (Lost(), [("1", "x"), *[("2", "y")] * 3])


def test_an_encoding_that_is_not_the_files_is_refused(read: Read) -> None:
    with pytest.raises(LadderError, match="Correct `encoding`"):
        read("id,what\n1,x".encode("utf-16") + b"\x00", "utf-16")
