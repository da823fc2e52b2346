"""What every column promises: the past alone decides, and the same bits however rows lie."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features import engine
from features.arithmetic import borders
from features.catalogue import Column
from features.clock import DAY, Window
from features.contract import Orders
from features.engine import compute, concatenate, known_before
from features.plan import plan

if TYPE_CHECKING:
    from tests.features.histories import Shop

quick = settings(max_examples=25, derandomize=True)


def bits(table: pa.Table) -> dict[str, bytes]:
    """Return every column's bytes; unlike numbers, they tell even one null from another."""
    numbers = {name: table[name].to_numpy().tobytes() for name in table.column_names[2:]}
    keys = {name: repr(table[name].to_pylist()).encode() for name in table.column_names[:2]}
    return keys | numbers


def differing(one: pa.Table, other: pa.Table) -> list[str]:
    left, right = bits(one), bits(other)
    assert left.keys() == right.keys()
    return [name for name in left if left[name] != right[name]]


@quick
@given(data=st.data())
def test_rows_at_and_after_the_cutoff_change_nothing(
    data: st.DataObject,
    shops: st.SearchStrategy[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
) -> None:
    columns = [c for c in everything if not c.name.startswith("label")]  # these look ahead
    shop, other = data.draw(shops), data.draw(shops)
    cutoff = data.draw(st.sampled_from(cutoffs))
    known = shop.before(cutoff)
    told = compute(known.block(), [cutoff], columns)
    assert differing(compute(shop.block(), [cutoff], columns), told) == []
    changed = known.plus(other.since(cutoff))
    assert differing(compute(changed.block(), [cutoff], columns), told) == []


@quick
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(
    data: st.DataObject,
    seed: int,
    shops: st.SearchStrategy[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
) -> None:
    shop = data.draw(shops)
    shuffled = shop.shuffled(np.random.default_rng(seed))
    one, other = (compute(rows.block(), cutoffs, everything) for rows in (shop, shuffled))
    assert differing(one, other) == []


@quick
@given(data=st.data())
def test_any_partition_into_blocks_gives_the_same_bits(
    data: st.DataObject,
    shops: st.SearchStrategy[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
) -> None:
    shop = data.draw(shops)
    borders = [0, *sorted(data.draw(st.sets(st.integers(0, 5)))), len(shop.ids)]
    parts = [shop.only(shop.ids[first:last]).block() for first, last in pairwise(borders)]
    together = concatenate([compute(part, cutoffs, everything) for part in parts])
    assert differing(compute(shop.block(), cutoffs, everything), together) == []


def test_one_customer_alone_gives_the_same_bits_as_within_many(
    crowd: Shop, cutoffs: tuple[int, ...], standard: tuple[Column, ...]
) -> None:
    many = compute(crowd.block(), cutoffs, standard)
    assert len(many) > 200
    for customer in crowd.ids[::40]:
        alone = compute(crowd.only([customer]).block(), cutoffs, standard)
        among = many.filter(pa.array([i == customer for i in many["customer_id"].to_pylist()]))
        assert differing(alone, among) == []


@quick
@given(data=st.data())
def test_one_cutoff_gives_the_same_bits_as_among_many(
    data: st.DataObject,
    shops: st.SearchStrategy[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
) -> None:
    block = data.draw(shops).block()
    alone = [compute(block, [cutoff], everything) for cutoff in cutoffs]
    assert differing(compute(block, cutoffs, everything), pa.concat_tables(alone)) == []


def test_one_column_gives_the_same_bits_as_among_many(
    crowd: Shop, cutoffs: tuple[int, ...], standard: tuple[Column, ...]
) -> None:
    block = crowd.block()
    many = compute(block, cutoffs, standard)
    for column in standard:
        keys_and_column = many.select(["customer_id", "cutoff", column.name])
        assert differing(compute(block, cutoffs, [column]), keys_and_column) == []


@pytest.mark.parametrize("cells", [1, 9, 70])
def test_stretches_of_any_length_give_the_same_bits(
    cells: int,
    crowd: Shop,
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = crowd.only(crowd.ids[:30])
    whole = compute(shop.block(), cutoffs, everything)
    monkeypatch.setattr(engine, "_CELLS", cells)
    assert differing(compute(shop.block(), cutoffs, everything), whole) == []


def test_borders_looked_up_in_either_way_give_the_same_bits(
    shop_of: type[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_borders = [
        cutoff - days * DAY + nudge
        for cutoff in cutoffs
        for days in (0, 30, 90, 365)
        for nudge in (-1, 0, 1)  # microseconds
    ]
    block = shop_of.of(
        orders=[{"ordered_at": at, "order_id": str(at), "amount": 1.0} for at in at_borders],
        engagement=[{"occurred_at": at, "kind": "nps", "value": 9.0} for at in at_borders],
    ).block()
    searched = compute(block, cutoffs, everything)
    monkeypatch.setattr(borders, "_MANY_ROWS", 0)
    monkeypatch.setattr(borders, "_FEW_BORDERS", 255)
    assert differing(compute(block, cutoffs, everything), searched) == []


def test_features_are_the_float32_of_what_facts_would_be(
    crowd: Shop, cutoffs: tuple[int, ...], standard: tuple[Column, ...]
) -> None:
    table = compute(crowd.block(), cutoffs, standard)
    assert {str(table.schema.field(c.name).type) for c in standard if c.is_feature} == {"float"}
    assert {str(table.schema.field(c.name).type) for c in standard if not c.is_feature} == {
        "double"
    }


def test_columns_read_from_json_compute_the_same(
    crowd: Shop, cutoffs: tuple[int, ...], standard: tuple[Column, ...]
) -> None:
    read = [Column.from_json(column.to_json()) for column in standard]
    block = crowd.block()
    assert differing(compute(block, cutoffs, standard), compute(block, cutoffs, read)) == []


SPEND = Column("spend", Orders().amount.sum())


def test_a_row_exists_for_everybody_known_before_a_cutoff(shop_of: type[Shop]) -> None:
    shop = shop_of.of(
        orders=[
            {"customer_id": "b", "ordered_at": "2024-05-02T00:00Z", "amount": 5.0},
            {"customer_id": "é", "ordered_at": "2024-06-01T00:00Z", "amount": 7.0},
        ],
        engagement=[{"customer_id": "Z", "occurred_at": "2024-05-01T00:00Z", "kind": "nps"}],
        customers=[
            {"customer_id": "a", "signed_up_at": "2024-04-30T23:59:59Z"},
            {"customer_id": "nobody"},
        ],
    )
    may, june = 1714521600000000, 1717200000000000  # midnights in UTC
    table = compute(shop.block(), [may, june, june + DAY], [SPEND])
    assert list(zip(table["customer_id"].to_pylist(), table["spend"].to_pylist(), strict=True)) == [
        ("a", 0.0),  # signed up before, without a row
        # the first of May is not before the first of May; then sorted by the ids' bytes
        *[("Z", 0.0), ("a", 0.0), ("b", 5.0)],
        *[("Z", 0.0), ("a", 0.0), ("b", 5.0), ("é", 7.0)],
    ]
    assert table["cutoff"].cast("int64").to_pylist() == [may, *[june] * 3, *[june + DAY] * 4]


@quick
@given(data=st.data())
def test_rows_that_are_not_wanted_are_left_out_and_change_no_other(
    data: st.DataObject,
    shops: st.SearchStrategy[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
) -> None:
    block = data.draw(shops).block()
    shape = len(cutoffs), len(block)
    wanted = data.draw(arrays(np.bool_, shape))
    kept = pa.array(wanted[known_before(block, cutoffs)])
    some = compute(block, cutoffs, everything, wanted)
    assert differing(some, compute(block, cutoffs, everything).filter(kept)) == []


def test_a_block_without_rows_or_cutoffs_gives_no_rows(
    shop_of: type[Shop], everything: tuple[Column, ...], crowd: Shop
) -> None:
    names = ["customer_id", "cutoff", *(column.name for column in everything)]
    for nothing in (
        compute(crowd.block(), [], everything),
        compute(crowd.block(), [0], everything),  # long before anybody was known
        compute(shop_of.of().block(), [DAY, 2 * DAY], everything),
        compute(shop_of(None, None, shop_of.of().customers).block(), [DAY], everything),
    ):
        assert nothing.num_rows == 0
        assert nothing.column_names == names


@pytest.mark.parametrize(
    ("cutoffs", "columns", "complaint"),
    [
        ([2 * DAY, DAY], [SPEND], "cutoffs must ascend"),
        ([DAY, DAY], [SPEND], "cutoffs must ascend"),
        ([DAY], [SPEND, SPEND], "names of their own"),
    ],
)
def test_cutoffs_and_names_out_of_order_are_refused(
    shop_of: type[Shop], cutoffs: list[int], columns: list[Column], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        compute(shop_of.of().block(), cutoffs, columns)


def test_a_plan_may_be_made_once_and_used_often(
    crowd: Shop, cutoffs: tuple[int, ...], standard: tuple[Column, ...]
) -> None:
    ready = plan(standard)
    block = crowd.block()
    assert differing(compute(block, cutoffs, ready), compute(block, cutoffs, standard)) == []


def test_concatenate_sorts_by_cutoff_then_block(shop_of: type[Shop]) -> None:
    shop = shop_of.of(
        orders=[
            {"customer_id": name, "ordered_at": "1970-01-01T12:00Z", "amount": 1.0}
            for name in "abcd"
        ]
    )
    parts = [shop.only(["a", "b"]), shop.only([]), shop.only(["c", "d"])]
    tables = [compute(part.block(), [DAY, 2 * DAY], [SPEND]) for part in parts]
    assert concatenate(tables)["customer_id"].to_pylist() == [*"abcd", *"abcd"]
    assert concatenate(tables[1:2]).num_rows == 0


def test_what_is_too_large_to_be_stored_is_null(shop_of: type[Shop]) -> None:
    shop = shop_of.of(orders=[{"ordered_at": "1970-01-01T12:00Z", "amount": 1e12}])
    columns = [Column(f"times {f}", Orders().amount.sum() * f) for f in (1e20, 1e30, 1e300)]
    columns.append(Column("less", (columns[2].expression * 1e300) - columns[2].expression * 1e300))
    table = compute(shop.block(), [DAY], columns)
    found = [table[column.name][0].as_py() for column in columns]
    assert found == pytest.approx([1e32, np.nan, np.nan, np.nan], nan_ok=True)


def test_one_feature_may_be_asked_over_many_windows(shop_of: type[Shop]) -> None:
    shop = shop_of.of(
        orders=[
            {"ordered_at": f"1970-01-{day:02}T00:00Z", "amount": float(day)} for day in range(1, 9)
        ]
    )
    columns = [
        Column(f"last_{days}", Orders().amount.sum(), Window.before(days)) for days in (1, 3, None)
    ]
    columns.append(Column("next_2", Orders().amount.sum(), Window.after(1, 2)))
    table = compute(shop.block(), [5 * DAY], columns)
    assert [table[c.name][0].as_py() for c in columns] == [5.0, 3 + 4 + 5.0, 15.0, 7 + 8.0]
