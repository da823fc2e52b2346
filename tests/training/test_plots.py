from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training import plots
from training.judgement import Scores
from training.trials import DRAWN

PNG = b"\x89PNG\r\n"


def scores(rows: int) -> Scores:
    draw = np.random.default_rng(0)
    probability = draw.random(rows)
    labels = (draw.random(rows) < probability).astype(float)
    return Scores(labels, probability, np.full(rows, 0.5), probability)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("rows", [1, 7, 500])
def test_every_picture_is_drawn_for_any_number_of_rows(
    name: str, rows: int, tmp_path: Path
) -> None:
    DRAWN[name](scores(rows), "churn, as of 2024-06-01", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)


def test_importance_is_drawn_with_the_largest_features(tmp_path: Path) -> None:
    shares = {f"feature_{number}": 1.0 / (number + 1) for number in range(50)}
    plots.importance(shares, "churn", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)
