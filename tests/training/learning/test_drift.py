from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.clock import DAY
from tests.training.made import MakeExamples
from training.bundle.affine import Affine
from training.bundle.odds import sigmoid
from training.learning import drift
from training.snapshots.examples import Examples

steps = st.floats(-5, 5, allow_nan=False)


def moved(made: Examples, by: float) -> Examples:
    """Return the examples with the level of the newest slice moved."""
    newest = made.cutoff == made.cutoff.max()
    draw = np.random.default_rng(3)
    truth = made.facts["true_log_odds"] + by * newest
    return replace(made, labels=(draw.random(len(made)) < sigmoid(truth)).astype(float))


@pytest.mark.parametrize("by", [-0.6, 0.0, 0.4])
def test_how_far_the_newest_slice_moved_is_found(make_examples: MakeExamples, by: float) -> None:
    made = moved(make_examples(customers=8000, cutoffs=2), by)
    assert drift.of(made.facts["true_log_odds"], made) == pytest.approx(by, abs=0.08)


def test_a_few_rows_move_little(make_examples: MakeExamples) -> None:
    made = make_examples(customers=6, cutoffs=1)
    ones = replace(made, labels=np.ones(len(made)))
    assert 0 < drift.of(np.zeros(len(ones)), ones) < 0.35


def test_how_far_customers_were_sampled_does_not_tell_how_sure_a_drift_is(
    make_examples: MakeExamples,
) -> None:
    """A row that stands for fifty says no more than one that stands for itself."""
    made = moved(make_examples(customers=60, cutoffs=1), 0.8)
    score = made.facts["true_log_odds"]
    sampled = replace(made, weight=np.full(len(made), 50.0))
    assert drift.of(score, sampled) == pytest.approx(drift.of(score, made))


@given(steps, steps)
def test_a_drift_is_followed_at_most_wholly_and_never_turned_around(
    foreseen: float, came: float
) -> None:
    followed = drift.trust(foreseen, came)
    assert 0.0 <= followed <= 1.0
    assert followed == 0.0 or foreseen * came > 0
    # Whatever is followed would have come nearer to E than standing still.
    assert abs(came - followed * foreseen) <= abs(came) + 1e-9


def test_a_season_that_turned_is_not_followed() -> None:
    assert drift.trust(foreseen=0.2, came=-0.3) == 0.0


def test_what_came_does_not_make_up_for_what_was_hardly_foreseen() -> None:
    assert drift.trust(foreseen=0.01, came=2.0) < 0.02


def at_day(made: Examples, day: int, known_for: float) -> Examples:
    """Return the examples of one slice at a day, of customers known for so long at most."""
    first = np.minimum(made.facts["days_since_first_activity"], known_for - 1.0)
    first[0] = known_for
    return replace(
        made,
        cutoff=np.full(len(made), day * DAY),
        facts={**made.facts, "days_since_first_activity": first},
    )


@pytest.mark.parametrize(
    ("days", "known_for", "share"),
    [(28, 200.0, 0.886), (90, 200.0, 0.021), (180, 200.0, 0.0), (90, 365.0, 1.0)],
)
def test_until_a_year_is_seen_a_drift_is_followed_as_far_as_a_season_lasts(
    make_examples: MakeExamples, days: int, known_for: float, share: float
) -> None:
    made = make_examples(customers=300, cutoffs=1)
    before, after = at_day(made, 500, known_for), at_day(made, 500 + days, known_for)
    whole = drift.trust(-0.3, -0.7)
    assert drift.followed(before, after, -0.3, -0.7) == pytest.approx(share * whole, abs=0.001)


def test_raising_moves_every_stratum() -> None:
    assert drift.raised(Affine(2.0, (0.0, 1.0, 2.0)), 0.5) == Affine(2.0, (0.5, 1.5, 2.5))
