"""Hashes of addresses that a shop's customers table holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.cleaning.emails import email_hashes, refusing
from features.config import Config
from features.errors import LadderError

HASH = "0123456789abcdef" * 4


def shop(folder: Path, rows: str, **columns: str) -> Config:
    (folder / "people.csv").write_text(f"id,mail\n{rows}", encoding="utf-8")
    people = {"source": str(folder / "people.csv"), "columns": {"customer_id": "id", **columns}}
    return Config.from_dict({"orders": {"source": "nowhere.csv"}, "customers": people})


def test_hashes_are_read_without_the_history(tmp_path: Path) -> None:
    rows = f"a,{HASH}\nb,{HASH.upper()}\nc,\n"
    assert email_hashes(shop(tmp_path, rows, email_sha256="mail")) == {"a": HASH, "b": HASH}


def test_a_column_of_addresses_is_refused_without_showing_any(tmp_path: Path) -> None:
    config = shop(tmp_path, "a,jane@example.com\n", email_sha256="mail")
    with pytest.raises(LadderError, match="not 64 hexadecimal digits") as said:
        email_hashes(config)
    assert "jane" not in str(said.value)


def test_a_shop_without_hashes_or_customers_knows_none(tmp_path: Path) -> None:
    assert email_hashes(shop(tmp_path, f"a,{HASH}\n")) == {}
    assert email_hashes(Config.from_dict({"orders": {"source": "nowhere.csv"}})) == {}


def test_a_table_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    config = shop(tmp_path, "")
    with pytest.raises(LadderError, match="must have rows"):
        email_hashes(config)


def test_who_refuses_marketing_or_objects_is_told_by_any_of_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = "a,true,true\na,true,false\nb,false,true\nc,true,true\nd,,\n"
    path.write_text(f"customer_id,profiling_allowed,marketing_allowed\n{rows}", encoding="utf-8")
    people = {"customers": {"source": str(path)}, "orders": {"source": "nowhere.csv"}}
    assert refusing(Config.from_dict(people)) == {"a", "b"}
    assert refusing(Config.from_dict({"orders": {"source": "nowhere.csv"}})) == frozenset()
