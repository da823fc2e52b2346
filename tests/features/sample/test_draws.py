from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.sample.draws import Floats, normal, pick, streams, uniform, whole_number

MANY = 200_000


def correlation(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a, b)[0, 1])


@given(st.integers(0, 2**31), st.integers(0, 5_000))
def test_a_number_depends_on_nothing_but_seed_customer_purpose_and_step(
    seed: int, step: int
) -> None:
    alone = uniform(streams(seed, np.array([17])), "order", step)
    crowd = uniform(streams(seed, np.arange(100)), "order", step)
    listed = uniform(streams(seed, np.arange(100)), "order", np.full(100, step))
    assert alone[0] == crowd[17] == listed[17]
    assert 0 <= alone[0] < 1


def test_numbers_are_uniform() -> None:
    numbers = uniform(streams(1, np.arange(MANY)), "order", 5)
    counts, _ = np.histogram(numbers, bins=100, range=(0, 1))
    assert ((counts - MANY / 100) ** 2 / (MANY / 100)).sum() < 149  # 99.9% point of chi2(99)


def test_neighbours_in_any_direction_are_independent() -> None:
    starts = streams(1, np.arange(MANY))
    numbers = uniform(starts, "order", 5)
    others = {
        "customer": np.roll(numbers, 1),
        "step": uniform(starts, "order", 6),
        "purpose": uniform(starts, "visit", 5),
        "seed": uniform(streams(2, np.arange(MANY)), "order", 5),
    }
    bound = 4 / np.sqrt(MANY)
    assert {name: correlation(numbers, other) for name, other in others.items()} == {
        name: value
        for name, other in others.items()
        if abs(value := correlation(numbers, other)) < bound
    }


def test_normal_numbers_have_the_moments_of_a_normal() -> None:
    numbers = normal(streams(1, np.arange(MANY)), "price", 0)
    moments = [float((numbers**power).mean()) for power in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.06)


def test_pick_and_whole_divide_the_interval() -> None:
    numbers = np.array([0.0, 0.24, 0.25, 0.999])
    assert pick(numbers, (0.25, 0.5, 0.25)).tolist() == [0, 0, 1, 2]
    assert whole_number(numbers, 1, choices=4).tolist() == [1, 1, 2, 4]
