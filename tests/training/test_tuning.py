from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from optuna import logging

from features.config import Config
from features.history import open_history
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.options import Options
from training.registry import trials
from training.snapshots.dataset import Dataset, prepare
from training.train import settings_for, train
from training.tuning import LEAVES, WORTH, Tuned, tune

TRIALS = 4


def silent(*_: object) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def data(small_config: Config, small_frames: dict[str, Any]) -> Iterator[Dataset]:
    with open_history(small_config, until=date(2025, 6, 1), frames=small_frames) as history:
        yield prepare(history, ("churn", "refer"), silent)


@pytest.fixture(scope="module")
def settings(quick: Recipe) -> Settings:
    # Hardly any trees: almost every proposal is better.
    return Settings(recipe=replace(quick, l2=100.0, feature_fraction=0.1, leaves=(3, 3)))


@pytest.fixture(scope="module")
def found(data: Dataset, settings: Settings) -> Tuned:
    return tune(data, settings, TRIALS, silent)


def test_better_settings_than_the_first_are_found(found: Tuned, settings: Settings) -> None:
    assert found.trials == TRIALS
    assert found.gain >= WORTH
    assert found.recipe != settings.recipe
    assert found.recipe.leaves[0] == found.recipe.leaves[1]
    assert found.recipe.leaves[0] in LEAVES
    assert found.recipe.folds == settings.recipe.folds
    best = min(found.tried, key=lambda trial: trial["loss"])
    most = best["most_rows_per_leaf"]
    assert (found.recipe.leaves[1], found.recipe.rows_per_leaf) == (best["leaves"], (20, most))
    assert f"the best spares {found.gain:.2%}" in found.note


def test_every_trial_is_in_the_table(found: Tuned) -> None:
    rows = list(csv.DictReader(found.table.splitlines()))
    assert [*rows[0]] == ["leaves", "l2", "feature_fraction", "most_rows_per_leaf", "loss"]
    assert len(rows) == TRIALS
    assert float(rows[0]["loss"]) == pytest.approx(1.0), "relative to the settings it began with"
    assert min(float(row["loss"]) for row in rows) == pytest.approx(1.0 - found.gain)


def test_the_day_of_judgement_is_never_looked_at_and_every_trial_named(
    found: Tuned, data: Dataset, settings: Settings
) -> None:
    """With every number of E replaced by nonsense, the search finds the same."""
    churn = data.plans[0]
    assert churn.newest not in {day for plan in data.plans for day in plan.evaluation}
    table, last = data.slices.table, data.slices.cutoff == data.slices.cutoff.max()
    spoilt = {
        name: _spoilt(table[name], last) if pa.types.is_floating(table[name].type) else table[name]
        for name in table.column_names
    }
    nonsense = replace(data, slices=replace(data.slices, table=pa.table(spoilt)))
    stages: list[str] = []
    said = cast(Callable[..., None], lambda stage, _: stages.append(stage))
    assert tune(nonsense, settings, TRIALS, said) == found
    assert stages == [f"tuning, {trial} of {TRIALS}" for trial in range(1, TRIALS + 1)]


def test_settings_are_compared_as_the_fit_uses_them(
    found: Tuned, data: Dataset, settings: Settings
) -> None:
    """With newer and earlier slices beside its own, where the recipe has them."""
    assert all(plan.evaluation_auxiliary.days for plan in data.plans)
    alone = replace(settings, recipe=replace(settings.recipe, earlier=False, censored=False))
    others = tune(data, alone, TRIALS, silent)
    assert [one["l2"] for one in others.tried] == [one["l2"] for one in found.tried]
    assert [one["loss"] for one in others.tried[1:]] != [one["loss"] for one in found.tried[1:]]


def _spoilt(column: pa.ChunkedArray, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> pa.Array:
    values = column.to_numpy().copy()
    values[rows] = 7.0
    return pa.array(values, column.type)


def test_settings_that_are_no_better_are_left(data: Dataset, settings: Settings) -> None:
    before, meanwhile = logging.get_verbosity(), list[int]()
    usual = tune(data, settings, 1, lambda *_: meanwhile.append(logging.get_verbosity()))
    assert meanwhile == [logging.WARNING], "a line per trial is nobody's progress"
    assert logging.get_verbosity() == before
    assert usual.recipe == settings.recipe
    assert usual.gain == pytest.approx(0.0, abs=1e-6)
    assert "none worth a change" in usual.note
    assert not usual.settings(settings).searched
    assert usual.settings(replace(settings, searched=True)).searched, "by an earlier search"


def test_the_first_trial_is_the_settings_at_hand_to_the_last_digit(
    data: Dataset, settings: Settings
) -> None:
    """They may be finer than what a search proposes, and depend on the number of rows."""
    finer = replace(settings, recipe=replace(settings.recipe, l2=33.3333333, leaves=(7, 16)))
    (first,) = tune(data, finer, 1, silent).tried
    assert first["loss"] == 1.0
    assert (first["leaves"], first["l2"]) == (6, 33.3333333)


def test_a_training_uses_and_tells_what_was_found(
    small_config: Config,
    small_frames: dict[str, Any],
    settings: Settings,
    found: Tuned,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    made = train(
        small_config,
        tmp_path,
        until=date(2025, 6, 1),
        frames=small_frames,
        wanted=("churn",),
        options=Options(
            recipe=settings.recipe,
            tune=TRIALS,
            tracking_uri="http://127.0.0.1:9",  # nobody answers; the record is not what is tested
        ),
    )
    said = f"{TRIALS} settings of the learner were tried, the best spares"
    assert any(note.startswith(said) for note in made.notes)
    recorded = trials.parent(made.bundle, made.judgements[0], settings, made.decision, found)
    assert recorded.texts["tuning.csv"] == found.table
    assert made.bundle.metrics["learner"]["l2"] != settings.recipe.l2
    assert made.bundle.metrics["searched"]


def test_what_was_found_is_kept_until_told_otherwise(
    small_config: Config, small_bundle: Bundle, quick: Recipe, tmp_path: Path
) -> None:
    """With the usual settings, newer rows alone would never refresh a tuned champion."""
    shelf = Shelf(tmp_path)
    found = replace(Recipe(), leaves=(3, 3), l2=7.0, feature_fraction=0.2, rows_per_leaf=(20, 50))
    metrics = {**small_bundle.metrics, "learner": found.to_json()}
    for more, expected in (({}, Recipe()), ({"searched": True}, found)):
        bundle = replace(small_bundle, metrics={**metrics, **more})
        shelf.add(bundle.id, bundle.write)
        shelf.crown(bundle.id)
        kept = settings_for(small_config, shelf, 7, Options())
        assert kept.recipe == settings_for(small_config, shelf, 7, Options(tune=3)).recipe
        assert kept.recipe == expected
        assert kept.searched == bool(more)
    assert settings_for(small_config, shelf, 7, Options(tune=0)) == Settings()
    assert settings_for(small_config, shelf, 7, Options(recipe=quick)) == Settings(recipe=quick)
