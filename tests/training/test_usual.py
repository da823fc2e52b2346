"""What is usual in a stratum is told where enough customers of it have a value."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training import usual
from training.bundle.arrays import Floats
from training.snapshots.examples import Examples


def usual_of(*strata: Floats) -> tuple[list[Any], list[Any]]:
    """Return the medians and the middle halves of a number that customers of strata have."""
    values = np.concatenate(strata)
    rows = len(values)
    examples = Examples(
        features=values.astype(np.float32)[:, None],
        names=("number",),
        labels=np.zeros(rows),
        customer=np.arange(rows),
        cutoff=np.zeros(rows, np.int64),
        stratum=np.repeat(np.arange(len(strata), dtype=np.int8), [*map(len, strata)]),
        facts={},
    )
    plan = SimpleNamespace(outcome=SimpleNamespace(who="active"), newest=date(2024, 6, 1))
    data: Any = SimpleNamespace(plans=[plan], slices=SimpleNamespace(examples=lambda *_: examples))
    found = usual.find(data)
    return found["usual"]["active"]["number"], found["usual_range"]["active"]["number"]


def test_a_stratum_is_told_from_forty_customers_of_whom_half_have_a_value() -> None:
    few, enough = np.arange(39.0), np.arange(100.0, 140.0)
    known, unknown = np.arange(50.0), np.full(50, np.nan)
    medians, ranges = usual_of(few, enough, np.concatenate([known, unknown]))
    assert medians == [None, pytest.approx(119.5), pytest.approx(24.5)]
    assert ranges == [None, pytest.approx([109.75, 129.25]), pytest.approx([12.25, 36.75])]
    medians, ranges = usual_of(np.concatenate([known, unknown, unknown[:1]]), enough, few)
    assert medians[0] is ranges[0] is None, "most of them have none"
