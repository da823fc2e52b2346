"""What a list says of itself before money is spent on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from features.config import Config
from features.sample import SampleShop
from serving.home import create_home
from serving.listing.drawing import Request, draw
from tests.serving.shop import published
from training.bundle import Bundle


def test_without_a_margin_the_list_says_what_it_took(drawn_from: Path) -> None:
    assert "margin" in draw(drawn_from, Request("at-risk", top=5)).drawn.notes[-1]
    config = Config.from_dict({"shop": {"margin": 0.4}})
    notes = draw(drawn_from, Request("at-risk", top=5), config).drawn.notes
    assert not any("margin" in note for note in notes)


def test_a_list_too_short_for_a_hold_out_says_what_that_costs(drawn_from: Path) -> None:
    def said(top: int, **lists: Any) -> bool:
        config = Config.from_dict({"lists": lists})
        notes = draw(drawn_from, Request("at-risk", top=top), config).drawn.notes
        return any("people have no hold-out" in note for note in notes)

    assert said(5)
    assert said(30, hold_out_from=50)
    assert not said(30)
    assert not said(5, hold_out_share=0.0)


def test_a_list_by_what_nothing_told_apart_says_so(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    blind = {"auroc": {"value": 0.51, "low": 0.48, "high": 0.54}}
    told = {"auroc": {"value": 0.6, "low": 0.55, "high": 0.65}}
    for rule, expected in ((blind, True), (told, False)):
        served = {"basis": "model", "model": {**blind, "ece": {"value": 0.041}}}
        judged = {"churn": {**served, "baselines": {"rfm": rule}}}
        metrics = {**bundle.metrics, "outcomes": judged}
        home = create_home(tmp_path / f"models-{expected}")
        published(home, replace(bundle, metrics=metrics), history_of(made_up))
        notes = draw(home, Request("at-risk", top=5)).drawn.notes
        assert any("ranked customers better" in note for note in notes) == expected
        assert any("churn is off by 0.041" in note for note in notes)


def test_a_list_by_a_rate_for_all_says_that_who_comes_first_is_chance(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    prior = replace(bundle.outcomes["return"], basis="prior")
    unlearnt = replace(bundle, outcomes={**bundle.outcomes, "return": prior})
    home = published(create_home(tmp_path / "models"), unlearnt, history_of(made_up))
    by_rate = draw(home, Request("win-back", top=5)).drawn.notes
    assert any("too little data to learn return" in note for note in by_rate)
    assert not any("too little" in note for note in draw(home, Request("at-risk")).drawn.notes)


def test_a_list_by_mean_spend_says_that_its_money_tells_nobody_apart(
    tmp_path: Path, bundle: Bundle, made_up: SampleShop, history_of: Callable[..., Any]
) -> None:
    assert bundle.spend is not None
    for basis in ("prior", "model"):
        served = replace(bundle, spend=replace(bundle.spend, basis=basis))
        home = published(create_home(tmp_path / basis), served, history_of(made_up))
        notes = draw(home, Request("at-risk", top=5)).drawn.notes
        assert any("data to learn spend" in note for note in notes) == (basis == "prior")
