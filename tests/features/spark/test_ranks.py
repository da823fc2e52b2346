"""Places worked out in parts are those of the whole, wherever the parts begin and end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from features.spark import ranks
from features.spark.cells import answers
from features.spark.ranks import KEYS, Layout

Parts = list[list[pa.RecordBatch]]
COLUMNS = ("churn", "advocate")

numbers = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5]), st.floats(0, 1))
shops = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40)
cuts = st.lists(st.integers(0, 80), max_size=6)


def shop_of(rows: list[tuple[float | None, float | None]]) -> pa.Table:
    ids = [f"c-{number:03}" for number in range(len(rows))]
    return pa.table(
        {
            "customer_id": pa.array(ids),
            **{
                name: pa.array([row[at] for row in rows], pa.float64())
                for at, name in enumerate(COLUMNS)
            },
        }
    )


def in_parts(shop: pa.Table, at: list[int]) -> Parts:
    """Return the keys sorted as a cluster sorts them, cut anywhere."""
    keys = pa.Table.from_batches(ranks.keys(COLUMNS, shop.to_batches(max_chunksize=7)), KEYS)
    order = [("question", "ascending"), ("value", "descending"), ("customer_id", "ascending")]
    keys = keys.sort_by(order)
    ends = sorted({0, len(keys), *(min(cut, len(keys)) for cut in at)})
    parts = [keys.slice(a, b - a) for a, b in pairwise(ends)]
    backwards = pa.array(range(len(keys)))[::-1]
    return [
        part.take(backwards.filter(backwards.to_numpy() < len(part))).to_batches() for part in parts
    ]


def laid_out(parts: Parts) -> Layout:
    cells = pa.Table.from_batches([cell for part in parts for cell in ranks.pieces(part)])
    return Layout.of([piece for found in answers(cells) for piece in found], len(COLUMNS))


@st.composite
def sorted_shops(draw: st.DrawFn) -> tuple[pa.Table, Parts, Layout]:
    """Draw a shop with a number somewhere, the sorted parts of its keys, and how they lie."""
    shop = shop_of(draw(shops))
    parts = in_parts(shop, draw(cuts))
    assume(parts)
    return shop, parts, laid_out(parts)


@given(sorted_shops())
def test_percentiles_are_those_of_a_sort_of_the_whole(
    made: tuple[pa.Table, Parts, Layout],
) -> None:
    shop, parts, layout = made
    found = pa.Table.from_batches(
        [batch for part in parts for batch in ranks.places(layout, len(COLUMNS), part)]
    ).to_pylist()
    said = {(one["question"], one["customer_id"]): one["percentile"] for one in found}
    for question, name in enumerate(COLUMNS):
        known = shop.filter(shop[name].is_valid())
        among = np.sort(known[name].to_numpy())
        assert layout.counts[question] == len(among)
        for customer, value in zip(
            known["customer_id"].to_pylist(), known[name].to_numpy(), strict=True
        ):
            low, high = (np.searchsorted(among, value, side) for side in ("left", "right"))
            assert said.pop((question, customer)) == 100 * ((low + high) / 2) / len(among)
    assert not said


@given(sorted_shops())
def test_places_count_from_the_largest_number_and_then_by_id(
    made: tuple[pa.Table, Parts, Layout],
) -> None:
    shop, parts, layout = made
    everywhere = [range(count) for count in layout.counts]
    cells = pa.Table.from_batches(
        [cell for part in parts for cell in ranks.rows_at(layout, everywhere, part)]
    )
    found = {(head.question, place): head for told in answers(cells) for place, head in told}
    for question, name in enumerate(COLUMNS):
        known = shop.filter(shop[name].is_valid()).to_pylist()
        best = sorted(known, key=lambda row: (-row[name], row["customer_id"]))
        heads = [found[question, place] for place in range(layout.counts[question])]
        assert [head.customer_id for head in heads] == [row["customer_id"] for row in best]


def test_rows_meet_their_percentiles_in_the_order_of_the_customers() -> None:
    rows = pa.table(
        {
            "customer_id": ["b", "a", "c", "a", "b"],
            "said": pa.array([None] * 5, pa.float64()),
            "spend": [2.0, 1.0, 3.0, None, None],
            "question": pa.array([None, None, None, 0, 0], pa.int32()),
            "percentile": [None, None, None, 25.0, 75.0],
        }
    )
    schema = pa.schema(
        [("customer_id", pa.string()), ("said", pa.float64()), ("spend", pa.float64())]
    )
    made = pa.Table.from_batches(
        ranks.finish(["said"], lambda table: table, schema, rows.to_batches(max_chunksize=2))
    )
    assert made.to_pydict() == {
        "customer_id": ["a", "b", "c"],
        "said": [25.0, 75.0, None],
        "spend": [1.0, 2.0, 3.0],
    }


def test_a_part_without_rows_has_no_pieces() -> None:
    (cell,) = ranks.pieces([])
    assert list(answers(pa.Table.from_batches([cell]))) == [[]]
    assert list(ranks.finish([], pytest.fail, KEYS, [])) == []
