"""Files of who responded, as shops and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from features.errors import LadderError
from serving.files import write
from serving.listing.responses import read
from serving.store.campaigns import Result


def told(folder: Path) -> list[Result]:
    held = (folder / "results.csv").read_bytes()
    return read(held, "results.csv", []).results


def test_results_of_ids_that_a_spreadsheet_would_run_are_taken(tmp_path: Path) -> None:
    """`ladder list` wrote them with an apostrophe, which comes back."""
    ids = ["+4479460000", "-5", "=cmd()", "C-1042", "'tis"]
    table = pa.table({"customer_id": ids, "responded": ["yes"] * len(ids)})
    write(table, tmp_path / "results.csv")
    assert "'+4479460000,yes" in (tmp_path / "results.csv").read_text(encoding="utf-8")
    assert [one.customer_id for one in told(tmp_path)] == ids


def test_ids_in_results_are_read_as_the_shops_files_are(tmp_path: Path) -> None:
    text = "customer_id,responded\n17850.0,yes\n C2 ,no\nv1.0,no\n"
    (tmp_path / "results.csv").write_text(text, encoding="utf-8")
    assert [one.customer_id for one in told(tmp_path)] == ["17850", "C2", "v1.0"]


def test_ids_that_a_spreadsheet_shortened_are_not_taken_for_strangers() -> None:
    held = b"customer_id\nC1\n9,00720E+16\n"
    with pytest.raises(LadderError, match="shortened an id to 9,00720E\\+16"):
        read(held, "results.csv", ["C1", "C2"])
    known = read(held, "results.csv", ["C1", "C2", "9,00720E+16"])
    assert len(known.results) == 2, "somebody may be called so"


def test_a_column_that_says_yes_of_everybody_does_not_say_who_responded() -> None:
    known = read(b"customer_id,member\nC1,yes\n", "results.csv", ["C1", "C2"])
    assert [one.responded for one in known.results] == [True]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_results_that_a_german_spreadsheet_saved_are_taken(tmp_path: Path, encoding: str) -> None:
    text = "Customer_ID; Responded;spend;reasons;\nC1; ja;1.012,50;Käufe;\nC2;Nein;\nÖ3;WAHR;7\n"
    text += ";;; ;\n;;;;\n"  # rows, as the last column, that somebody has emptied
    (tmp_path / "results.csv").write_text(text, encoding=encoding)
    said = read((tmp_path / "results.csv").read_bytes(), "results.csv", [])
    assert said.unread == ("reasons",)
    found = [(one.customer_id, one.responded, one.spend) for one in said.results]
    assert found == [("C1", True, 1012.5), ("C2", False, None), ("Ö3", True, 7.0)]
