from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.bundle import pace
from training.bundle.arrays import Floats

SHOP = {"shop_pace": 2.0, "shop_order_value": 40.0, "horizon": 90.0}
MONEY = st.floats(-1e5, 1e7) | st.just(float("nan"))


def facts(**values: float) -> dict[str, Floats]:
    """Return the facts of one customer, NaN where nothing is given."""
    names = ("spend_365", "spend_ever", "orders_ever", "days_since_first_activity")
    return {name: np.array([values.get(name, np.nan)]) for name in names}


def test_who_spends_like_the_shop_has_its_pace_however_long_they_are_there() -> None:
    for days in (90.0, 200.0, 365.0):
        known = facts(spend_365=2.0 * days, spend_ever=2.0 * days, days_since_first_activity=days)
        assert pace.year(known, SHOP)[0] == pytest.approx(0.0, abs=1e-12)
        assert pace.life(known, SHOP)[0] == pytest.approx(0.0, abs=1e-12)
    assert pace.order_value(facts(spend_ever=120.0, orders_ever=3.0), SHOP)[0] == 0.0


def test_a_year_forgets_what_a_life_remembers() -> None:
    known = facts(spend_365=365.0, spend_ever=3650.0, days_since_first_activity=1000.0)
    assert pace.year(known, SHOP)[0] < 0.0 < pace.life(known, SHOP)[0]


def test_a_first_order_of_yesterday_is_hardly_a_pace() -> None:
    young, old = (
        pace.year(facts(spend_365=1000.0, days_since_first_activity=days), SHOP)[0]
        for days in (1.0, 90.0)
    )
    assert young == old < np.log(10)


@given(MONEY, MONEY, st.floats(0.0, 1e4), st.floats(0.0, 500.0), st.sampled_from([0.01, 100.0]))
def test_terms_are_finite_and_the_same_in_any_currency(
    year: float, ever: float, days: float, orders: float, rate: float
) -> None:
    names = ("shop_pace", "shop_order_value")
    other = SHOP | {name: rate * SHOP[name] for name in names}
    mine = {"days_since_first_activity": days, "orders_ever": orders}
    here = facts(spend_365=year, spend_ever=ever, **mine)
    there = facts(spend_365=rate * year, spend_ever=rate * ever, **mine)
    for term in (pace.year, pace.life, pace.order_value):
        assert np.isfinite(term(here, SHOP)).all()
        np.testing.assert_allclose(term(here, SHOP), term(there, other), rtol=0, atol=1e-9)


def test_more_spending_is_a_higher_pace_and_none_is_below_the_shops() -> None:
    spent = [0.0, 10.0, 1e3, 1e6]
    for term, name in ((pace.year, "spend_365"), (pace.life, "spend_ever")):
        found = [
            term(facts(**{name: money, "days_since_first_activity": 300.0}), SHOP)[0]
            for money in spent
        ]
        assert found == sorted(found)
        assert found[0] < 0.0
