"""Which of the versions that served would have scored a day, and which days it is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.config import Config
from features.history import open_history
from serving.scoring import score
from tests.training.trainings import UNTIL
from training.backtest import as_served, champions
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


@pytest.fixture
def crowned(make_bundle: Callable[..., Bundle], tmp_path: Path) -> Bundle:
    """Return a bundle of advocacy, champion of a home, as if made on 1 February 2025."""
    made = make_bundle(wanted=("churn", "refer", "review", "advocate"))
    bundle = replace(made, metrics={**made.metrics, "until": "2025-02-01"})
    shelf = Shelf(tmp_path)
    shelf.add(bundle.id, bundle.write)
    shelf.crown(bundle.id)
    return bundle


def test_advocacy_is_held_to_its_acts_as_where_it_was_published(
    crowned: Bundle, tmp_path: Path, small_config: Config, small_frames: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"until": UNTIL, "frames": small_frames, "origins": 1}
    (origin,) = as_served(small_config, tmp_path, wanted="advocate", **asked).origins["advocate"]
    with open_history(small_config, frames=small_frames) as history:
        scores = score(history, crowned, origin.judgement.newest, "none").to_pandas()
    said = scores["advocate_probability"].dropna()
    assert origin.judgement.test_rows == len(said)
    assert origin.judgement.predicted == pytest.approx(said.mean(), abs=1e-9)


def test_a_day_is_not_judged_by_a_time_in_which_the_shop_was_shut(
    crowned: Bundle, tmp_path: Path, small_config: Config, small_frames: dict[str, Any]
) -> None:
    assert crowned.outcomes
    orders = small_frames["orders"].to_pandas()
    shut = pd.Timestamp("2025-02-05", tz="UTC"), pd.Timestamp("2025-03-09", tz="UTC")
    kept = orders[(orders["ordered_at"] < shut[0]) | (orders["ordered_at"] >= shut[1])]
    frames = {**small_frames, "orders": kept}
    found = as_served(small_config, tmp_path, until=UNTIL, frames=frames, wanted="spend")
    days = [origin.judgement.newest for origin in found.origins["churn"]]
    assert days == [date(2025, 4, 2)], "not March 3 and February 1, half of whose horizon it is"
    assert [skipped.names for skipped in found.skipped] == [(f"spend of {crowned.id}",)]
    assert not found.spend
