from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from training.bundle import trees
from training.bundle.arrays import Floats, Floats32
from training.bundle.forest import MOST_LEAVES, Forest
from training.bundle.trees import MANY_ROWS, Trees


def made(rows: int = 3_000, *, gaps: bool = True) -> Floats32:
    """Return features with ties, zeros and, unless told otherwise, gaps and infinite values."""
    draw = np.random.default_rng(4)
    features = np.column_stack(
        [
            draw.normal(size=rows),
            draw.integers(0, 5, rows),
            draw.exponential(size=rows) * draw.integers(0, 2, rows),
            np.where(draw.random(rows) < 0.01, np.inf, draw.normal(size=rows) * 1e9),
            draw.choice([-1e-36, 1e-30, -2.5, 0.1], rows),
        ]
    ).astype(np.float32)
    if gaps:
        features[draw.random(features.shape) < 0.2] = np.nan
    return features


def by_lightgbm(booster: lightgbm.Booster, features: Floats32) -> Floats:
    return np.asarray(booster.predict(features, raw_score=True, num_threads=1), np.float64)


def grown(features: Floats32, **more: Any) -> lightgbm.Booster:
    draw = np.random.default_rng(9)
    known = np.nan_to_num(features, posinf=0.0)
    score = known[:, 0] * known[:, 1] + known[:, 2] + np.isnan(features[:, 1])
    labels = (score + draw.normal(size=len(score)) > 1).astype(float)
    parameters = {"objective": "binary", "verbosity": -1, "num_leaves": 16, "num_threads": 1}
    named = more.pop("categorical_feature", "auto")
    data = lightgbm.Dataset(features, labels, params=parameters | more, categorical_feature=named)
    return lightgbm.train(parameters | more, data, num_boost_round=15)


@pytest.mark.parametrize("leaves", [2, 7, 8, 16, 32, MOST_LEAVES])
@pytest.mark.parametrize("gaps", [True, False])
def test_rows_score_as_lightgbm_scores_them_to_the_bit(leaves: int, gaps: bool) -> None:
    booster = grown(made(gaps=gaps), num_leaves=leaves, min_data_in_leaf=5)
    forest = Forest.read(booster.model_to_string())
    assert forest is not None
    # Gaps may come where none were when the trees were grown.
    for features in (made(), made(gaps=False)):
        said = forest.score(np.ascontiguousarray(features.T))
        assert said.tolist() == by_lightgbm(booster, features).tolist()


def test_a_value_at_a_threshold_goes_where_lightgbm_sends_it() -> None:
    booster = grown(made())
    told = booster.trees_to_dataframe()["threshold"].dropna().unique()
    near = told[np.abs(told) < 1e30].astype(np.float32)
    values = np.concatenate([near, np.nextafter(near, np.inf), np.nextafter(near, -np.inf)])
    features = np.repeat(values[:, None], 5, axis=1)
    forest = Forest.read(booster.model_to_string())
    assert forest is not None
    said = forest.score(np.ascontiguousarray(features.T))
    assert said.tolist() == by_lightgbm(booster, features).tolist()


def test_a_tree_that_found_no_split_says_the_same_of_everybody() -> None:
    booster = grown(made(), min_data_in_leaf=2_000)
    forest = Forest.read(booster.model_to_string())
    assert forest is not None
    assert [len(tree.splits) for tree in forest.trees] == [0] * len(forest.trees)
    said = forest.score(np.ascontiguousarray(made().T))
    assert said.tolist() == by_lightgbm(booster, made()).tolist()


@pytest.mark.parametrize(
    "more",
    [
        {"num_leaves": MOST_LEAVES + 1, "min_data_in_leaf": 1},
        {"zero_as_missing": True},
        {"categorical_feature": [1]},
        {"linear_tree": True},
    ],
    ids=lambda more: next(iter(more)),
)
def test_trees_of_another_kind_are_left_to_lightgbm(more: dict[str, Any]) -> None:
    features = made(MANY_ROWS, gaps=False)
    features[:, 3] = 0.0  # linear trees know no infinity
    booster = grown(features, **more)
    text = booster.model_to_string()
    assert Forest.read(text) is None
    said = Trees((text,), threads=1).score(features)
    assert said.tolist() == by_lightgbm(booster, features).tolist()


def test_a_row_scores_the_same_alone_and_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "CHUNK", 300)
    texts = tuple(grown(made(), seed=seed).model_to_string() for seed in (1, 2, 3))
    features = made(MANY_ROWS + 7)
    three = Trees(texts)
    many = three.score(features)
    for some in (slice(0, 50), slice(290, 310), slice(-1, None)):
        assert many[some].tolist() == three.score(features[some]).tolist()
