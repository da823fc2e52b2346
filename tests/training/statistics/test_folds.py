from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.statistics.folds import grouped


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 5))
def test_a_customers_rows_share_a_fold_and_folds_are_even(
    customers: int, repeats: int, seed: int
) -> None:
    customer = np.tile(np.arange(customers, dtype=np.int64), repeats)
    labels = (customer % 3 == 0).astype(float)
    folds = grouped(customer, labels, 4, seed)
    first = folds[:customers]
    np.testing.assert_array_equal(folds, np.tile(first, repeats))
    positives = np.bincount(first[labels[:customers] > 0], minlength=4)
    assert positives.max() - positives.min() <= 1
    counts = np.bincount(first, minlength=4)
    assert counts.max() - counts.min() <= 1


def test_other_seeds_deal_other_folds() -> None:
    customer, labels = np.arange(100, dtype=np.int64), np.zeros(100)
    assert (grouped(customer, labels, 4, 1) != grouped(customer, labels, 4, 2)).any()
