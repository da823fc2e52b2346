from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training import groups
from training.examples import Examples
from training.regression import sigmoid

Make = Callable[..., Examples]


def test_a_stratum_too_small_to_judge_is_shown_as_such(make_examples: Make) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    found = groups.strata(made, truth)
    assert sum(group.rows for group in found.values()) == 3_000
    small = {name for name, group in found.items() if group.rows < groups.GROUP_ROWS}
    assert small
    assert small < set(found)
    for name, group in found.items():
        assert (group.calibration == "too few to judge") == (name in small)
        assert group.mean_probability == pytest.approx(group.rate, abs=0.08)


def test_a_stratum_without_customers_is_left_out(make_examples: Make) -> None:
    made = make_examples(customers=300, cutoffs=1)
    some = made.take(made.stratum != 0)
    assert "first_time" not in groups.strata(some, np.full(len(some), 0.5))
