"""By what campaign tools know people: what a file of addresses may look like."""

from __future__ import annotations

from pathlib import Path

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
