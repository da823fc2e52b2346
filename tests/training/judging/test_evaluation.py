from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import pytest

from features.config import Config
from features.history import open_history
from features.sample import make_shop
from tests.training.judging.slices import PLAN, QUICK, Prepared, judged
from tests.training.made import MakeExamples
from training.judging import verdicts
from training.judging.evaluation import judge, judge_all
from training.judging.judgement import Judgement
from training.learning.baselines import RULES
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.snapshots import enough
from training.snapshots.dataset import prepare
from training.snapshots.slices import Slices
from training.statistics.bootstrap import Estimate

WANTED = ("refer", "share", "review", "advocate")


@pytest.fixture(scope="module")
def informed(make_examples: MakeExamples) -> Judgement:
    return judged(make_examples(customers=900))


def test_a_model_that_knows_more_beats_the_rules_and_serves(informed: Judgement) -> None:
    assert informed.basis == "model"
    assert informed.model["auroc"].value > informed.baselines[informed.best]["auroc"].value + 0.05
    assert informed.gain["auroc"].low > 0
    assert informed.gain["log_loss"].low > 0, "less loss is a gain"
    assert informed.verdict.startswith("churn: the model is better than the best baseline, ")
    assert "probabilities" not in informed.verdict, "what ranks better needs no other reason"
    assert informed.finding == "better"
    assert informed.alarms == ()


def test_the_model_is_held_against_every_rule(informed: Judgement) -> None:
    assert set(informed.gains) == {"inactivity", "own_rhythm", "rfm", "bg_nbd"}
    for rule, gain in informed.gains.items():
        better = informed.model["auroc"].value - informed.baselines[rule]["auroc"].value
        assert gain["auroc"].value == pytest.approx(better)
        assert gain["auroc"].low < better < gain["auroc"].high
    assert informed.gain == informed.gains[informed.best]


@pytest.mark.parametrize(
    ("best", "other", "said"),
    [
        (
            (0.01, 0.05),
            (-0.02, 0.02),
            ", but not significantly better than another rule, {} (+0.000 [-0.020, +0.020]).",
        ),
        (
            (0.01, 0.05),
            (-0.05, -0.01),
            ", but worse than another rule, {} (-0.030 [-0.050, -0.010]).",
        ),
        (
            (-0.01, 0.03),
            (-0.05, -0.01),
            ", and worse than another rule, {} (-0.030 [-0.050, -0.010]).",
        ),
        ((-0.01, 0.03), (-0.02, 0.02), "(+0.010 [-0.010, +0.030])."),
        ((-0.03, -0.01), (-0.05, -0.01), "(-0.020 [-0.030, -0.010])."),
    ],
)
def test_a_rule_that_comes_closer_than_the_best_beforehand_is_named(
    informed: Judgement, best: tuple[float, float], other: tuple[float, float], said: str
) -> None:
    name = "own_rhythm" if informed.best != "own_rhythm" else "inactivity"
    gains = {
        rule: {"auroc": Estimate(sum(ends) / 2, *ends), "log_loss": Estimate(0.0, -0.01, 0.01)}
        for rule, ends in ((informed.best, best), (name, other))
    }
    judgement = replace(informed, gains={**informed.gains, **gains})
    assert verdicts.of(judgement).endswith(said.format(RULES[name]))
    short = verdicts.finding(judgement)
    assert ("not significantly better than every rule" in short) == said.startswith(", but")
    assert ("and worse than another rule" in short) == said.startswith(", and")


@pytest.mark.parametrize(
    ("best", "other", "said"),
    [
        (
            (0.01, 0.03),
            (0.01, 0.03),
            ", but its probabilities are better: log-loss +0.005 [+0.010, +0.030].",
        ),
        (
            (0.01, 0.03),
            (-0.06, -0.02),
            ", but its probabilities are better: log-loss +0.005 [+0.010, +0.030], but worse than "
            "another rule, {} (-0.040 [-0.060, -0.020]).",
        ),
        (
            (-0.03, -0.01),
            (-0.06, -0.02),
            ", but its probabilities are worse: log-loss +0.005 [-0.030, -0.010].",
        ),
        ((-0.01, 0.02), (0.01, 0.03), "(+0.010 [-0.010, +0.030])."),
    ],
)
def test_better_probabilities_are_told_where_the_order_is_the_same(
    informed: Judgement, best: tuple[float, float], other: tuple[float, float], said: str
) -> None:
    name = "own_rhythm" if informed.best != "own_rhythm" else "inactivity"
    same = Estimate(0.01, -0.01, 0.03)
    gains = {
        rule: {**informed.gain, "auroc": same, "log_loss": Estimate(value, *ends)}
        for rule, value, ends in (
            *((rule, 0.01, (0.0, 0.02)) for rule in informed.gains),
            (informed.best, 0.005, best),
            (name, sum(other) / 2, other),
        )
    }
    judgement = replace(informed, gains=gains)
    assert verdicts.of(judgement).endswith(said.format(RULES[name]))
    probabilities, _, _ = said.removeprefix(", but ").partition(":")
    if "another" in said:
        probabilities += ", but not better than every rule's"
    short = verdicts.finding(judgement)
    assert short == (
        "not significantly different" + (f"; {probabilities}" if "its" in said else "")
    )


