"""What the tests of training share: made-up examples, a small shop and a bundle of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from features.config import Config
from features.history import open_history
from features.sample import SampleShop, make_shop
from tests.training import made
from tests.training.made import MakeExamples
from tests.training.trainings import QUICK, SETTINGS, UNTIL, Run
from training.assembly import assemble
from training.bundle.bundle import Bundle
from training.judging.evaluation import judge
from training.judging.judgement import Judgement
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.options import Options
from training.registry.connection import STORE
from training.registry.tracking import Tracker
from training.snapshots.dataset import Dataset, prepare
from training.train import Trained, train


@pytest.fixture(scope="session")
def make_examples() -> MakeExamples:
    """Return a function that makes examples: the truth is in the fact ``true_log_odds``."""
    return made.examples


@pytest.fixture(scope="session")
def small_shop() -> SampleShop:
    """Return a made-up shop that is quick to train on."""
    return make_shop(customers=700, days=540, seed=11)


@pytest.fixture(scope="session")
def small_config() -> Config:
    """Return its configuration, with horizons that leave room for several cutoffs."""
    return Config.from_dict(
        {
            "shop": {"name": "Small & Co", "timezone": "Europe/Berlin", "currency": "EUR"},
            **{table: {"timestamps": "UTC"} for table in ("orders", "engagement", "customers")},
            "churn": {"horizon_days": 60},
            "advocacy": {"horizon_days": 60},
            "training": {"snapshots": 2},
        }
    )


@pytest.fixture(scope="session")
def small_frames(small_shop: SampleShop) -> dict[str, Any]:
    """Return its tables."""
    return small_shop.frames


@pytest.fixture(scope="session")
def quick() -> Recipe:
    """Return settings of the learner that are quick rather than good."""
    return QUICK


@pytest.fixture(scope="session")
def judge_churn(quick: Recipe) -> Callable[..., tuple[Dataset, Judgement]]:
    """Return a function that judges churn as a training until a day would."""

    def go(config: Config, until: date, frames: dict[str, Any]) -> tuple[Dataset, Judgement]:
        with open_history(config, until=until, frames=frames) as history:
            data = prepare(history, ("churn",), lambda *_: None)
            settings = Settings(recipe=quick, resamples=20)
            return data, judge(data.plans[0], data.slices, settings)

    return go


@pytest.fixture(scope="session")
def make_bundle(
    small_config: Config, small_frames: dict[str, Any], quick: Recipe
) -> Callable[..., Bundle]:
    """Return a function that trains a bundle on the small shop, as `train` does, on no shelf.

    The same question gets the same object, which nobody may change.
    """

    @cache
    def make(wanted: tuple[str, ...] = ("churn", "refer"), seed: int = 7) -> Bundle:
        settings = Settings(seed=seed, recipe=quick, resamples=40)
        with open_history(small_config, until=date(2025, 6, 1), frames=small_frames) as history:
            data = prepare(history, wanted, lambda *_: None)
            judgements = [judge(plan, data.slices, settings) for plan in data.plans]
            return assemble(data, judgements, settings, lambda *_: None)

    return make


@pytest.fixture(scope="session")
def small_bundle(make_bundle: Callable[..., Bundle]) -> Bundle:
    """Return a bundle of churn and referrals."""
    return make_bundle()


@pytest.fixture(scope="session")
def run(small_shop: SampleShop) -> Run:
    """Return a function that trains on the small shop, in a home."""

    def go(
        home: Path | str,
        settings: dict[str, Any] = SETTINGS,
        how: Options | None = None,
        **asked: Any,
    ) -> Trained:
        asked = {"until": UNTIL, "frames": small_shop.frames, **asked}
        return train(
            Config.from_dict(settings), home, options=how or Options(recipe=QUICK), **asked
        )

    return go


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make MLflow's store once: its migrations take longer than a training here."""
    home = tmp_path_factory.mktemp("empty")
    assert not Tracker(home, "nobody's").mirror("nothing")
    return home / STORE


@pytest.fixture
def new_home(tmp_path: Path, empty_store: Path) -> Path:
    """Return a home in which nothing was trained yet."""
    shutil.copy(empty_store, tmp_path / STORE)
    return tmp_path


@pytest.fixture(scope="session")
def unrecorded(run: Run) -> Run:
    """Return `run` with nobody to tell of it: to record takes as long as to train here."""

    def go(home: Path, *given: Any, recipe: Recipe = QUICK, **asked: Any) -> Trained:
        how = Options(recipe=recipe, tracking_uri="http://127.0.0.1:9")
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
            return run(home, *given, how=how, **asked)

    return go
