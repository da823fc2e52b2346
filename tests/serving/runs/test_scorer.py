"""What one customer's row decides: who is asked what, where numbers come from, money."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.block import Block
from features.clock import midnight
from features.engine import compute
from features.sample import SampleShop
from serving.runs import scoring
from serving.runs.scorer import probabilities, score_table
from serving.runs.work import Scoring
from serving.scoring import score
from tests.serving.shop import LIVED_UNTIL as DAY
from training.bundle import Bundle, pace
from training.bundle.advocacy import ACTS
from training.bundle.affine import Affine
from training.bundle.money import Money
from training.bundle.rule import Rule


def by_id(records: pa.Table) -> dict[str, dict[str, Any]]:
    return {record["customer_id"]: record for record in records.to_pylist()}


def fact(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name])


def test_each_question_is_put_to_whom_it_concerns(
    made_up_columns: pa.Table, made_up_run: scoring.Run
) -> None:
    records = by_id(made_up_run.records)
    recent, ever = (
        fact(made_up_columns, "activity_recent") > 0,
        fact(made_up_columns, "activity_ever") > 0,
    )
    for id, active, known in zip(
        made_up_columns["customer_id"].to_pylist(), recent, ever, strict=True
    ):
        if id not in records:
            continue
        record = records[id]
        assert (record["churn_probability"] is not None) == active
        assert (record["return_probability"] is not None) == (known and not active)
        assert (record["risk_tier"] == "lost") == (known and not active)
        assert (record["value_at_risk"] is not None) == active
        assert record["share_probability"] is None
        assert (record["basis"] == "model") == active
        if not known:
            assert record["risk_tier"] is None
            assert record["rung"] in ("awareness", "research")


def test_all_three_kinds_of_customers_are_in_the_test(made_up_run: scoring.Run) -> None:
    tiers = set(made_up_run.records["risk_tier"].to_pylist())
    assert {"low", "high", "lost", None} <= tiers


def test_bases_say_where_each_number_comes_from(made_up_run: scoring.Run) -> None:
    asked = [r for r in made_up_run.records.to_pylist() if r["churn_probability"] is not None]
    assert asked[0]["bases"] == {
        "churn": "model",
        "return": None,
        "refer": "prior",
        "share": None,
        "review": "model",
        "advocate": "model",
        "spend": "model",
    }


def test_money_by_the_formulas_of_the_glossary(
    made_up_run: scoring.Run, made_up_columns: pa.Table
) -> None:
    names = ("customer_id", "activity_days", "activity_periods")
    days = {row["customer_id"]: row for row in made_up_columns.select(names).to_pylist()}
    for record in made_up_run.records.to_pylist():
        if record["churn_probability"] is None:
            continue
        facts = days[record["customer_id"]]
        client = facts["activity_periods"] >= 4
        leaves = 1.0 if facts["activity_days"] <= 1 else 3.0 if client else 2.0
        p, stays = record["churn_probability"], record["spend_if_stays"]
        at_risk = p * max(0.0, stays - leaves)
        friends = (1 - (1 - record["refer_probability"]) ** (60 / 180)) * 1.5
        assert record["expected_spend"] == pytest.approx((1 - p) * stays + p * leaves)
        assert record["value_at_risk"] == pytest.approx(at_risk)
        assert record["extended_value_at_risk"] == pytest.approx(at_risk + p * friends * 40)


@pytest.fixture(scope="module")
def ruled(bundle: Bundle) -> Bundle:
    """Return the bundle where a rule of spend won."""
    assert bundle.spend is not None
    level = Affine(0.5, (3.0, 4.0, 5.0))
    shop = {"shop_pace": 0.5, "horizon": 60.0}
    rule = Rule("past_year", ("pace_year",), (1.0,), 0.0, shop, level)
    return replace(bundle, spend=replace(bundle.spend, basis="rule", rule=rule))


def test_where_a_rule_of_spend_serves_money_is_by_it(
    made_up: SampleShop, ruled: Bundle, made_up_columns: pa.Table, history_of: Callable[..., Any]
) -> None:
    assert ruled.spend is not None
    records = by_id(scoring.score_run(history_of(made_up), ruled, DAY).records)
    asked = {id: one for id, one in records.items() if one["spend_if_stays"] is not None}
    assert {record["bases"]["spend"] for record in asked.values()} == {"rule"}
    facts = {
        name: fact(made_up_columns, name) for name in ("spend_365", "days_since_first_activity")
    }
    client, first = (
        fact(made_up_columns, "activity_periods") >= 4,
        fact(made_up_columns, "activity_days") <= 1,
    )
    level = np.where(first, 3.0, np.where(client, 5.0, 4.0))
    spent = np.exp(0.5 * pace.year(facts, {"shop_pace": 0.5, "horizon": 60.0}) + level)
    expected = dict(zip(made_up_columns["customer_id"].to_pylist(), spent, strict=True))
    assert len(asked) > 20
    for id, record in asked.items():
        assert record["spend_if_stays"] == pytest.approx(min(expected[id], ruled.spend.most))


def test_the_rule_of_spend_says_the_same_alone_and_where_a_cluster_ships_it(
    made_up: SampleShop, ruled: Bundle, made_up_columns: pa.Table, block_of: Callable[..., Block]
) -> None:
    nobody = np.zeros(len(made_up_columns), dtype=bool)
    together = score_table(made_up_columns, ruled, DAY, nobody, nobody).to_pylist()
    names = ("spend_if_stays", "expected_spend", "value_at_risk")
    asked = [row for row, record in enumerate(together) if record["spend_if_stays"] is not None]
    for row in asked[::9]:
        (alone,) = score_table(
            made_up_columns.slice(row, 1), ruled, DAY, nobody[:1], nobody[:1]
        ).to_pylist()
        for name in names:
            assert alone[name] == pytest.approx(together[row][name], rel=1e-12)
    work = pickle.loads(pickle.dumps(Scoring(ruled, DAY, "Europe/Berlin")))
    far = by_id(work(block_of(made_up)))
    for record in together:
        if record["customer_id"] in far:
            assert [far[record["customer_id"]][name] for name in names] == [
                record[name] for name in names
            ]


def test_advocacy_lies_between_the_likeliest_act_and_their_sum(
    made_up_columns: pa.Table, bundle: Bundle
) -> None:
    chances = probabilities(made_up_columns, bundle)
    acts = np.array([chances[act] for act in ACTS if act != "share"])
    asked = ~np.isnan(chances["advocate"])
    raw = bundle.outcomes["advocate"].probability(made_up_columns)
    assert (chances["advocate"][asked] >= acts.max(axis=0)[asked]).all()
    assert (chances["advocate"][asked] <= acts.sum(axis=0)[asked]).all()
    assert (chances["advocate"] != raw)[asked].any()


def test_advocacy_is_left_as_modelled_without_acts_to_hold_it_against(
    made_up_columns: pa.Table, bundle: Bundle
) -> None:
    alone = replace(bundle, outcomes={"advocate": bundle.outcomes["advocate"]})
    chances = probabilities(made_up_columns, alone)["advocate"]
    asked = ~np.isnan(chances)
    expected = bundle.outcomes["advocate"].probability(made_up_columns)
    np.testing.assert_array_equal(chances[asked], expected[asked])


def test_the_next_order_falls_in_the_horizon(made_up_run: scoring.Run) -> None:
    dates = [d for d in made_up_run.records["expected_next_order"].to_pylist() if d is not None]
    assert dates
    assert all(DAY <= d <= DAY + timedelta(days=60) for d in dates)


def test_one_customer_alone_scores_as_in_the_run(
    made_up: SampleShop, bundle: Bundle, made_up_run: scoring.Run, block_of: Callable[..., Block]
) -> None:
    record = made_up_run.records.slice(7, 1).to_pylist()[0]
    alone = block_of(made_up, pa.array([record["customer_id"]]))
    one = compute(alone, [midnight(DAY, "Europe/Berlin")], bundle.columns)
    no = np.array([False])
    live = score_table(one, bundle, DAY, np.array([record["suppressed"]]), no).to_pylist()[0]
    of_the_run = ("churn_percentile", "advocacy_percentile", "quadrant", "reasons")
    assert {k: v for k, v in live.items() if k not in of_the_run} == {
        k: v for k, v in record.items() if k not in of_the_run
    }


def test_a_shop_without_churn_and_money_still_scores(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    few = replace(bundle, outcomes={"review": bundle.outcomes["review"]}, spend=None, money=Money())
    records = score(history_of(made_up), few, DAY)
    for name in ("churn_probability", "value_at_risk", "expected_next_order", "quadrant"):
        assert records[name].null_count == len(records)
    assert "lost" in records["risk_tier"].to_pylist()
    assert records["review_probability"].null_count < len(records)
