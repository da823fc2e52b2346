"""Verdicts as a command prints them."""

from __future__ import annotations

from typing import Any

import pytest

from serving.terminal import verdicts
from training.bundle.figures import MAIN_FIGURES, SPEND_FIGURES

SURE = {"value": 0.25, "low": 0.2, "high": 0.3}
UNKNOWN = {"value": None, "low": None, "high": None}


def metrics(**churn: Any) -> dict[str, Any]:
    """Return the metrics of a bundle with every figure of churn but its calibration error."""
    figures = dict.fromkeys((*MAIN_FIGURES, "profit"), SURE) | {"ece": UNKNOWN}
    judged = {
        "horizon_days": 90,
        "test_rows": 1200,
        "test_rate": 0.25,
        "newest": "2026-03-01",
        "model": figures,
        "baselines": {"rfm": figures},
        "gains": {"rfm": figures},
        "verdict": "churn: the model is better.",
        "moved": "",
        "strata": {},
        "asking": {},
        "notes": [],
        "alarms": [],
    }
    return {
        "outcomes": {"churn": judged | churn},
        "names": {"rfm": "RFM logistic regression"},
        "stake": 40.0,
        "skipped": [],
    }


def shown(capsys: pytest.CaptureFixture[str], data: dict[str, Any]) -> list[list[str]]:
    """Return what is printed: lines, and the cells of each."""
    verdicts.show(data, "EUR")
    lines = capsys.readouterr().out.splitlines()
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]


def test_the_model_stands_beside_every_rule_with_intervals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(capsys, metrics())
    assert ["churn, 90 days: judged on 1,200 customers as of 2026-03-01, 25.0% positive"] in lines
    assert [*MAIN_FIGURES.values(), "profit, EUR per 1,000"] in lines
    sure, money = "0.250 [0.200, 0.300]", "10,000 [8,000, 12,000]"
    for who in ("model", "RFM logistic regression"):
        assert [who, *[sure] * 5, "-", money] in lines
    more = ["+0.250 [+0.200, +0.300]"] * 2
    assert ["RFM logistic regression", *more, "+10,000 [+8,000, +12,000]"] in lines


def test_what_brackets_and_profit_are_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts.show(metrics())
    said = capsys.readouterr().out
    assert said.count("95% intervals") == said.count("`ladder report` says what it assumes") == 1


def test_an_outcome_with_too_little_to_learn_from_has_its_verdict_and_how_training_adapted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few, adapted = "churn: too little to learn from.", "one cutoff, for want of older history"
    lines = shown(capsys, metrics(model={}, verdict=few, notes=[adapted]))
    assert lines == [[], ["churn, 90 days"], [few], [adapted]]


def test_the_only_act_is_not_printed_again_as_any_act(capsys: pytest.CaptureFixture[str]) -> None:
    data = metrics()
    act = data["outcomes"]["churn"]
    data["outcomes"]["refer"] = act | {"outcome": "refer", "verdict": "refer: the model is better."}
    data["outcomes"]["advocate"] = act | {"outcome": "advocate", "verdict": "advocate: better."}
    verdicts.show(data)
    lines = capsys.readouterr().out.splitlines()
    assert "advocate, 90 days: as refer, the only act that is learnt" in lines
    assert not any("advocate: better" in line for line in lines)
    data["outcomes"]["share"] = data["outcomes"]["refer"]
    verdicts.show(data)
    assert "advocate: better." in capsys.readouterr().out


def test_groups_are_named_that_are_large_enough_to_judge(
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = {"ece": None}
    groups = {"first_time": small, "repeat": {"ece": 0.0034}, "client": {"ece": 0.012}}
    lines = shown(capsys, metrics(strata=groups))
    known = "Calibration error by group: repeat 0.003, client 0.012"
    assert [f"{known} (1 other group has too few customers)."] in lines
    verdicts.show(metrics(strata={"first_time": small}))
    assert "by group" not in capsys.readouterr().out


def test_an_alarm_comes_with_what_the_model_leans_on_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """That a column knows the future helps nobody who has two hundred of them."""
    leaning = {"churn": {"silence_days": 0.4, "items_per_order": 4.7, "tenure": 0.1, "orders": 1.1}}
    data = metrics(alarms=["AUROC 0.980 is too good to be true"]) | {"importance": leaning}
    lines = [line for (line, *_) in filter(None, shown(capsys, data))]
    at = lines.index("Alarm: AUROC 0.980 is too good to be true")
    assert lines[at : at + 2] == [
        "Alarm: AUROC 0.980 is too good to be true",
        "It leans most on items_per_order, orders, silence_days: `ladder features` tells what "
        "they are.",
    ]
    assert "leans" not in str(shown(capsys, metrics() | {"importance": leaning}))


def test_spend_stands_beside_every_rule_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    figures = dict.fromkeys(SPEND_FIGURES, SURE)
    spend = {
        "rows": 640,
        "model": figures,
        "baselines": {"past_year": figures},
        "gains": {"past_year": figures | {"correlation": UNKNOWN}},
        "verdict": "spend: the model is better.",
        "expected": {"verdict": "expected spend: so is what serves."},
    }
    data = metrics()
    names = data["names"] | {"past_year": "own spending of the past year"}
    lines = shown(capsys, data | {"spend": spend, "names": names})
    assert ["spend: judged on 640 customers who stayed"] in lines
    assert [*SPEND_FIGURES.values()] in lines
    sure, total = "0.250 [0.200, 0.300]", "+25.0 [+20.0, +30.0]"
    for who in ("model", "own spending of the past year"):
        assert [who, sure, sure, total] in lines
    more = "+0.250 [+0.200, +0.300]"
    assert ["own spending of the past year", more, "-", total] in lines
    after = lines[lines.index(["spend: the model is better."]) + 1]
    assert after == ["expected spend: so is what serves."]


def test_spend_with_too_little_to_learn_from_has_its_verdict_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = {"rows": 12, "model": {}, "verdict": "spend: too little to learn from."}
    lines = shown(capsys, metrics(model={}) | {"spend": few})
    assert lines[-3:] == [[], ["spend"], ["spend: too little to learn from."]]
