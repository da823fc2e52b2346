"""By what campaign tools know people: what a file of addresses may look like."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.handover.keys import addresses, md5


@pytest.mark.parametrize(
    ("between", "encoding"), [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16")]
)
def test_a_file_of_addresses_is_read_as_spreadsheets_save_it(
    tmp_path: Path, between: str, encoding: str
) -> None:
    rows = [["customer_id", "email", "city"], ["007", "Jane@Example.com", "Köln"]]
    file = tmp_path / "emails.csv"
    file.write_text("\r\n".join(map(between.join, rows)), encoding=encoding, newline="")
    assert addresses("email_md5", file, {}) == [("007", md5("jane@example.com"))]


def test_a_blank_is_nobodys_address(tmp_path: Path) -> None:
    file = tmp_path / "emails.csv"
    file.write_text('customer_id,email\n7,"  "\n8,\n9,jane@example.com\n')
    assert addresses("email_md5", file, {}) == [("9", md5("jane@example.com"))]


def test_ids_beside_addresses_are_read_as_the_shops_files_are(tmp_path: Path) -> None:
    text = tmp_path / "emails.csv"
    text.write_text("customer_id,email\n17850.0,jane@example.com\n C2 ,joe@example.com\n")
    numbers = tmp_path / "emails.parquet"
    pq.write_table(pa.table({"customer_id": [17850.0], "email": ["jane@example.com"]}), numbers)
    assert [customer for customer, _ in addresses("email_md5", text, {})] == ["17850", "C2"]
    assert [customer for customer, _ in addresses("email_md5", numbers, {})] == ["17850"]
