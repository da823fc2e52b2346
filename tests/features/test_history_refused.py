"""Histories that cannot be used: refused with what must hold, what came and what to do."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from features.errors import LadderError, UsageError
from features.history import open_history
from tests.features.daily import history, orders

WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "too many bad rows": (
        {"orders": [*orders(), {**orders()[0], "amount": None}]},
        "At most 1.00% of the rows of [orders] may be bad",
        "1 of 61 are: no amount (1).",
        'where = "amount is not null"',
    ),
    "text in an amount": (
        {"orders": [{**row, "amount": f"{row['amount']:.0f},50"} for row in orders()]},
        "may be bad",
        "60 of 60 are: amount is not a number (60, for example 10,50",
        "replace(amount, ',', '.')",
    ),
    "thousands in an amount": (
        {"orders": [{**row, "amount": "1,234.50"} for row in orders()]},
        "may be bad",
        "amount is not a number (60, for example 1,234.50",
        "\"try_cast(replace(amount, ',', '') AS DOUBLE)\"",
    ),
    "thousands beside a decimal comma": (
        {"orders": [{**row, "amount": "1.234,50"} for row in orders()]},
        "may be bad",
        "amount is not a number (60, for example 1.234,50",
        "\"try_cast(replace(replace(amount, '.', ''), ',', '.') AS DOUBLE)\"",
    ),
    "thousands in a single amount": (
        {
            "orders": [
                {**row, "amount": f"{n},50" if n else "1.234,50"} for n, row in enumerate(orders())
            ]
        },
        "may be bad",
        "amount is not a number (60, for example 1,50",
        "\"try_cast(replace(replace(amount, '.', ''), ',', '.') AS DOUBLE)\"",
    ),
    "thousands that an expression does not read": (
        {
            "orders": [{**row, "amount": "1.234,50"} for row in orders()],
            "settings": {
                "orders": {"columns": {"amount": "try_cast(replace(amount, ',', '.') as double)"}}
            },
        },
        "may be bad",
        "amount is not a number (60, for example amount=1.234,50",
        "amount = \"try_cast(replace(replace(amount, '.', ''), ',', '.') AS DOUBLE)\"",
    ),
    "money signs": (
        {"orders": [{**row, "amount": "¥1,005"} for row in orders()]},
        "may be bad",
        "amount is not a number (60, for example ¥1,005",
        'Take the money signs out: amount = "cast(regexp_replace(amount, ',
    ),
    "yes and no in other words": (
        {
            "orders": orders(),
            "customers": [{"customer_id": "c0", "marketing_allowed": "Jawohl"}],
        },
        "may be bad",
        "1 of 1 are: marketing_allowed is neither true nor false (1, for example Jawohl",
        "marketing_allowed = \"marketing_allowed in ('...')\"",
    ),
    "dates in one other format": (
        {
            "orders": [
                {**row, "ordered_at": f"{n % 28 + 1}/05/2024"} for n, row in enumerate(orders())
            ]
        },
        "may be bad",
        "ordered_at is not a date (60, for example",
        "strptime(ordered_at, '%d/%m/%Y')",
    ),
    "dates in two formats": (
        {"orders": [*orders(), *({**row, "ordered_at": "31/12/2023"} for row in orders())]},
        "may be bad",
        "for example 31/12/2023",
        "try_strptime(ordered_at, ['%Y-%m-%d', '%d/%m/%Y'])",
    ),
    "dates in a format besides the one that is read": (
        {
            "orders": [
                {
                    **row,
                    "ordered_at": f"{'2024-' if n % 2 else ''}{n % 12 + 1:02}-{n % 28 + 1:02}"
                    + ("" if n % 2 else "-2024"),
                }
                for n, row in enumerate(orders())
            ],
            "settings": {"orders": {"columns": {"ordered_at": "strptime(ordered_at, '%m-%d-%Y')"}}},
        },
        "may be bad",
        "ordered_at is not a date (30, for example",
        "try_strptime(ordered_at, ['%m-%d-%Y', '%Y-%m-%d'])",
    ),
    "future dates": (
        {"orders": [{**row, "ordered_at": "2999-01-01"} for row in orders()]},
        "may be bad",
        "ordered_at is in the future (60, for example 2999-01-01)",
        "Correct the export",
    ),
    "one customer": (
        {"orders": orders(1)},
        "at least 2 customers",
        "the orders frame: only one customer.",
        "customer_id",
    ),
    "no rows": (
        {"orders": pa.Table.from_pylist(orders()).slice(0, 0)},
        "The table orders must have rows.",
        "the orders frame gave none.",
        "`where`",
    ),
    "no rows, so that nothing has a type": (
        {"orders": pd.DataFrame(orders()).iloc[:0].astype(float, errors="ignore")},
        "The table orders must have rows.",
        "the orders frame gave none.",
        "`where`",
    ),
    "two currencies": (
        {"orders": [{**row, "currency": "EUR" if n else "USD"} for n, row in enumerate(orders())]},
        "Orders must be in one currency.",
        "EUR, USD",
        "Convert the amounts, or exclude the others: where = \"currency = 'EUR'\".",
    ),
}


@pytest.mark.parametrize(("frames", "must", "came", "do"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_used_is_refused_in_three_parts(
    frames: dict[str, Any], must: str, came: str, do: str
) -> None:
    with pytest.raises(LadderError) as caught:
        history(**frames)
    assert must in caught.value.must
    assert came in caught.value.came
    assert do in caught.value.do
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("written", ["¥{:,.0f}", "{:.0f},50 kr", "EUR {:,.2f}", "({:.2f} €)"])
def test_what_is_said_of_money_signs_reads_them(written: str) -> None:
    rows = [{**row, "amount": written.format(row["amount"] + 1000)} for row in orders()]
    with pytest.raises(LadderError, match="is not a number") as caught:
        history(orders=rows)
    line = tomllib.loads(caught.value.do.partition(": ")[2].removesuffix("."))
    with history(settings={"orders": {"columns": line}}, orders=rows) as read:
        assert all(abs(amount) > 1000 for amount in read.table("orders")["amount"].to_pylist())


def test_another_currency_than_the_shops_is_refused() -> None:
    rows = [{**row, "currency": "EUR"} for row in orders()]
    with pytest.raises(LadderError, match="one currency, GBP"):
        history(settings={"shop": {"currency": "GBP"}}, orders=rows)


def test_no_rows_before_a_day_name_the_day() -> None:
    with pytest.raises(LadderError, match="no good rows before 2020-01-01") as caught:
        history(date(2020, 1, 1), orders=orders())
    assert "Name a later day" in caught.value.do
    assert "`ladder check`" in caught.value.do


@pytest.mark.parametrize("frames", [{}, {"customers": [{"customer_id": "c"}]}])
def test_a_history_needs_orders_or_engagement(frames: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="needs orders or engagement"):
        history(**frames)


@pytest.mark.parametrize("config", [{"orders": {}}, "ladder.toml"])
def test_what_is_no_configuration_is_told_how_to_become_one(config: Any) -> None:
    with pytest.raises(UsageError, match=f"Got a {type(config).__name__}") as caught:
        open_history(config, frames={"orders": orders()})
    assert "Config.from_dict" in caught.value.do


def test_a_closed_history_is_said_to_be_closed() -> None:
    with history(orders=orders()) as closed:
        pass
    with pytest.raises(LadderError, match="its `with` block has ended") as caught:
        next(closed.blocks())
    assert "open_history" in caught.value.do


def test_a_frame_needs_the_name_of_a_table() -> None:
    with pytest.raises(UsageError, match="'purchases' is not one"):
        history(purchases=orders())
