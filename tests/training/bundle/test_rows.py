"""Rows to score: the same numbers from a table and from an array, each read once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.errors import LadderError
from training.bundle.rows import Dense, Rows, Tabular, read

NAMES = ("orders", "silence", "activity_days", "activity_periods")
TABLE = pa.table(
    {
        "orders": pa.array([3.25, None, 0.1], pa.float32()),
        "silence": pa.array([float("nan"), 2.0, 1e9], pa.float32()),
        "activity_days": pa.array([1.0, 3.0, 1 / 3]),
        "activity_periods": pa.array([1.0, 6.0, 0.0]),
    }
)


@pytest.mark.parametrize("row", range(3))
def test_one_row_holds_what_it_holds_among_others(row: int) -> None:
    alone, others = read(TABLE.slice(row, 1), NAMES), read(TABLE, NAMES)
    assert isinstance(alone, Dense)
    assert not isinstance(others, Dense)
    mine = others.matrix(NAMES[:2])[row : row + 1]
    np.testing.assert_array_equal(alone.matrix(NAMES[:2]), mine)
    assert alone.matrix(NAMES[:2]).dtype == np.float32
    for name, values in alone.facts(NAMES[2:]).items():
        assert values[0] == others.facts(NAMES)[name][row]
    assert alone.strata[0] == others.strata[row]


def test_the_same_choice_is_made_once() -> None:
    rows = Tabular(TABLE)
    first = rows.among(np.array([True, False, True]))
    assert rows.among(np.array([True, False, True])) is first
    assert rows.among(np.ones(3, dtype=bool)) is rows
    assert first.facts(["activity_periods"])["activity_periods"].tolist() == [1.0, 0.0]


def test_positions_in_a_table_are_rows_like_others() -> None:
    places = np.array([2, 0])
    rows, expected = Tabular(TABLE, places), Tabular(TABLE.take(pa.array(places)))
    assert len(rows) == len(places)
    np.testing.assert_array_equal(rows.matrix(NAMES[:2]), expected.matrix(NAMES[:2]))
    assert rows.facts(NAMES[2:])["activity_days"].tolist() == [1 / 3, 1.0]
    first = np.array([True, False])
    np.testing.assert_array_equal(
        rows.among(first).matrix(NAMES[:2]), expected.among(first).matrix(NAMES[:2])
    )


def test_chosen_rows_of_an_array_are_those_of_the_table() -> None:
    chosen = np.array([False, True, True])
    dense = Dense(np.column_stack([TABLE[name].to_numpy() for name in NAMES]), NAMES)
    expected = Tabular(TABLE).among(chosen).matrix(NAMES[:2])
    np.testing.assert_array_equal(dense.among(chosen).matrix(NAMES[:2]), expected)


@pytest.mark.parametrize("rows", [Tabular(TABLE), Dense(np.zeros((1, 4)), NAMES)])
def test_a_column_that_is_not_there_is_named(rows: Rows) -> None:
    with pytest.raises(LadderError, match="'stars'"):
        rows.matrix(("orders", "stars"))
    with pytest.raises(LadderError, match="'stars'"):
        rows.facts(["stars"])
    with pytest.raises(LadderError, match="'stars'"):
        read(TABLE.slice(0, 1), ["stars"])
