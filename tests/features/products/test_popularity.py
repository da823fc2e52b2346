"""How popular a customer's products are, as of each cutoff and from nothing later."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from features.catalogue import CATALOGUE, Column
from features.clock import DAY, midnight
from features.config import Config
from features.engine import compute
from features.expressions.popularity import Chart
from features.history import History, open_history
from features.products import charts
from features.products.charts import charted

MAY, JUNE = (midnight(date(2024, month, 1), "UTC") for month in (5, 6))
COLUMNS = [
    column
    for column in CATALOGUE.columns(90, ("orders",))
    if column.name in ("product_popularity", "products_90d")
]


def line(customer: str, day: str, product: str | None, **more: Any) -> dict[str, Any]:
    at = f"2024-{day}T12:00:00"
    row = {"customer_id": customer, "order_id": f"{customer} {day}", "ordered_at": at}
    return {**row, "amount": 5.0, "product_id": product, "is_return": False, **more}


ROWS = [
    *(line(f"regular {n}", "04-02", "cup") for n in range(6)),
    *(line(f"regular {n}", "04-09", "mug") for n in range(3)),
    line("odd", "04-20", "gong"),
    line("both", "04-20", "cup"),
    line("both", "04-21", "gong"),
    line("nobody knows", "04-22", None),
]


def opened(rows: list[dict[str, Any]], until: date = date(2024, 6, 1)) -> History:
    names = list(line("", "", None))
    settings = {"shop": {"timezone": "UTC"}, "orders": {"columns": {name: name for name in names}}}
    return open_history(
        Config.model_validate(settings), until, {"orders": pa.Table.from_pylist(rows)}
    )


def values(rows: list[dict[str, Any]], *cutoffs: int) -> dict[str, list[float]]:
    """Return each customer's popularity at the cutoffs."""
    with opened(rows) as history:
        columns = charted(COLUMNS, history.sold, cutoffs)
        (table,) = (compute(block, cutoffs, columns) for block in history.blocks())
    found: dict[str, list[float]] = {}
    for row in table.to_pylist():
        found.setdefault(row["customer_id"], []).append(round(row["product_popularity"], 4))
    return found


def test_who_buys_what_everybody_buys_stands_higher_than_who_buys_what_nobody_does() -> None:
    # Of 12 lines 7 are cups, 3 mugs, 2 gongs.
    gong, mug, cup = (round(share / 12, 4) for share in (1, 2 + 1.5, 5 + 3.5))
    found = values(ROWS, MAY)
    assert found["odd"] == [gong]
    assert found["both"] == [pytest.approx((gong + cup) / 2, abs=1e-4)]
    assert found["regular 0"] == [pytest.approx((mug + cup) / 2, abs=1e-4)]
    assert found["regular 5"] == [cup]
    assert all(map(math.isnan, found["nobody knows"]))


def test_what_sells_later_is_not_known_before() -> None:
    then = [line(f"new {n}", "05-10", "gong") for n in range(20)]
    at_may, at_june = values([*ROWS, *then], MAY, JUNE)["odd"]
    assert at_may == values(ROWS, MAY)["odd"][0]
    assert at_june > 0.5


def test_what_is_given_back_or_given_away_is_not_sold() -> None:
    back = [
        *(line(f"returns {n}", "04-25", "gong", amount=-5.0) for n in range(9)),
        *(line(f"returns {n}", "04-25", "gong", is_return=True) for n in range(9)),
        *(line(f"gift {n}", "04-25", "gong", amount=0.0) for n in range(9)),
    ]
    assert values([*ROWS, *back], MAY)["odd"] == values(ROWS, MAY)["odd"]


def test_what_sold_in_another_season_has_no_rank() -> None:
    (found,) = values(ROWS, MAY + 90 * DAY)["odd"]
    assert math.isnan(found)


def test_only_the_columns_that_ask_for_a_chart_are_changed() -> None:
    with opened(ROWS) as history:
        changed = {column.name: column for column in charted(COLUMNS, history.sold, [MAY])}
        kept = charted(COLUMNS[:1], history.sold, [MAY])
    assert COLUMNS[0].name == "products_90d"
    assert changed["products_90d"] is COLUMNS[0] is kept[0]
    assert changed["product_popularity"] != COLUMNS[1]


def test_a_chart_travels_with_its_column() -> None:
    with opened(ROWS) as history:
        (column,) = charted(COLUMNS[1:], history.sold, [MAY, JUNE])
    read = Column.from_json(json.loads(json.dumps(column.to_json(), allow_nan=False)))
    assert read == column
    assert "gong" in str(read)


def test_a_column_is_charted_anew_as_of_other_cutoffs() -> None:
    """A champion's columns hold the chart of its training, and are compared as of the new one's."""
    with opened(ROWS) as history:
        old = charted(COLUMNS, history.sold, [MAY])
        assert charted(old, history.sold, [JUNE]) == charted(COLUMNS, history.sold, [JUNE])


def test_a_chart_names_the_products_sold_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "MOST_PRODUCTS", 2)
    found = values(ROWS, MAY)
    assert math.isnan(found["odd"][0])
    assert found["regular 5"] == [round(8.5 / 12, 4)]


def test_which_products_are_named_is_as_of_each_cutoff_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sells best later must not decide what is known before, in shops of many products."""
    monkeypatch.setattr(charts, "MOST_PRODUCTS", 2)
    then = [line(f"new {n}", "05-10", "gong") for n in range(40)]
    later = values([*ROWS, *then], MAY, JUNE)
    earlier = values(ROWS, MAY)
    assert [later[who][0] for who in ("regular 0", "regular 5")] == [
        earlier[who][0] for who in ("regular 0", "regular 5")
    ]
    assert math.isnan(later["odd"][0])
    assert later["odd"][1] > 0.5


def test_a_cutoff_sees_the_newest_chart_before_it() -> None:
    chart = Chart((10, 20), ("cup", "mug"), ((1, None), (3, 4)))
    seen = {cutoff: chart.at(cutoff).tolist() for cutoff in (5, 10, 19, 20, 99)}
    old, new = [1, -1, -1], [3, 4, -1]
    assert seen == {5: old, 10: old, 19: old, 20: new, 99: new}
    assert chart.places(["mug", "gong"]).tolist() == [1, -1]
