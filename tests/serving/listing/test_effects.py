"""What a list changed, by hand and beside other programs' intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from serving.listing.effects import ARMS, SpendEffect, effect, spend_effect
from serving.store.campaigns import Result


def results(arm: str, *spent: float) -> list[tuple[str, Result]]:
    """Return results of an arm, of whom those responded who spent anything."""
    return [(arm, Result(f"{arm}{at}", amount > 0, amount)) for at, amount in enumerate(spent)]


@pytest.mark.parametrize("arm", ARMS)
def test_one_arm_alone_tells_no_difference(arm: str) -> None:
    told = results(arm, 5.0, 0.0, 0.0, 15.0, 0.0, 0.0)
    found = effect(told)
    assert sorted([found.contacted, found.held_out]) == [0, 6]
    assert {found.contacted_share, found.held_out_share} == {None, 2 / 6}
    assert found.difference is found.low is found.high is None
    assert spend_effect(told) is None


def test_the_interval_of_shares_is_newcombes() -> None:
    """The example of his paper: 56 of 70 against 48 of 80."""
    told = results("yes", *[1.0] * 56, *[0.0] * 14)
    found = effect([*told, *results("held_out", *[1.0] * 48, *[0.0] * 32)])
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("contacted", "held_out"), [(90, 10), (6, 5), (300, 40)])
def test_the_interval_of_spend_is_students(contacted: int, held_out: int) -> None:
    draw = np.random.default_rng(contacted)
    spent = draw.gamma(2.0, 20.0, contacted), draw.gamma(1.5, 20.0, held_out)
    found = spend_effect([*results("yes", *spent[0]), *results("held_out", *spent[1])])
    expected = stats.ttest_ind(*spent).confidence_interval()
    assert isinstance(found, SpendEffect)
    assert found.difference == pytest.approx(spent[0].mean() - spent[1].mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=0.01)
    assert found.cost is None


def test_few_amounts_have_no_spread() -> None:
    assert spend_effect([*results("yes", 3.0, 4.0, 5.0), *results("held_out", 2.0)]) is None
    assert spend_effect([*results("yes", 3.0, 4.0, 5.0), *results("held_out", 2.0, 1.0)])
