from __future__ import annotations

from datetime import date

import pytest

from features.sample import SampleShop, make_shop

CUTOFF = date(2025, 6, 1)


@pytest.fixture(scope="session")
def shop() -> SampleShop:
    """A shop large enough for probabilities to show."""
    return make_shop(customers=8_000, seed=3)


@pytest.fixture(scope="session")
def small_shop() -> SampleShop:
    return make_shop(customers=400, days=500, seed=5)
