"""The order of rows: the same as a plain sort's, on every way there."""

from __future__ import annotations

import numpy as np
import pytest

from features.arithmetic.fields import Field
from features.arithmetic.ordering import canonical_order, stable_order

DECADES = 2**59
"""Microseconds that leave few bits for anything else."""


@pytest.mark.parametrize("highest", [1, 50, 2**16 - 1, 2**16, 2**40, 2**62])
def test_equal_numbers_stay_as_they_stand(highest: int) -> None:
    values = np.random.default_rng(1).integers(0, highest, 999, endpoint=True)
    values[::7] = highest
    assert stable_order(values).tolist() == np.argsort(values, kind="stable").tolist()


def test_nothing_is_in_order() -> None:
    assert stable_order(np.array([], dtype=np.int32)).tolist() == []


@pytest.mark.parametrize("longest", [10, DECADES])
@pytest.mark.parametrize("ascending", [True, False])
def test_rows_stand_by_customer_then_time_then_contents(longest: int, *, ascending: bool) -> None:
    random = np.random.default_rng(2)
    customer = random.integers(0, 40, 500).astype(np.int32)
    time = random.integers(0, longest, 500)
    if ascending:
        time.sort()
    amount = random.integers(-3, 3, 500)
    order = canonical_order(customer, time, [Field(amount)])
    assert order is not None
    rows = list(zip(customer.tolist(), time.tolist(), amount.tolist(), strict=True))
    assert [rows[row] for row in order] == sorted(rows)


def test_rows_in_order_are_left_where_they_are() -> None:
    customer = np.array([0, 0, 2], dtype=np.int32)
    assert canonical_order(customer, np.array([5, 6, 1]), []) is None
