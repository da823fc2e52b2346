from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from training import plots
from training.judging.curves import Scores
from training.registry.trials import DRAWN

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


@pytest.mark.parametrize("deciles", [[(0.0, 0.0)], [(10.0, 12.0), (900.0, 1500.0)]])
def test_amounts_are_drawn_however_many_tenths_there_are(
    deciles: list[tuple[float, float]], tmp_path: Path
) -> None:
    plots.amounts(deciles, "EUR", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)


def test_importance_is_drawn_with_the_largest_features(tmp_path: Path) -> None:
    shares = {f"feature_{number}": 1.0 / (number + 1) for number in range(50)}
    plots.importance(shares, "churn", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)


def test_a_level_that_looks_like_a_formula_is_drawn_as_it_is(tmp_path: Path) -> None:
    shares = {"attribute:price=$$": 0.3, r"attribute:price=$\frac$": 0.2, "visits_90d": 0.1}
    plots.importance(shares, "churn", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)


def test_customers_who_tie_are_contacted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    first = np.repeat([1.0, 0.0], [50, 450])
    tied = Scores(first, np.full(500, 0.1), np.full(500, 0.1), np.full(500, 0.1))
    for draw in (plots.gain, plots.precision_recall):
        draw(tied, "churn", tmp_path / "picture.png")
    gain, precision = (figure.axes[0].lines[-1].get_xydata() for figure in drawn)
    assert np.array_equal(gain, [[0, 0], [1, 1]]), "no better than at random"
    assert np.allclose(precision, [[1, 0.1]])


def test_every_picture_says_what_it_is_and_what_its_axes_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    for draw in DRAWN.values():
        draw(scores(500), "churn, as of 2024-06-01", tmp_path / "picture.png")
    plots.importance({"visits": 0.2}, "churn, as of 2024-06-01", tmp_path / "picture.png")
    axes = [one for figure in drawn for one in figure.axes]
    assert len({one.get_title() for one in axes}) == len(DRAWN) + 1
    assert all(one.get_title().endswith(": churn, as of 2024-06-01") for one in axes)
    assert all(one.get_xlabel() for one in axes)
    legends = [one.get_legend() for one in axes[:3]]
    said = [{text.get_text() for text in legend.get_texts()} for legend in legends if legend]
    assert said == [
        {"as predicted", "model", "best simple rule"},
        {"at random", "model", "best simple rule"},
        {"base rate, 52.6%", "model", "best simple rule"},
    ]
    assert axes[3].get_xlim()[0] == 0.0, "scores that hardly differ must look so"


@pytest.mark.parametrize("letters", [6, 40, 200])
def test_bars_leave_room_for_names_and_names_for_bars(
    letters: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    plots.importance({"o" * letters: 0.2}, "churn", tmp_path / "picture.png")
    (axes,) = drawn[0].axes
    room = axes.get_position()
    assert room.width > 0.3, "bars to see"
    (name,) = axes.get_yticklabels()
    left = name.get_window_extent().x0
    assert left > 0 or letters == 200, "the name of a feature of usual length is whole"
