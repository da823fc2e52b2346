from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.errors import LadderError
from training.bundle.arrays import facts, matrix, touched

TABLE = pa.table({"spend": [2.5, None], "tenure": [0.5, 3.0], "orders": [1, 2]})


def test_columns_stand_in_the_order_asked_for_and_null_is_nan() -> None:
    found = matrix(TABLE, ["tenure", "spend"])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[0.5, 2.5], [3.0, np.nan]])
    np.testing.assert_array_equal(facts(TABLE, ["spend"])["spend"], [2.5, np.nan])


@pytest.mark.parametrize("read", [matrix, facts])
def test_a_column_that_is_missing_is_named(read: object) -> None:
    assert callable(read)
    with pytest.raises(LadderError, match=r"the first is 'visits'"):
        read(TABLE, ["spend", "visits"])


@pytest.mark.parametrize("rows", [[], [0], [2], [5, 1, 5], [0, 1, 2, 3, 4, 5], [6], [3, 4]])
def test_rows_of_a_table_in_parts_are_those_of_the_whole(rows: list[int]) -> None:
    whole = pa.table({"spend": [float(n) for n in range(7)], "tenure": [None, *range(6)]})
    parts = pa.concat_tables([whole.slice(*span) for span in ((0, 2), (2, 0), (2, 3), (5, 2))])
    wanted = np.array(rows, np.int64)
    names = ["tenure", "spend"]
    np.testing.assert_array_equal(matrix(parts, names, wanted), matrix(whole, names)[wanted])
    np.testing.assert_array_equal(facts(parts, names, wanted)["spend"], np.array(rows, float))


def test_parts_that_hold_no_wanted_row_are_not_looked_at() -> None:
    parts = pa.concat_tables([TABLE, TABLE, TABLE])
    part, rows = touched(parts, np.array([3, 2]))
    assert part.equals(TABLE)
    assert rows.tolist() == [1, 0]
