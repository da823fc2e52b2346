from __future__ import annotations

import math

import pytest

from training.bundle import tolerance


@pytest.mark.parametrize(
    ("found", "champions", "over"),
    [
        ({"churn": 0.03}, None, []),
        ({"churn": 0.0301}, None, ["churn"]),
        ({"churn": 0.05}, {"churn": 0.05}, []),
        ({"churn": 0.05}, {"churn": 0.04}, ["churn"]),
        ({"churn": 0.05}, {"churn": math.nan}, ["churn"]),
        ({"churn": math.nan}, None, []),
        ({"a": 0.04, "b": 0.06, "c": 0.05}, {}, ["b", "c", "a"]),
    ],
)
def test_what_is_off_by_more_than_it_may_and_than_the_champion(
    found: dict[str, float], champions: dict[str, float] | None, over: list[str]
) -> None:
    assert [*tolerance.exceeding(found, champions)] == over


def test_many_that_are_off_are_not_all_named() -> None:
    three = {f"group {number}": 0.1 for number in range(3)}
    assert tolerance.sentence(three).endswith("group 2 by 0.100 (at most 0.030)")
    said = tolerance.sentence({f"group {number}": 0.1 for number in range(7)})
    assert "group 2 by 0.100 and 4 more (at most 0.030)" in said


def test_a_group_named_by_what_it_did_is_told_whole() -> None:
    said = tolerance.sentence({"churn (came by referral)": 0.1})
    assert "churn (came by referral) is off by 0.100" in said
