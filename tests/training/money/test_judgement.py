"""What is found of spend on E, which of model and rule serves, and how it is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.training.made import amounts as rows_of
from training.bundle.arrays import Floats
from training.learning.settings import Settings
from training.money import amounts
from training.money.judgement import SpendJudgement, compare

QUICK = Settings(resamples=200)
DRAW = np.random.default_rng(1)
TRUTH = DRAW.gamma(2.0, 20.0, 900)
SPENT = rows_of(TRUTH * DRAW.gamma(2.0, 0.5, 900))
BLUR = np.exp(DRAW.normal(0.0, 0.4, 900))


def told(model: Floats, past: Floats, life: Floats | None = None) -> SpendJudgement:
    said = {"model": model, "past_year": past, "past_life": past if life is None else life}
    return compare(SPENT, said, "past_year", QUICK)


def test_a_model_that_knows_more_serves() -> None:
    judged = told(TRUTH, TRUTH * BLUR)
    assert judged.basis == "model"
    assert judged.served == judged.model
    assert judged.gain["deviance"].low > 0
    assert judged.deciles == amounts.deciles(SPENT, TRUTH)
    assert "the model is better than the best baseline, own spending of the past year" in (
        judged.verdict
    )
    assert "rule serves" not in judged.verdict


def test_a_rule_that_knows_more_serves_and_the_verdict_says_so() -> None:
    judged = told(TRUTH * BLUR, TRUTH)
    assert judged.basis == "rule"
    assert judged.served == judged.baselines["past_year"]
    assert judged.deciles == amounts.deciles(SPENT, TRUTH)
    assert "the model is worse than the best baseline, own spending of the past year" in (
        judged.verdict
    )
    assert "; the rule serves; the total is" in judged.verdict


def test_the_better_order_alone_does_not_serve_where_amounts_are_wrong() -> None:
    """The deviance decides: a shop multiplies these amounts."""
    judged = told(3.0 * TRUTH, TRUTH * BLUR)
    assert judged.gain["correlation"].low > 0
    assert judged.basis == "rule"


def test_what_chance_may_explain_is_said_and_the_simpler_does_not_serve_for_it() -> None:
    judged = told(TRUTH * np.exp(DRAW.normal(0.0, 0.01, 900)), TRUTH * 1.01)
    assert "not significantly different from the best baseline" in judged.verdict


def test_a_rule_that_was_not_the_best_beforehand_and_is_not_significantly_beaten_is_named() -> None:
    judged = told(TRUTH, TRUTH * BLUR, TRUTH * 1.01)
    assert "not significantly better than another rule, own spending since the first order" in (
        judged.verdict
    )


def test_a_total_that_is_right_is_neither_high_nor_low() -> None:
    right = TRUTH * (SPENT.labels.sum() / TRUTH.sum())
    judged = told(1.001 * right, right * BLUR)
    assert judged.served == judged.model
    assert "the total is right to half a percent (-" in judged.verdict


@pytest.mark.parametrize(("by", "said"), [(0.5, "50% too low"), (1.2, "20% too high")])
def test_the_verdict_says_which_way_the_total_is_off(by: float, said: str) -> None:
    spent = rows_of(np.linspace(1.0, 99.0, 60))
    amounts = {"model": by * spent.labels, "alike": np.full(60, 5.0)}
    judged = compare(spent, amounts, "alike", QUICK)
    end = f"{100 * (by - 1):+.0f}"
    assert f"the total is {said} ({end} to {end}%)" in judged.verdict


def test_it_travels_as_json_with_every_rule() -> None:
    judged = told(TRUTH, TRUTH * BLUR)
    data = json.loads(json.dumps(judged.to_json()))
    assert set(data["baselines"]) == set(data["gains"]) == {"past_year", "past_life"}
    assert data["model"]["deviance"] == judged.model["deviance"].to_json()
    assert (data["basis"], data["best"], data["rows"]) == ("model", "past_year", 900)
    assert data["verdict"] == judged.verdict
    assert len(data["deciles"]) == 10
