from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.errors import LadderError
from training.bundle.arrays import facts, matrix

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
