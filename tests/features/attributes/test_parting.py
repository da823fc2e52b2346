"""To have an attribute is nothing that a customer did: no other column may notice it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.attributes.levels import Values, columns
from features.attributes.parting import parted
from features.catalogue import Column
from features.engine import compute
from features.tables import ENGAGEMENT

if TYPE_CHECKING:
    from tests.features.histories import Shop

KNOWN = {
    "plan": Values(50, 0, 0, {"gold": 30, "it's": 20}),
    "seats": Values(9, 9, 0, {}),
    "card": Values(9, 0, 9, {}),
}
COLUMNS = columns(KNOWN)


def attribute(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of engagement that an attribute travels as."""
    name, value = row["said"]
    number = value if isinstance(value, float) else {"true": 1.0, "false": 0.0}.get(value)
    kind = f"attribute:{name}"
    return {
        "customer_id": row["customer_id"],
        "occurred_at": row["at"],
        "kind": kind,
        "value": number,
        "detail": f"{value:g}" if isinstance(value, float) else value,
    }


SAID = st.sampled_from(
    [("plan", value) for value in ("gold", "it's", "new since")]
    + [("seats", value) for value in (0.0, 3.0, -2.5)]
    + [("card", value) for value in ("true", "false")]
    + [("nps", 9.0)]  # named as a kind of engagement
)


def attributed(shop: Shop, rows: list[dict[str, Any]]) -> Shop:
    """Return a shop with attributes among its engagement."""
    known = pa.Table.from_pylist([attribute(row) for row in rows], ENGAGEMENT.schema)
    mine = ENGAGEMENT.schema.empty_table() if shop.engagement is None else shop.engagement
    return replace(shop, engagement=pa.concat_tables([mine, known]))


