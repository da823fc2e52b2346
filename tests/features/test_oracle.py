"""The engine against an independent answer in SQL, on histories full of what goes wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import Column
from features.engine import compute

if TYPE_CHECKING:
    from tests.features.histories import Shop
    from tests.features.oracle import Oracle

TOLERANCE = 1e-9
ENTROPY_TOLERANCE = 1e-5
"""Logarithms are summed in units of 2**-20 of a nat."""


@settings(max_examples=60, derandomize=True)
@given(data=st.data())
def test_every_column_agrees_with_sql(
    data: st.DataObject,
    shops: st.SearchStrategy[Shop],
    cutoffs: tuple[int, ...],
    everything: tuple[Column, ...],
    oracle: type[Oracle],
) -> None:
    shop = data.draw(shops)
    computed = compute(shop.block(), cutoffs, everything)
    expected = oracle(shop, cutoffs)
    keys = list(
        zip(
            computed["customer_id"].to_pylist(),
            computed["cutoff"].cast("int64").to_pylist(),
            strict=True,
        )
    )
    assert keys == expected.known()
    answers = expected.answers(everything) if keys else {}
    for column in everything if keys else ():
        got = computed[column.name].to_numpy()
        wanted = [answers[column.name][key] for key in keys]
        tolerance = ENTROPY_TOLERANCE if "entropy" in column.name else TOLERANCE
        np.testing.assert_allclose(
            got,
            np.array([math.nan if value is None else value for value in wanted]),
            rtol=tolerance,
            atol=tolerance,
            err_msg=column.name,
        )
