"""Evaluations with too little to learn from or to judge on."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from tests.training.judging.slices import CHURN, PLAN, QUICK, Prepared, judged
from tests.training.made import MakeExamples
from training.judging.evaluation import judge_all
from training.snapshots.slices import Slices


def test_fewer_than_fifty_customers_of_a_class_are_too_few(make_examples: MakeExamples) -> None:
    made = make_examples(customers=900)
    rare = (made.customer < 49).astype(float)
    found = judged(replace(made, labels=rare))
    assert found.basis == "prior"
    assert not found.model
    assert "only 49 customers in the rarer class" in found.verdict
    lone = judged(replace(made, labels=(made.customer < 1).astype(float)))
    assert "only 1 customer in the rarer class" in lone.verdict
    none = judged(replace(made, labels=np.zeros(len(made))))
    assert "too little to learn from, nobody in the rarer class: the base rate" in none.verdict
    enough = judged(replace(made, labels=(made.customer < 50).astype(float)))
    assert enough.basis != "prior"


def test_one_class_on_e_shows_nothing_and_the_simpler_serves(make_examples: MakeExamples) -> None:
    made = make_examples(customers=900)
    found = judged(replace(made, labels=np.where(made.cutoff == 2, 0.0, made.labels)))
    assert found.basis == "rule"
    assert found.verdict.startswith("churn: cannot be judged, ")
    assert found.verdict.endswith("; the rule serves.")
    assert found.to_json()["model"]["auroc"]["value"] is None


def test_where_hardly_anybody_is_left_the_base_rate_serves(make_examples: MakeExamples) -> None:
    made = make_examples(customers=400)
    found = judged(made.take((made.cutoff < 2) | (made.customer == 3)))
    assert found.basis == "prior"
    assert found.verdict == (
        "churn: too little to learn from, only 1 customer at the newest cutoffs: "
        "the base rate of each stratum serves."
    )


def test_where_nobody_is_there_to_ask_on_e_rates_serve_and_say_so(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=900)
    found = judged(made.take(made.cutoff < 2))
    assert (found.basis, found.test_rows) == ("prior", 0)
    assert found.verdict == (
        "churn: cannot be judged, nobody was there to ask at 2024-06-01: the base rate of each "
        "stratum serves."
    )
    assert found.to_json()["test_rate"] is None


def test_acts_and_advocacy_of_which_nobody_was_asked_before_e_are_no_trouble(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=900)
    slices = cast(Slices, Prepared(made.take(made.cutoff == 2)))
    plans = [
        replace(PLAN, outcome=replace(CHURN, name=name)) for name in ("refer", "share", "advocate")
    ]
    for found in judge_all(plans, slices, QUICK, lambda *_: None):
        assert (found.basis, found.rows) == ("prior", 0)
        assert "too little to learn from" in found.verdict