@st.composite
def rows_of(draw: st.DrawFn, shop: Shop, cutoffs: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return attributes of a shop's people, at random and at the cutoffs to the microsecond."""
    near = [
        datetime.fromtimestamp(cutoff // 1_000_000, UTC).replace(microsecond=part)
        for cutoff in cutoffs
        for part in (0, 1)
    ]
    times = st.sampled_from(near) | st.datetimes(
        datetime(2022, 6, 1), datetime(2025, 5, 1), timezones=st.just(UTC)
    )
    row = st.fixed_dictionaries(
        {"customer_id": st.sampled_from(shop.ids), "at": times, "said": SAID}
    )
    return draw(st.lists(row, max_size=12)) if shop.ids else []


def same(one: pa.Table, other: pa.Table) -> bool:
    """Compare with missing numbers equal to each other."""
    return one.schema == other.schema and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        for a, b in ((one[n].to_numpy(), other[n].to_numpy()) for n in one.column_names)
    )


@settings(max_examples=40)
@given(data=st.data())
def test_no_other_column_notices_an_attribute(
    data: st.DataObject,
    shops: st.SearchStrategy[Shop],
    everything: tuple[Column, ...],
    cutoffs: tuple[int, ...],
) -> None:
    shop = data.draw(shops)
    with_attributes = attributed(shop, data.draw(rows_of(shop, cutoffs)))
    assert same(
        compute(with_attributes.block(), cutoffs, everything),
        compute(shop.block(), cutoffs, everything),
    )


@settings(max_examples=60)
@given(data=st.data())
def test_a_value_is_the_latest_strictly_before_the_cutoff(
    data: st.DataObject, shops: st.SearchStrategy[Shop], cutoffs: tuple[int, ...]
) -> None:
    shop = data.draw(shops)
    rows = data.draw(rows_of(shop, cutoffs))
    found = compute(attributed(shop, rows).block(), cutoffs, COLUMNS).to_pylist()
    for row in found:
        for level in ("gold", "it's"):
            plans = {float(plan == level) for plan in latest(rows, row, "plan")}
            assert is_one_of(row[f"attribute:plan={level}"], plans)
        cards = {float(card == "true") for card in latest(rows, row, "card")}
        assert is_one_of(row["attribute:card"], cards)
        assert is_one_of(row["attribute:seats"], latest(rows, row, "seats"))
    assert {row["customer_id"] for row in found} <= set(shop.ids)


def latest(rows: list[dict[str, Any]], row: dict[str, Any], name: str) -> set[Any]:
    """Return what somebody would look up by hand: several values where they share an instant."""
    before = [
        (one["at"], one["said"][1])
        for one in rows
        if one["customer_id"] == row["customer_id"]
        and one["said"][0] == name
        and one["at"] < row["cutoff"]
    ]
    newest = max((at for at, _ in before), default=None)
    return {value for at, value in before if at == newest}


def is_one_of(number: float, values: set[float]) -> bool:
    return number in values if values else bool(np.isnan(number))


@settings(max_examples=40)
@given(data=st.data())
def test_what_is_said_at_the_cutoff_or_later_changes_nothing(
    data: st.DataObject, shops: st.SearchStrategy[Shop], cutoffs: tuple[int, ...]
) -> None:
    shop = data.draw(shops)
    whole = attributed(shop, data.draw(rows_of(shop, cutoffs)))
    for cutoff in cutoffs:
        assert same(
            compute(whole.block(), [cutoff], COLUMNS),
            compute(whole.before(cutoff).block(), [cutoff], COLUMNS),
        )


@settings(max_examples=30)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_neither_the_order_of_rows_nor_company_matters(
    data: st.DataObject, seed: int, shops: st.SearchStrategy[Shop], cutoffs: tuple[int, ...]
) -> None:
    shop = data.draw(shops)
    whole = attributed(shop, data.draw(rows_of(shop, cutoffs)))
    told = compute(whole.block(), cutoffs, COLUMNS)
    mixed = whole.shuffled(np.random.default_rng(seed))
    assert same(compute(mixed.block(), cutoffs, COLUMNS), told)
    for who in whole.ids:
        alone = compute(whole.only([who]).block(), cutoffs, COLUMNS)
        assert same(alone, told.filter(pc.equal(told["customer_id"], who)))


@settings(max_examples=30)
@given(data=st.data())
def test_a_block_gives_back_every_row_it_was_given(
    data: st.DataObject, shops: st.SearchStrategy[Shop], cutoffs: tuple[int, ...]
) -> None:
    shop = data.draw(shops)
    whole = attributed(shop, data.draw(rows_of(shop, cutoffs)))
    assert whole.engagement is not None
    for ordered in (True, False):
        rows = whole.block().rows("engagement", ordered=ordered)
        assert rows is not None
        given = sorted(map(repr, whole.engagement.to_pylist()))
        assert sorted(map(repr, rows.to_pylist())) == given


def test_rows_of_a_block_stand_in_order_with_attributes_at_the_end(shop_of: type[Shop]) -> None:
    shop = shop_of.of(
        engagement=[
            {"occurred_at": f"2024-01-0{day}T00:00:00+00:00", "kind": kind, "detail": "x"}
            for day, kind in ((3, "attribute:plan"), (2, "nps"), (1, "attribute:plan"), (1, "nps"))
        ]
    )
    rows = shop.block().rows("engagement")
    assert rows is not None
    days = [(row["kind"], row["occurred_at"].day) for row in rows.to_pylist()]
    assert days == [("nps", 1), ("nps", 2), ("attribute:plan", 1), ("attribute:plan", 3)]


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_rows_without_attributes_stay_whole(kind: pa.DataType) -> None:
    rows = pa.table({"kind": pa.array(["nps", "shared"]).cast(kind), "value": [1.0, 2.0]})
    rows = rows.append_column("customer_id", pa.array(["a", "b"]))
    rows = rows.append_column("occurred_at", pa.array([0, 0], pa.timestamp("us", "UTC")))
    found = parted(rows)
    assert not len(found.attributes)
    assert found.places is None
    assert found.engagement["kind"].to_pylist() == ["nps", "shared"]
