"""Rows out of the workspace: whole customers, few or many, in the order of their ids' bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features import history as histories
from features.block import Block
from features.engine import compute
from features.resources.budget import Budget
from features.standard import standard_columns
from tests.features.daily import engagement, history, orders


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
def test_blocks_hold_whole_customers_in_the_order_of_their_bytes(size: int) -> None:
    names = ["b", "a", "Z", "é", "\U0001f600", "\uffff", "it's"]
    rows = [{**row, "customer_id": name} for name in names for row in orders(1, 2)]
    shop = {"churn": {"activity": "app_opened"}, "shop": {"currency": "JPY"}}
    events = engagement(("a", 1, "app_opened", None), ("only events", 0, "nps", 3))
    with history(settings=shop, orders=rows, engagement=events) as opened:
        blocks = list(opened.blocks(size))
        assert all(isinstance(block, Block) and len(block) <= size for block in blocks)
        found = [name for block in blocks for name in block.ids.to_pylist()]
    assert found == sorted([*names, "only events"], key=str.encode)


def test_what_work_does_not_look_at_is_not_read() -> None:
    events = engagement(("c0", 1, "opened", None), ("c1", 0, "nps", 3), ("c2", 2, "nps", 9))
    seen: list[Block] = []

    def look(block: Block) -> pa.Table:
        seen.append(block)
        return pa.table({"customer_id": block.ids})

    with history(orders=orders(3, 2), engagement=events) as opened:
        ((some, count),) = opened.each(look, {"engagement": "kind = 'nps'"})
        ((nobody, none),) = opened.each(look, {"orders": "false"})
    assert some["customer_id"].to_pylist() == ["c1", "c2"]
    assert (count, none, len(nobody)) == (2, 0, 0)
    assert seen[0].rows("orders") is None
    acts = seen[0].rows("engagement")
    assert acts is not None
    assert acts["kind"].to_pylist() == ["nps", "nps"]


def test_a_till_among_customers_is_worked_on_alone_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [*orders(9, 2), *(row for row in orders(5, 30) if row["customer_id"] == "c4")]
    with history(orders=rows) as roomy:
        columns = standard_columns(roomy.config, roomy.span, roomy.kinds, roomy.fields)
        (whole,) = (compute(block, [roomy.until], columns) for block in roomy.blocks())
        assert not any("--memory" in note for note in roomy.report.notes)
    monkeypatch.setattr(Budget, "rows_per_block", lambda *_: 7)
    with history(orders=rows) as narrow:
        parts = [*narrow.blocks()]
        assert [len(part) for part in parts] == [3, 1, 1, 3, 1]
        made = pa.concat_tables([compute(part, [narrow.until], columns) for part in parts])
        (said,) = (note for note in narrow.report.notes if "--memory" in note)
    assert said.startswith("one customer has 32 rows")
    for name in made.column_names[2:]:
        assert made[name].to_numpy().tobytes() == whole[name].to_numpy().tobytes(), name


def test_rows_are_sorted_where_there_are_many_and_found_where_there_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = orders(7, 9)
    rows = [rows[place] for place in np.random.default_rng(4).permutation(len(rows))]
    with history(orders=rows) as few:
        assert not few.ordered
        found = [block.rows("orders") for block in few.blocks(3)]
        whole = few.table("orders")
    monkeypatch.setattr(histories, "_FEW_BLOCKS", 0)
    with history(orders=rows) as many:
        assert many.ordered
        assert [block.rows("orders") for block in many.blocks(3)] == found
        assert many.table("orders") == whole
    assert pa.concat_tables(found) == whole
    assert whole == whole.sort_by([("customer_id", "ascending"), ("ordered_at", "ascending")])
