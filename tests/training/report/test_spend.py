"""What the report tells in money: what acting earns, and what customers will spend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from training.bundle.bundle import Bundle
from training.judging.curves import SHARES
from training.report import profit, render


def test_what_acting_earns_and_how_the_base_rate_moved_are_told(
    make_bundle: Callable[..., Bundle],
) -> None:
    bundle = make_bundle(("churn", "spend"))
    page, churn = render(bundle), bundle.metrics["outcomes"]["churn"]
    earned = churn["model"]["profit"]["value"] * bundle.metrics["stake"] * 1_000
    assert f"Expected profit at the best cut, EUR per 1,000 customers: {earned:,.0f} [" in page
    assert "The base rate moved from" in page
    assert churn["moved"] in page
    assert churn["moved"] in bundle.card
    assert f"{churn['chosen']['censored_rows']:,.0f} rows of newer slices" in churn["beside"]
    assert churn["beside"] in page
    assert churn["beside"] in bundle.card
    assert f"customers: {earned:,.0f} [" in bundle.card


def test_spend_is_told_at_a_glance_among_the_questions_and_in_words(
    page: str, make_bundle: Callable[..., Bundle]
) -> None:
    bundle = make_bundle(("churn", "spend"))
    told = render(bundle)
    at_a_glance = told[told.index("At a glance") : told.index("What it predicts")]
    assert "Expected profit at the best cut, EUR per 1,000 customers: " in at_a_glance
    assert bundle.metrics["spend"]["verdict"].removeprefix("spend: ")[1:40] in at_a_glance
    asked = "the money that customers who stay spend within"
    assert f"spend: {asked}" in told
    assert f"**spend**: {asked}" in bundle.card
    beside = bundle.metrics["spend"]["beside"]
    assert "rows of newer slices" in beside
    assert beside in told
    assert beside in bundle.card
    assert "<dt>rank correlation</dt>" in told
    expected = bundle.metrics["spend"]["expected"]
    assert f"<p>{expected['verdict'].capitalize()}</p>" in told
    assert expected["verdict"] in bundle.card
    off, spent = (
        f"{100 * expected['rules']['total_error']['value']:+.1f} [",
        expected["deciles"][-1],
    )
    for written in (told, bundle.card):
        assert off in written[written.index(expected["verdict"][8:]) :]
        assert f"{spent[0]:,.2f}" in written
    assert asked not in page
    assert "<dt>rank correlation</dt>" not in page


def test_churn_is_told_in_money_where_spend_is_known(
    make_bundle: Callable[..., Bundle], page: str
) -> None:
    bundle = make_bundle(("churn", "spend"))
    with_money = render(bundle)
    assert "profit, best rule" in with_money
    assert "profit, model (EUR)" in with_money
    assert "profit per 1,000 customers, EUR" in with_money
    tenth = bundle.metrics["outcomes"]["churn"]["model"]["profit_10"]
    value, low, high = (f"{1_000 * bundle.metrics['stake'] * one:,.0f}" for one in tenth.values())
    assert f'<th scope="row">10%</th><td>{value} [{low}, {high}]</td>' in with_money
    assert "no margin set" in with_money
    assert "own spending of the past year" in with_money
    assert "error of the total, %" in with_money
    assert '<th scope="col">predicted, EUR</th>' in with_money
    assert "profit, best rule" not in page


def test_the_profit_that_is_drawn_is_the_one_in_the_table(
    make_bundle: Callable[..., Bundle],
) -> None:
    bundle = make_bundle(("churn", "spend"))
    churn, curves = bundle.metrics["outcomes"]["churn"], bundle.report["curves"]["churn"]
    drawn = profit.of(bundle, "churn", churn, curves)
    assert drawn is not None
    for side, figures in (
        ("model", churn["model"]),
        ("baseline", churn["baselines"][churn["best"]]),
    ):
        earned = drawn.earned(side)
        for share in (5, 10, 20):
            told = 1_000 * bundle.metrics["stake"] * figures[f"profit_{share}"]["value"]
            assert earned[SHARES.index(share)] == pytest.approx(told, abs=1.0)


def test_spend_of_too_few_is_a_verdict_alone(make_bundle: Callable[..., Bundle]) -> None:
    bundle = make_bundle(("churn", "spend"))
    few = {**bundle.metrics["spend"], "model": {}, "deciles": [], "verdict": "spend: too little."}
    page = render(replace(bundle, metrics={**bundle.metrics, "spend": few}))
    assert '<p class="lead">Too little.</p>' in page
    assert "What was spent against what was said" not in page
