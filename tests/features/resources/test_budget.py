"""A budget of memory: what may be written, and that blocks shrink with it."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import UsageError
from features.resources.budget import Budget, block_bounds


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("800 mb", 8 * 10**8), ("1.5G", 15 * 10**8), ("8GiB", 8 * 10**9)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert Budget.of(text).size == size


@pytest.mark.parametrize("text", ["plenty", "", "-4GB", "100MB", "4 GB of it"])
def test_what_is_no_size_or_too_little_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="4GB"):
        Budget.of(text)


def test_blocks_shrink_with_memory_and_with_processes() -> None:
    small, large = (Budget.of(text).rows_per_block(2) for text in ("1GB", "2GB"))
    assert 2 * small == large < Budget.of("2GB").rows_per_block(1)


@pytest.mark.parametrize("most_rows", [1, 10, 99, 10_000])
def test_every_customer_is_in_one_block_and_only_the_largest_outgrow_it(most_rows: int) -> None:
    rows = np.random.default_rng(3).integers(0, 12, 200)
    rows[77] = 500
    found = [*block_bounds(rows, most_rows, 50)]
    assert [n for first, last in found for n in range(first, last)] == [*range(200)]
    for first, last in found:
        assert 1 <= last - first <= 50
        assert rows[first:last].sum() <= most_rows or last - first == 1
        if last < 200 and last - first < 50:
            assert rows[first : last + 1].sum() > most_rows, "one more would have fitted"


def test_nobody_is_in_no_block() -> None:
    assert [*block_bounds([], 10, 10)] == []
