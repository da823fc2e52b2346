"""Which of the versions that served would have scored a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from features.config import Config
from training.backtest import champions
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf


def test_the_newest_data_serve_a_day_in_whatever_order_versions_were_crowned(
    small_bundle: Bundle, small_config: Config, tmp_path: Path
) -> None:
    shelf, made = Shelf(tmp_path), {}
    for month, promoted in ((4, True), (2, True), (3, False), (5, True)):
        until = date(2025, month, 1)
        bundle = replace(small_bundle, metrics={**small_bundle.metrics, "until": str(until)})
        shelf.add(bundle.id, bundle.write)
        shelf.note({"bundle": bundle.id, "promoted": promoted})
        made[month] = bundle.id
    shelf.crown(made[5])
    found = champions.find(shelf, small_config)
    assert found.first == date(2025, 2, 1)
    assert not found.skipped
    for day, month in ((1, 2), (58, 2), (59, 4), (88, 4), (89, 5), (900, 5)):
        assert found.serving(found.first + timedelta(days=day)).id == made[month]


def test_what_scores_otherwise_than_when_it_served_is_left_out(
    small_bundle: Bundle, small_config: Config, tmp_path: Path
) -> None:
    """As after an upgrade that changes a feature: the command called it what was predicted."""
    shelf, expected = Shelf(tmp_path), small_bundle.golden["expected"]
    moved = [chance + 0.01 for chance in expected["probability"]["churn"]]
    then = {**expected, "probability": {**expected["probability"], "churn": moved}}
    changed = replace(small_bundle, golden={**small_bundle.golden, "expected": then})
    for bundle in (changed, small_bundle):
        shelf.add(bundle.id, bundle.write)
        shelf.note({"bundle": bundle.id, "promoted": True})
    found = champions.find(shelf, small_config)
    assert [bundle.id for bundle in found.bundles] == [small_bundle.id]
    ((names, why),) = [(skipped.names, skipped.why) for skipped in found.skipped]
    assert names == (changed.id,)
    assert "made-up customers" in why
