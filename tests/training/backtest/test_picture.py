"""The picture of a backtest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from training.backtest import Backtest, picture

Drawn = Callable[[Backtest], Figure]


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Return a function from what a backtest found to its picture."""
    figures: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: figures.append(figure))

    def draw(found: Backtest) -> Figure:
        picture.draw(found, tmp_path / "backtest.png")
        return figures.pop()

    return draw


def test_the_picture_names_the_shop_its_money_and_how_to_read_it(
    found: Backtest, drawn: Drawn
) -> None:
    figure = drawn(found)
    assert figure.get_suptitle() == "Backtest of Small & Co"
    assert "95% intervals" in figure.get_supxlabel()
    assert {"predicted, EUR"} < {axes.get_xlabel() for axes in figure.axes}
    assert {"spent, EUR"} < {axes.get_ylabel() for axes in figure.axes}
    assert [axes.get_ylabel() for axes in figure.axes[::4]] == [
        "churn",
        "spend if they stay",
        "expected spend",
    ]
    served = drawn(replace(found, as_served=True))
    assert len(served.axes) == 9, "no drift, and no deviance"
    titles = [axes.get_title() for axes in served.axes]
    assert titles[3] == "rank correlation (higher is better)"
    assert not any(titles[6:]), "told once"


def test_a_single_day_shows_its_intervals_and_what_was_learnt_from(
    found: Backtest, drawn: Drawn
) -> None:
    newest = found.origins["churn"][-1]
    auroc, _, rates, _ = drawn(replace(found, origins={"churn": (newest,)}, spend=())).axes
    best = newest.judgement.baselines[newest.judgement.best]["auroc"]
    own = newest.judgement.model["auroc"]
    spans = [
        lines.get_segments()[0][:, 1].tolist()
        for lines in auroc.collections
        if isinstance(lines, LineCollection)
    ]
    assert spans == [[best.low, best.high], [own.low, own.high]]
    assert all(line.get_marker() != "None" for line in rates.lines)


def test_what_was_predicted_of_a_sample_is_drawn_as_the_shops(
    found: Backtest, drawn: Drawn
) -> None:
    newest = found.origins["churn"][-1]
    assert newest.judgement.scores is not None
    weight = np.where(newest.judgement.scores.model > 0.5, 9.0, 1.0)
    scores = replace(newest.judgement.scores, weight=weight)
    origin = replace(newest, judgement=replace(newest.judgement, scores=scores))
    figure = drawn(replace(found, origins={"churn": (origin,)}, spend=()))
    (line,) = (one for one in figure.axes[2].lines if one.get_label() == "predicted")
    assert line.get_ydata() == pytest.approx([np.average(scores.model, weights=weight)])


@pytest.mark.parametrize(
    ("shop", "title"),
    [(r"$\frac$ & Sons", r"Backtest of $\frac$ & Sons"), ("\u65e5\u672c\u306e\u5e97", "Backtest")],
)
def test_a_shops_name_is_no_formula_and_needs_no_glyph_that_is_missing(
    shop: str, title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    drawn = Figure.savefig

    def savefig(figure: Figure, path: Path, **more: Any) -> None:
        titles.append(figure.get_suptitle())
        drawn(figure, path, **more)

    monkeypatch.setattr(Figure, "savefig", savefig)
    picture.draw(Backtest({}, (), (), shop), tmp_path / "backtest.png")
    assert titles == [title]
