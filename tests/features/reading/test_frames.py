"""Frames in memory stand in for an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from features.errors import UsageError
from tests.features.reading.rows import NOON, ROWS, Read


@pytest.mark.parametrize("make", [pd.DataFrame, pa.Table.from_pylist])
def test_frames_stand_in_for_an_address(read: Read, make: Callable[[Any], Any]) -> None:
    relation, rows = read(frame=make(ROWS))
    assert rows == ROWS
    assert not relation.untyped


def test_a_named_index_is_a_column_like_the_others(read: Read) -> None:
    names = list(ROWS[0])
    indexed = pd.DataFrame(ROWS).set_index(names[:2])
    assert read(frame=indexed)[1] == ROWS
    doubled = pd.DataFrame(ROWS).set_index(names[0], drop=False)
    assert read(frame=doubled)[1] == ROWS, "an index that repeats a column adds nothing"


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ([1, "x", None, "lone \ud800"], ["1", "x", None, "lone \ufffd"]),
        ([17850.0, "x", 0.5], ["17850", "x", "0.5"]),
        ([10**17 + 1, 2.0], [str(10**17 + 1), "2"]),
        ([10**30, 1], [str(10**30), "1"]),
        ([1 + 2j], ["(1+2j)"]),
        ([date(2024, 5, 1), NOON], ["2024-05-01", "2024-05-01T12:00:00"]),
        ([NOON.replace(tzinfo=UTC), NOON], ["2024-05-01T12:00:00+00:00", "2024-05-01T12:00:00"]),
        ([NOON, "2024-05-02"], ["2024-05-01T12:00:00", "2024-05-02"]),
        ([b"x", "x"], ["x", "x"]),
    ],
)
def test_a_frame_of_mixed_objects_becomes_text(
    read: Read, cells: list[Any], texts: list[str | None]
) -> None:
    mixed = pd.DataFrame({"id": pd.Series(cells, dtype=object)})
    assert [row["id"] for row in read(frame=mixed)[1]] == texts


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[1, 2]], columns=["id", "id"]),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["id", "id"]),
    ],
)
def test_columns_of_one_name_are_refused(read: Read, frame: Any) -> None:
    with pytest.raises(UsageError, match="orders has 2 columns called"):
        read(frame=frame)


def test_something_that_is_no_frame_is_refused(read: Read) -> None:
    with pytest.raises(UsageError, match="orders is a list"):
        read(frame=[1, 2])
