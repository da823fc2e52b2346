"""Advice on bad rows works when it is followed to the letter."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from features.errors import LadderError
from tests.features.daily import history, orders


@pytest.mark.parametrize(
    ("column", "called", "cell"),
    [
        ("ordered_at", "Created at", "{n}/05/2024"),
        ("amount", "Total (EUR)", "{n},50"),
        ("amount", 'the "net" total', "{n},100.50"),
        ("order_id", "order", None),
        ("ordered_at", "date", "19{m}-05-01"),
        ("ordered_at", "Sales month", "20{n}-05"),
    ],
)
def test_the_advice_reads_the_rows_though_their_column_has_a_strange_name(
    column: str, called: str, cell: str | None
) -> None:
    rows = [
        {called if name == column else name: value for name, value in row.items()}
        | {
            called: cell.format(n=13 + n % 10, m=60 + n % 30)
            if cell
            else (str(n) if n % 2 else None)
        }
        for n, row in enumerate(orders())
    ]
    mapping: dict[str, Any] = {"columns": {column: called}}
    with pytest.raises(LadderError) as refused:
        history(orders=rows, settings={"orders": mapping})
    line = refused.value.do.partition(": ")[2].removesuffix(".")
    for name, sql in tomllib.loads(line).items():
        (mapping if name == "where" else mapping["columns"])[name] = sql
    with history(orders=rows, settings={"orders": mapping}) as opened:
        assert opened.report.tables[0].bad == 0


def test_rows_that_are_nearly_all_before_1970_are_not_to_be_left_out() -> None:
    rows = [row | {"ordered_at": "0001-05-24"} for row in orders()]
    with pytest.raises(LadderError) as refused:
        history(orders=rows)
    assert refused.value.do.startswith("Correct the export or the mapping")
