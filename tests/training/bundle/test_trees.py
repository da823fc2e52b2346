from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from tests.training.made import examples
from training.bundle.trees import FEW_ROWS, Trees
from training.learning import learner
from training.learning.recipe import Recipe


@pytest.fixture(scope="module")
def texts() -> tuple[str, ...]:
    recipe = Recipe(max_rounds=40, patience=10, penalties=(0.1,))
    return learner.fit(examples(customers=200), recipe=recipe).blend.trees.texts


@pytest.mark.parametrize("rows", [1, FEW_ROWS, FEW_ROWS + 1, 331])
def test_several_threads_say_what_one_says_to_the_bit(texts: tuple[str, ...], rows: int) -> None:
    features = examples(customers=400, cutoffs=1, seed=1).features[:rows]
    alone, spread = Trees(texts, threads=1), Trees(texts, threads=3)
    np.testing.assert_array_equal(spread.score(features), alone.score(features))
    np.testing.assert_array_equal(spread.contributions(features), alone.contributions(features))


def test_without_boosters_nothing_is_added() -> None:
    features = np.zeros((FEW_ROWS + 5, 3), dtype=np.float32)
    assert Trees(()).score(features).tolist() == [0.0] * len(features)
    assert Trees(()).contributions(features).shape == (len(features), 4)


def test_lightgbm_is_never_asked_for_two_threads_which_would_be_those_of_every_call(
    texts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    predict = lightgbm.Booster.predict

    def noted(booster: Any, *args: Any, **settings: Any) -> Any:
        asked.append(settings["num_threads"])
        return predict(booster, *args, **settings)

    monkeypatch.setattr(lightgbm.Booster, "predict", noted)
    features = examples(customers=300, cutoffs=1, seed=2).features
    Trees(texts, threads=2).score(features)
    Trees(texts, threads=2).contributions(features)
    assert set(asked) == {1}
