from __future__ import annotations

import numpy as np
import pytest

from training.bundle.bundle import Bundle


def test_every_model_says_what_drives_it(small_bundle: Bundle) -> None:
    for name, model in small_bundle.outcomes.items():
        if model.basis != "model":
            continue
        importance = small_bundle.metrics["importance"][name]
        effects = small_bundle.report["effects"][name]
        assert set(importance) == set(model.names)
        assert list(effects) == sorted(importance, key=lambda f: (-importance[f], f))[:6]


def test_a_shape_covers_all_customers_and_averages_to_what_importance_allows(
    small_bundle: Bundle,
) -> None:
    importance = small_bundle.metrics["importance"]["churn"]
    for feature, bins in small_bundle.report["effects"]["churn"].items():
        shares = np.array([one["share"] for one in bins])
        assert shares.sum() == pytest.approx(1, abs=1e-4)
        sizes = np.abs([one["effect"] for one in bins])
        assert shares @ sizes <= importance[feature] + 1e-5
        known = [one["value"] for one in bins if one["value"] is not None]
        assert known == sorted(set(known))


def test_recent_activity_lowers_churn(small_bundle: Bundle) -> None:
    effects = small_bundle.report["effects"]["churn"]
    recent = [bins for name, bins in effects.items() if name.startswith(("active_days", "visits"))]
    assert recent
    for bins in recent:
        known = [one["effect"] for one in bins if one["value"] is not None]
        assert known[0] > 0 > known[-1]


def test_of_the_strongest_it_is_told_how_far_customers_moved(small_bundle: Bundle) -> None:
    importance = small_bundle.metrics["importance"]["churn"]
    moved = small_bundle.report["moved"]["churn"]
    assert list(moved) == sorted(importance, key=lambda f: (-importance[f], f))[:12]
    assert all(0 <= index < 10 for index in moved.values())
