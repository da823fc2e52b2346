from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from features import voice
from training import groups
from training.examples import Examples
from training.regression import sigmoid

Make = Callable[..., Examples]


def test_a_stratum_too_small_to_judge_is_shown_as_such(make_examples: Make) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    found = groups.of(made, truth)
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
    assert "first_time" not in groups.of(some, np.full(len(some), 0.5))


def test_how_customers_came_is_judged_where_it_was_noted(make_examples: Make) -> None:
    made = make_examples(customers=2_500, cutoffs=1)
    features, names = made.features.copy(), ("came_by_referral", *made.names[1:])
    features[:, 0] = np.where(made.customer % 5 == 0, np.nan, made.customer % 2)
    noted = replace(made, features=features, names=names)
    found = groups.of(noted, sigmoid(made.facts["true_log_odds"]))
    assert [*found][-1] == "came by referral"
    assert found["came by referral"].rows == 1_000
    assert found["came by referral"].ece is not None
    assert "came by advertising" not in found


def test_the_ways_customers_came_are_features_of_the_catalogue() -> None:
    declared = (voice.came_by_referral, voice.came_by_advertising, voice.came_organically)
    assert [*groups.CAME] == [feature.__name__ for feature in declared]
