"""Guessing: files that hold since when customers had what, a row per change."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from features.config import Config
from features.guess import guesses, template
from features.history import open_history
from tests.features.guess.shown import shown

PLANS = """Kunden-Nr;Gültig ab;Tarif;Plätze;Rabatt in %;Geschlecht;E-Mail;Vertrag ID;Gültig bis
7;01.02.2024;Basis;2;5,5;f;a@x.de;v1;31.05.2024
7;01.06.2024;Gold;4;7,5;f;a@x.de;v2;
8;15.03.2024;Basis;1;;m;b@x.de;v3;
"""
ORDERS = "customer,order,date,amount\n7,1,2024-07-01,5\n8,2,2024-07-02,5\n"


def test_rows_of_changes_are_attributes_with_their_history(tmp_path: Path) -> None:
    found = shown(tmp_path, PLANS)
    assert found.table == "customers"
    assert {*found.columns} == {"customer_id", "valid_from", "tarif", "platze", "rabatt_in"}
    (tmp_path / "orders.csv").write_text(ORDERS)
    files = ("shown.csv", "orders.csv")
    written = template([(name, one) for name in files for one in guesses(tmp_path / name)])
    with open_history(Config.from_dict(tomllib.loads(written), tmp_path)) as history:
        assert history.config.attributes == dict.fromkeys(("tarif", "platze", "rabatt_in"), True)
        assert not any(table.bad for table in history.report.tables)
        (block,) = history.blocks()
    rows = block.rows("engagement")
    assert rows is not None
    plans = [row for row in rows.to_pylist() if row["kind"] == "attribute:tarif"]
    said = [(row["customer_id"], row["occurred_at"].month, row["detail"]) for row in plans]
    assert said == [("7", 2, "Basis"), ("7", 6, "Gold"), ("8", 3, "Basis")]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("customer_id,plan,plan_changed_at", "plan"),
        ("user_id,2nd Plan!,since", "nd_plan"),
        ("userId,planName,validFrom", "plan_name"),
        ("customer,referred_buy,valid_from", None),
        ("customer,city zip,valid_from", None),
    ],
)
def test_attributes_are_called_as_they_may_be(tmp_path: Path, head: str, name: str | None) -> None:
    """What looks like a known column or tells of a person is left for a person to decide."""
    found = shown(tmp_path, f"{head}\na,x,2024-01-01\na,y,2024-02-01\nb,x,2024-02-01\n")
    columns = {*found.columns} - {"customer_id", "valid_from", "occurred_at", "kind"}
    assert columns == ({name} if name else set())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("customer,plan,valid_from\na,x,2024-01-01\nb,y,2024-02-01\n", "once.csv"),
        ("customer,priority,changed_at\na,x,2024-01-01\na,y,2024-02-01\n", "tickets.csv"),
        ("customer,event,changed_at\na,x,2024-01-01\na,y,2024-02-01\n", "events.csv"),
        ("customer,since,total\na,2024-01-01,5\na,2024-02-01,7\n", "sold.csv"),
    ],
)
def test_other_files_have_no_attributes(tmp_path: Path, text: str, name: str) -> None:
    """One row per customer says nothing of before; tickets and events are what people do."""
    assert "valid_from" not in shown(tmp_path, text, name).columns
