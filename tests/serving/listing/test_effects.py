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
    known = [(6, 2 / 6), (0, None)] if arm == "yes" else [(0, None), (6, 2 / 6)]
    assert [
        (found.contacted, found.contacted_share),
        (found.held_out, found.held_out_share),
    ] == known
    assert found.difference is found.low is found.high is None
    assert spend_effect(told) is None


def test_the_interval_of_shares_is_newcombes() -> None:
    """The example of his paper: 56 of 70 against 48 of 80."""
    told = results("yes", *[1.0] * 56, *[0.0] * 14)
    found = effect([*told, *results("held_out", *[1.0] * 48, *[0.0] * 32)])
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("contacted", "held_out"), [(10, 10), (90, 10), (6, 5), (300, 40)])
def test_the_interval_of_spend_is_students_or_wider(contacted: int, held_out: int) -> None:
    draw = np.random.default_rng(contacted)
    spent = draw.gamma(2.0, 20.0, contacted), draw.gamma(1.5, 20.0, held_out)
    if contacted == held_out:
        spent = spent[0], spent[0][::-1] + 5
    found = spend_effect([*results("yes", *spent[0]), *results("held_out", *spent[1])])
    expected = stats.ttest_ind(*spent).confidence_interval()
    assert isinstance(found, SpendEffect)
    assert found.difference == pytest.approx(spent[0].mean() - spent[1].mean())
    off, least = found.high - found.difference, (expected.high - expected.low) / 2
    assert 0.99 * least < off < (1.01 if contacted == held_out else 1.3) * least
    assert found.difference - found.low == pytest.approx(off)
    assert found.cost is None


def test_one_large_order_among_few_held_out_is_no_effect() -> None:
    """As one spread for both arms, that of 40 who spent little made a certainty of it."""
    few = [*results("yes", *[40.0] * 10, *[0.0] * 30), *results("held_out", 8000.0, 0.0, 0.0, 0.0)]
    found = spend_effect(few)
    assert isinstance(found, SpendEffect)
    assert found.low < found.difference == -1990 < 0 < found.high


def test_few_amounts_have_no_spread() -> None:
    assert spend_effect([*results("yes", 3.0, 4.0, 5.0), *results("held_out", 2.0)]) is None
    assert spend_effect([*results("yes", 3.0, 4.0, 5.0), *results("held_out", 2.0, 1.0)])