def test_how_the_base_rate_moved_is_told(make_examples: MakeExamples, informed: Judgement) -> None:
    made = make_examples(customers=900)
    often = np.where(made.cutoff == 2, np.maximum(made.labels, made.customer % 3 == 0), made.labels)
    moved = judged(replace(made, labels=often))
    assert moved.test_rate > moved.base_rate + 0.1
    before, after = (f"{100 * rate:.1f}%" for rate in (moved.base_rate, moved.test_rate))
    assert (
        f"from {before} in the training slices to {after} on the day of evaluation: in log-odds +"
        in moved.drift
    )
    assert moved.drift in moved.to_json()["moved"]
    assert abs(informed.chosen["drift"]) < moved.chosen["drift"]


def test_every_figure_has_an_interval_around_it_for_every_model(informed: Judgement) -> None:
    for figures in (informed.model, *informed.baselines.values()):
        for name in ("auroc", "average_precision", "brier", "log_loss"):
            assert figures[name].low < figures[name].value < figures[name].high


def test_counts_and_rates_are_those_of_fit_and_test(informed: Judgement) -> None:
    assert (informed.rows, informed.test_rows) == (1800, 900)
    data = informed.to_json()
    assert data["base_rate"] == informed.positives / 1800
    assert data["newest"] == "2024-06-01"
    assert "scores" not in data, "no row of a customer is written anywhere"
    assert informed.scores is not None
    every_third = (np.arange(900) % 3 == 0).astype(float)
    sampled = replace(informed, scores=replace(informed.scores, weight=every_third))
    assert sampled.predicted == pytest.approx(informed.scores.model[::3].mean())


def test_without_signal_the_verdict_says_so(make_examples: MakeExamples) -> None:
    made = make_examples(customers=900)
    coin = np.random.default_rng(5).random(len(made)) < 0.4
    found = judged(replace(made, labels=coin.astype(float)))
    assert "no better than chance" in found.verdict
    assert "neither is any simple rule" in found.verdict
    other = next(rule for rule in found.baselines if rule != found.best)
    better = {**found.baselines[other], "auroc": Estimate(0.6, 0.55, 0.65)}
    said = verdicts.of(replace(found, baselines={**found.baselines, other: better}))
    assert f"neither is the best baseline, {RULES[found.best]}" in said


def test_the_rule_serves_where_it_is_better(make_examples: MakeExamples) -> None:
    made = make_examples(customers=900)
    # What happens follows the inactivity alone; the features are noise.
    since = np.log1p(made.facts["days_since_activity"])
    noise = np.random.default_rng(0).random(len(made))
    labels = (noise < 1 / (1 + np.exp(-2 * (since - 3)))).astype(float)
    blind = np.random.default_rng(1).normal(size=made.features.shape).astype(np.float32)
    found = judged(replace(made, labels=labels, features=blind))
    assert found.basis == "rule"
    assert found.verdict.startswith("churn: the model is worse than the best baseline")
    assert found.verdict.endswith("the rule serves.")


def test_a_rule_that_serves_is_held_to_what_the_acts_allow(make_examples: MakeExamples) -> None:
    made = make_examples(customers=900)
    slices = Prepared(replace(made, labels=np.where(made.cutoff == 2, 0.0, made.labels)))
    acts = [np.full(len(slices.test), 0.9)]
    found = judge(PLAN, cast(Slices, slices), QUICK, lambda: acts)
    assert found.basis == "rule"
    assert found.scores is not None
    assert (found.scores.baseline < 0.9).any(), "a simple rule stays one"
    assert found.scores.served == pytest.approx(0.9)


def test_advocacy_is_judged_as_it_serves(
    small_config: Config, quick: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held to what the acts allow, where one is too scarce to be learnt as well."""
    monkeypatch.setattr(enough, "LOOKS_BACK", ())
    shop = make_shop(customers=1_500, days=540, seed=11)
    settings = Settings(recipe=replace(quick, threads=2), resamples=10)
    one_by_one = Settings(recipe=replace(quick, threads=1), resamples=10)
    told: list[str] = []
    with open_history(small_config, until=date(2025, 6, 1), frames=shop.frames) as history:
        plans = (data := prepare(history, WANTED, lambda *_: None)).plans
        every = judge_all(plans, data.slices, settings, lambda said, _: told.append(said))
        found = {judged.outcome: judged for judged in every}
        slowly = [*judge_all(plans, data.slices, one_by_one, lambda *_: None)]
        alone = judge(plans[-1], data.slices, settings)
    assert [one.to_json() for one in slowly] == [one.to_json() for one in found.values()]
    assert told == [f"judging {name}" for name in WANTED]
    assert {name: judged.basis for name, judged in found.items()} == {
        "refer": "prior",
        "share": "prior",
        "review": "model",
        "advocate": "model",
    }
    scores, apart = found["advocate"].scores, alone.scores
    assert scores is not None
    assert apart is not None
    review = found["review"].scores
    assert review is not None
    assert (scores.model >= review.served).all()
    assert (scores.baseline == apart.baseline).all(), "a simple rule stays one"
    assert (scores.model < apart.model).any(), "more than the acts allow together"
    assert found["advocate"].model["log_loss"] != alone.model["log_loss"]
    joined = {name for name, judged in found.items() if "companion_share" in judged.chosen}
    assert joined == {"review"}, "the model of any act joins that of an act that is learnt"
