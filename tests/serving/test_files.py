"""Files: formats by suffix, whole or not at all, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from serving import files
from serving.dialects import PLAIN, Dialect, spreadsheet
from serving.endpoints.downloads import csv_rows

TABLE = pa.table(
    {
        "customer_id": ["=cmd()", 'a "b", c', "ü"],
        "score": [0.5, None, 1.0],
        "reasons": [["one", "two, three"], [], None],
        "bases": [{"churn": "model"}, {"churn": None}, None],
    }
)


def test_csv_is_rfc_4180_with_formulas_neutralised(tmp_path: Path) -> None:
    files.write(TABLE, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().decode() == (
        "customer_id,score,reasons,bases\r\n"
        '\'=cmd(),0.5,"one; two, three","{""churn"":""model""}"\r\n'
        '"a ""b"", c",,,"{""churn"":null}"\r\n'
        "ü,1,,\r\n"
    )


def test_a_german_spreadsheet_finds_umlauts_columns_and_decimals(tmp_path: Path) -> None:
    files.write(TABLE, tmp_path / "out.csv", spreadsheet("de"))
    assert (tmp_path / "out.csv").read_bytes().decode("utf-8") == (
        "\ufeffcustomer_id;score;reasons;bases\r\n"
        '\'=cmd();0,5;"one; two, three";"{""churn"":""model""}"\r\n'
        '"a ""b"", c";;;"{""churn"":null}"\r\n'
        "ü;1;;\r\n"
    )


@pytest.mark.parametrize("customer", ["0071", "90071992547417476", "1e5", "12-05", "1.5"])
def test_a_spreadsheet_keeps_an_id_that_it_would_take_for_a_number_or_a_date(
    tmp_path: Path, customer: str
) -> None:
    table = pa.table({"customer_id": [customer, "17850", "C-1042", "=cmd()"]})
    files.write(table, tmp_path / "out.csv", spreadsheet("en"))
    _, *rows = csv.reader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines())
    assert rows == [[f'="{customer}"'], ["17850"], ["C-1042"], ["'=cmd()"]]
    assert files.customer_id_of(rows[0][0]) == customer, "results may come back in this file"
    (of_endpoint,) = list(csv_rows(["customer_id"], [table.to_pylist()], spreadsheet("en")))[1:]
    assert list(csv.reader(of_endpoint.decode().splitlines())) == rows
    files.write(table, tmp_path / "plain.csv")
    assert customer in (tmp_path / "plain.csv").read_text().split()


@given(st.lists(st.text(max_size=8), min_size=1))
def test_any_text_survives_csv(texts: list[str]) -> None:
    kept = [t for t in texts if t.isprintable()]
    buffer = io.BytesIO()
    files.writer(Path("x.csv"))(pa.table({"text": pa.array(kept, pa.string())}), buffer, PLAIN)
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(buffer.getvalue().decode()))]
    assert read[1:] == [f"'{t}" if t[:1] in tuple("=+-@") else t for t in kept]


def test_parquet_and_ndjson_keep_ids_untouched(tmp_path: Path) -> None:
    files.write(TABLE, tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").equals(TABLE)
    files.write(TABLE, tmp_path / "out.ndjson")
    lines = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert lines == TABLE.to_pylist()


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.parquet, \.csv, \.ndjson") as refused:
        files.write(TABLE, tmp_path / "out.xlsx")
    assert "out.csv" in refused.value.do
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder"):
        files.write(TABLE, tmp_path / "nowhere" / "out.csv")


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def half(table: pa.Table, file: io.BufferedWriter, _: Dialect) -> None:
        file.write(str(table.num_rows).encode())
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(files.WRITERS, ".csv", half)
    with pytest.raises(OSError, match="No space"):
        files.write(TABLE, path)
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "old"


def test_what_a_link_names_is_replaced_and_not_the_link(tmp_path: Path) -> None:
    there, link = tmp_path / "there.csv", tmp_path / "out.csv"
    there.write_text("old")
    link.symlink_to(there)
    files.write(TABLE, link)
    assert link.is_symlink()
    assert there.read_text(encoding="utf-8").startswith("customer_id,")


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "out.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write(TABLE, pipe)
    assert os.read(reader, 12) == b"customer_id,"
    os.close(reader)
    assert pipe.is_fifo()
