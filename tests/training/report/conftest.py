"""What the tests of the report share: the page of a small bundle."""

from __future__ import annotations

import pytest

from training.bundle.bundle import Bundle
from training.report import render


@pytest.fixture(scope="session")
def page(small_bundle: Bundle) -> str:
    """Return the report of a bundle of churn and referrals."""
    return render(small_bundle)
