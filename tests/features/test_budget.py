"""A budget of memory: what may be written, and that blocks shrink with it."""

from __future__ import annotations

import pytest

from features.budget import Budget
from features.errors import UsageError


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


def test_blocks_shrink_with_memory_and_with_busy_customers_and_never_vanish() -> None:
    assert Budget.of("1TB").block(10**6, 10**7, 2) == 50_000
    small, large = (Budget.of(text).block(10**6, 10**8, 2) for text in ("1GB", "2GB"))
    assert 1 < small < large < 50_000
    assert Budget.of("500MB").block(2, 10**9, 64) == 1
