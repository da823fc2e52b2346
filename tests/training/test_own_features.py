"""A bundle that learnt from a shop's own features serves without the file that declared them."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from features.history import open_history
from features.settings.sections import Features
from serving.scoring import score
from training.assembly import assemble
from training.bundle.bundle import Bundle
from training.judging.evaluation import judge
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots.dataset import prepare

# What makes visits to the made-up shop end is known, so that the model will want this one.
QUIET = '''
from features.own import Engagement, Horizons, Measure, feature

@feature(over=(Horizons(1),), unit="visits", reason="{value} on weekdays in the last {window}")
def weekday_visits(engagement: Engagement) -> Measure:
    """Visits to the site from Monday to Friday."""
    return engagement.kind("site_visited").where(engagement.weekday < 5).count()
'''


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    small_config: Config,
    small_frames: dict[str, Any],
    quick: Recipe,
) -> Path:
    """Return the folder of a bundle whose shop's file is gone."""
    path = tmp_path_factory.mktemp("own")
    file = path / "mine.py"
    file.write_text(QUIET, encoding="utf-8")
    config = small_config.model_copy(update={"features": Features(extra=str(file))})
    settings = Settings(seed=7, recipe=quick, resamples=40)
    with open_history(config, until=date(2025, 6, 1), frames=small_frames) as history:
        data = prepare(history, ("churn",), lambda *_: None)
        judgements = [judge(plan, data.slices, settings) for plan in data.plans]
        assemble(data, judgements, settings, lambda *_: None).write(path / "bundle")
    file.unlink()
    return path / "bundle"


def test_it_scores_after_the_file_is_gone(
    folder: Path, small_config: Config, small_frames: dict[str, Any]
) -> None:
    bundle = Bundle.read(folder)
    assert "weekday_visits_1h" in bundle.outcomes["churn"].names
    with open_history(small_config, until=date(2025, 6, 1), frames=small_frames) as history:
        scores = score(history, bundle, date(2025, 6, 1), reasons="all")
    assert scores["churn_probability"].null_count < len(scores)


def test_its_reason_can_be_said(folder: Path) -> None:
    (column,) = [c for c in Bundle.read(folder).columns if c.group == "weekday_visits"]
    assert column.window.days == 60
    assert column.reason == "{value} on weekdays in the last {window}"


def test_the_bundle_knows_the_files_hash_and_not_its_place(folder: Path) -> None:
    settings = Bundle.read(folder).settings
    sha256 = hashlib.sha256(QUIET.encode()).hexdigest()
    assert settings["data"]["own_features"] == {"file": "mine.py", "sha256": sha256}
    assert str(folder.parent) not in (folder / "settings.json").read_text(encoding="utf-8")
