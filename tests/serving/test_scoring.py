"""Scoring: null rules, money, clipping, reasons and blocks, on the made-up made_up."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.block import Block
from features.clock import midnight
from features.engine import compute
from features.errors import LadderError
from features.sample import SampleShop
from serving import scoring
from serving.explaining import explain
from serving.records import ACTS, SCHEMA
from serving.scorer import probabilities, score_table
from serving.work import Scoring
from training.bundle import Bundle, pace
from training.bundle.affine import Affine
from training.bundle.money import Money
from training.bundle.rule import Rule

DAY = date(2025, 3, 1)


@pytest.fixture(scope="module")
def table(made_up: SampleShop, bundle: Bundle, block_of: Callable[..., Block]) -> pa.Table:
    return compute(block_of(made_up), [midnight(DAY, "Europe/Berlin")], bundle.columns)


@pytest.fixture(scope="module")
def run(made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]) -> scoring.Run:
    return scoring.score_run(history_of(made_up), bundle, DAY)


def by_id(records: pa.Table) -> dict[str, dict[str, Any]]:
    return {record["customer_id"]: record for record in records.to_pylist()}


def fact(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name])


def test_a_record_for_everybody_known_who_does_not_object(
    made_up: SampleShop, run: scoring.Run
) -> None:
    people = made_up.customers.filter(pc.invert(made_up.customers["profiling_allowed"]))
    objecting = set(people["customer_id"].to_pylist())
    scored = run.records["customer_id"].to_pylist()
    assert run.records.schema == SCHEMA
    assert scored == sorted(set(scored))
    assert objecting
    assert not objecting & set(scored)


def test_suppressed_are_scored_and_marked(made_up: SampleShop, run: scoring.Run) -> None:
    allowed = dict(
        zip(
            made_up.customers["customer_id"].to_pylist(),
            made_up.customers["marketing_allowed"].to_pylist(),
            strict=True,
        )
    )
    marked = [r for r in run.records.to_pylist() if r["suppressed"]]
    assert marked
    assert all(allowed[r["customer_id"]] is False for r in marked)


def test_each_question_is_put_to_whom_it_concerns(table: pa.Table, run: scoring.Run) -> None:
    records = by_id(run.records)
    recent, ever = fact(table, "activity_recent") > 0, fact(table, "activity_ever") > 0
    for id, active, known in zip(table["customer_id"].to_pylist(), recent, ever, strict=True):
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


def test_all_three_kinds_of_customers_are_in_the_test(run: scoring.Run) -> None:
    tiers = set(run.records["risk_tier"].to_pylist())
    assert {"low", "high", "lost", None} <= tiers


def test_bases_say_where_each_number_comes_from(run: scoring.Run) -> None:
    asked = [r for r in run.records.to_pylist() if r["churn_probability"] is not None]
    assert asked[0]["bases"] == {
        "churn": "model",
        "return": None,
        "refer": "prior",
        "share": None,
        "review": "model",
        "advocate": "model",
        "spend": "model",
    }


def test_money_by_the_formulas_of_the_glossary(run: scoring.Run, table: pa.Table) -> None:
    names = ("customer_id", "activity_days", "activity_periods")
    days = {row["customer_id"]: row for row in table.select(names).to_pylist()}
    for record in run.records.to_pylist():
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
    made_up: SampleShop, ruled: Bundle, table: pa.Table, history_of: Callable[..., Any]
) -> None:
    assert ruled.spend is not None
    records = by_id(scoring.score_run(history_of(made_up), ruled, DAY).records)
    asked = {id: one for id, one in records.items() if one["spend_if_stays"] is not None}
    assert {record["bases"]["spend"] for record in asked.values()} == {"rule"}
    facts = {name: fact(table, name) for name in ("spend_365", "days_since_first_activity")}
    client, first = fact(table, "activity_periods") >= 4, fact(table, "activity_days") <= 1
    level = np.where(first, 3.0, np.where(client, 5.0, 4.0))
    spent = np.exp(0.5 * pace.year(facts, {"shop_pace": 0.5, "horizon": 60.0}) + level)
    expected = dict(zip(table["customer_id"].to_pylist(), spent, strict=True))
    assert len(asked) > 20
    for id, record in asked.items():
        assert record["spend_if_stays"] == pytest.approx(min(expected[id], ruled.spend.most))


def test_the_rule_of_spend_says_the_same_alone_and_where_a_cluster_ships_it(
    made_up: SampleShop, ruled: Bundle, table: pa.Table, block_of: Callable[..., Block]
) -> None:
    nobody = np.zeros(len(table), dtype=bool)
    together = score_table(table, ruled, DAY, nobody, nobody).to_pylist()
    names = ("spend_if_stays", "expected_spend", "value_at_risk")
    asked = [row for row, record in enumerate(together) if record["spend_if_stays"] is not None]
    for row in asked[::9]:
        (alone,) = score_table(table.slice(row, 1), ruled, DAY, nobody[:1], nobody[:1]).to_pylist()
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
    table: pa.Table, bundle: Bundle
) -> None:
    chances = probabilities(table, bundle)
    acts = np.array([chances[act] for act in ACTS if act != "share"])
    asked = ~np.isnan(chances["advocate"])
    raw = bundle.outcomes["advocate"].probability(table)
    assert (chances["advocate"][asked] >= acts.max(axis=0)[asked]).all()
    assert (chances["advocate"][asked] <= acts.sum(axis=0)[asked]).all()
    assert (chances["advocate"] != raw)[asked].any()


def test_advocacy_is_left_as_modelled_without_acts_to_hold_it_against(
    table: pa.Table, bundle: Bundle
) -> None:
    alone = replace(bundle, outcomes={"advocate": bundle.outcomes["advocate"]})
    chances = probabilities(table, alone)["advocate"]
    asked = ~np.isnan(chances)
    expected = bundle.outcomes["advocate"].probability(table)
    np.testing.assert_array_equal(chances[asked], expected[asked])


def test_the_next_order_falls_in_the_horizon(run: scoring.Run) -> None:
    dates = [d for d in run.records["expected_next_order"].to_pylist() if d is not None]
    assert dates
    assert all(DAY <= d <= DAY + timedelta(days=60) for d in dates)


def test_blocks_of_any_size_give_the_same_run(
    made_up: SampleShop, bundle: Bundle, run: scoring.Run, history_of: Callable[..., Any]
) -> None:
    again = scoring.score_run(history_of(made_up, size=37), bundle, DAY)
    assert again.records.equals(run.records)
    np.testing.assert_array_equal(again.packed, run.packed)


def test_nothing_at_or_after_the_cutoff_is_seen(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    cutoff = pa.scalar(midnight(DAY, "Europe/Berlin"), pa.timestamp("us", "UTC"))
    before = SimpleNamespace(
        orders=made_up.orders.filter(pc.less(made_up.orders["ordered_at"], cutoff)),
        engagement=made_up.engagement.filter(pc.less(made_up.engagement["occurred_at"], cutoff)),
        customers=made_up.customers,
    )
    cut = scoring.score(history_of(before), bundle, DAY)
    assert cut.equals(scoring.score(history_of(made_up), bundle, DAY))


def test_one_customer_alone_scores_as_in_the_run(
    made_up: SampleShop, bundle: Bundle, run: scoring.Run, block_of: Callable[..., Block]
) -> None:
    record = run.records.slice(7, 1).to_pylist()[0]
    alone = block_of(made_up, pa.array([record["customer_id"]]))
    one = compute(alone, [midnight(DAY, "Europe/Berlin")], bundle.columns)
    no = np.array([False])
    live = score_table(one, bundle, DAY, np.array([record["suppressed"]]), no).to_pylist()[0]
    of_the_run = ("churn_percentile", "advocacy_percentile", "quadrant", "reasons")
    assert {k: v for k, v in live.items() if k not in of_the_run} == {
        k: v for k, v in record.items() if k not in of_the_run
    }


def test_reasons_are_said_of_whom_a_list_could_name(run: scoring.Run) -> None:
    records = [r for r in run.records.to_pylist() if r["value_at_risk"] is not None]
    records.sort(key=lambda r: -r["value_at_risk"])
    fifth = int(np.ceil(len(records) / 5))
    assert all(r["reasons"] for r in records[:fifth])
    assert all("the risk" in sentence for r in records[:fifth] for sentence in r["reasons"])
    others = [r["reasons"] for r in records[fifth:]]
    advocates = [sentence for said in others if said for sentence in said]
    assert all("advocacy" in sentence for sentence in advocates)
    assert others.count(None) > len(others) / 2


def test_reasons_of_all_and_of_none(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    everybody = scoring.score(history_of(made_up), bundle, DAY, reasons="all")
    for record in everybody.to_pylist():
        asked = record["churn_probability"] is not None or record["return_probability"] is not None
        assert (record["reasons"] is not None) == asked
        if record["return_probability"] is not None:
            assert "since the last activity" in record["reasons"][0]
    nobody = scoring.score(history_of(made_up), bundle, DAY, reasons="none")
    assert nobody["reasons"].null_count == len(nobody)


def test_reasons_on_demand_equal_those_of_the_run(bundle: Bundle, run: scoring.Run) -> None:
    rows = np.flatnonzero([r is not None for r in run.records["reasons"].to_pylist()])[:5]
    asked = [i for i in rows if run.records["value_at_risk"][int(i)].is_valid]
    said = explain(run.packed[asked], bundle, "churn")
    for row, sentences in zip(asked, said, strict=True):
        stored = run.records["reasons"][int(row)].as_py()
        assert sentences == stored or "advocacy" in stored[0]


def test_held_out_customers_are_marked(
    made_up: SampleShop, bundle: Bundle, run: scoring.Run, history_of: Callable[..., Any]
) -> None:
    held = run.records["customer_id"].to_pylist()[3]
    marked = scoring.score_run(history_of(made_up), bundle, DAY, "none", held_out=[held]).records
    assert marked.filter(marked["held_out"])["customer_id"].to_pylist() == [held]


def test_a_day_before_everything_is_refused(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    with pytest.raises(LadderError, match="1999-01-01"):
        scoring.score(history_of(made_up), bundle, date(1999, 1, 1))


def test_a_shop_without_churn_and_money_still_scores(
    made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]
) -> None:
    few = replace(bundle, outcomes={"review": bundle.outcomes["review"]}, spend=None, money=Money())
    records = scoring.score(history_of(made_up), few, DAY)
    for name in ("churn_probability", "value_at_risk", "expected_next_order", "quadrant"):
        assert records[name].null_count == len(records)
    assert "lost" in records["risk_tier"].to_pylist()
    assert records["review_probability"].null_count < len(records)


def test_where_customers_stand_is_cut_as_the_bundle_was_trained(
    made_up: SampleShop, bundle: Bundle, run: scoring.Run, history_of: Callable[..., Any]
) -> None:
    standing = {"client_periods": 2, "high_value": 0.9}
    elsewhere = replace(bundle, settings={**bundle.settings, "standing": standing})
    history = history_of(made_up)
    with pytest.raises(LadderError, match=r"\[standing\] client_periods is 4 and was 2"):
        scoring.score_run(history, elsewhere, DAY)
    history.config = history.config.model_copy(update={"standing": elsewhere.config.standing})
    cut = scoring.score_run(history, elsewhere, DAY, "none").records
    spend = cut["expected_spend"].drop_null().to_numpy()
    rich = pc.is_in(cut["quadrant"], pa.array(["champion", "affluent"])).to_numpy()
    assert (cut["expected_spend"].to_numpy()[rich] >= np.quantile(spend, 0.9)).all()
    assert 0 < rich.sum() < 0.2 * len(spend)
    clients = [records["rung"].to_pylist().count("client") for records in (cut, run.records)]
    assert clients[0] > clients[1] > 0
