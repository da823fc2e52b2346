"""Explanations of a bundle that was really trained: exact, and the same whoever asks when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from features.config import Config
from features.history import open_history
from features.rung import STRATA
from features.sample import SampleShop, make_shop
from serving.explanations import reasons
from serving.explanations.claims import MOST
from serving.explanations.selection import OF_ORDERS, sentences
from serving.explanations.stored import StoredReason
from serving.explanations.topics import topic
from serving.live import LiveScorer
from serving.runs import scoring
from serving.runs.explaining import explain, words_of
from serving.runs.standing import Standing
from serving.store import PublishedRun, RunInfo
from training.bundle import Bundle, histories
from training.bundle.rows import Rows
from training.learning.recipe import Recipe
from training.options import Options
from training.train import train

UNTIL = date(2025, 6, 1)
CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin", "currency": "EUR"},
        **{table: {"timestamps": "UTC"} for table in ("orders", "engagement", "customers")},
        "churn": {"horizon_days": 60},
        "training": {"snapshots": 2},
    }
)


@pytest.fixture(scope="module")
def shop() -> SampleShop:
    return make_shop(customers=900, days=540, seed=11)


def trained(shop: SampleShop, home: Path, seed: int) -> Bundle:
    """Train on churn; no server answers, so that nothing is recorded."""
    recipe = Recipe(folds=2, max_rounds=60, seeds=2, penalties=(0.1,), most_rows=4_000)
    home.mkdir()
    made = train(
        CONFIG,
        home,
        until=UNTIL,
        wanted=("churn",),
        seed=seed,
        frames=shop.frames,
        options=Options(recipe=recipe, tracking_uri="http://127.0.0.1:9"),
    )
    return Bundle.read(made.path)


@pytest.fixture(scope="module")
def bundles(shop: SampleShop, tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    """Two trainings on the same data, whose folds and boosters are drawn differently."""
    folder = tmp_path_factory.mktemp("homes")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        return [trained(shop, folder / str(seed), seed) for seed in (7, 8)]


def run(shop: SampleShop, bundle: Bundle) -> scoring.Run:
    with open_history(CONFIG, until=UNTIL, frames=shop.frames) as history:
        return scoring.score_run(history, bundle, UNTIL, "none")


@pytest.fixture(scope="module")
def runs(shop: SampleShop, bundles: list[Bundle]) -> list[scoring.Run]:
    return [run(shop, bundle) for bundle in bundles]


def columns_of(made: scoring.Run, bundle: Bundle) -> pa.Table:
    """Return the packed columns of those who are asked about churn."""
    asked = made.records["churn_probability"].is_valid().to_numpy()
    names = [column.name for column in bundle.columns]
    return pa.table([pa.array(values) for values in made.packed[asked].T], names)


def test_contributions_add_up_to_the_score(bundles: list[Bundle], runs: list[scoring.Run]) -> None:
    model = bundles[0].outcomes["churn"]
    assert model.basis == "model"
    assert model.blend
    assert 0 < model.blend.tree_weight < 1, "both halves must be in the sum"
    table = columns_of(runs[0], bundles[0])
    parts = model.contributions(table)
    np.testing.assert_allclose(parts.sum(axis=1), model.log_odds(table), atol=1e-6, rtol=0)
    chance = runs[0].records["churn_probability"].drop_null().to_numpy()
    np.testing.assert_allclose(1 / (1 + np.exp(-parts.sum(axis=1))), chance, atol=1e-6, rtol=0)


def test_two_runs_on_the_same_data_give_the_same_reasons(
    shop: SampleShop, bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    again = run(shop, bundles[0])
    first = explain(runs[0].packed, bundles[0], "churn")
    assert first == explain(again.packed, bundles[0], "churn")
    # One customer alone, as the API asks, hears the same.
    for row in (0, 11, 500):
        assert explain(runs[0].packed[row : row + 1], bundles[0], "churn") == [first[row]]


def test_another_draw_of_the_training_changes_few_first_reasons(
    bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    codes = []
    for made, bundle in zip(runs, bundles, strict=True):
        named = {column.name: column for column in bundle.columns}
        said = reasons.of(
            bundle.outcomes["churn"], columns_of(made, bundle), named, bundle.similar["churn"]
        )
        codes.append([[reason.code for reason in mine] for mine in said])
    same = np.mean([a[:1] == b[:1] for a, b in zip(*codes, strict=True)])
    kept = np.mean([len(set(a[:3]) & set(b[:3])) / 3 for a, b in zip(*codes, strict=True)])
    assert same > 0.7
    assert kept > 0.7


def test_usual_numbers_are_medians_of_the_customers_own_stratum(
    bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    table = columns_of(runs[0], bundles[0])
    named = {column.name: column for column in bundles[0].columns}
    usual = bundles[0].thresholds["usual"]
    said = reasons.of(bundles[0].outcomes["churn"], table, named, bundles[0].similar["churn"])
    told = [reason for mine in said for reason in mine if reason.code != reasons.IN_COMMON]
    medians = [reason.usual for reason in told if not reason.lacking]
    assert np.mean([median is not None for median in medians]) > 0.9
    # Regulars are active on more days than others: each is held against their like.
    first_time, repeat, client = usual["active"]["active_days_365d"]
    assert first_time == 1
    assert 1 < repeat < client
    assert "similar customers" in " ".join(sentences(said[0], named, "EUR"))


def test_what_is_told_against_similar_customers_adds_up(
    bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    model, similar = bundles[0].outcomes["churn"], bundles[0].similar["churn"]
    rows = Rows.of(columns_of(runs[0], bundles[0]))
    beyond = model.contributions(rows)[:, :-1] - similar.effects[rows.strata]
    told = beyond.sum(axis=1) + similar.ahead[rows.strata]
    base = np.log(model.base / (1 - model.base))
    np.testing.assert_allclose(told, model.log_odds(rows) - base, atol=1e-6, rtol=0)
    assert len(set(similar.ahead)) == len(STRATA), "the usual customers of the strata differ"


def test_reasons_hold_beside_the_numbers_of_similar_customers(
    bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    """What raises is mostly unusual; a silence shorter than theirs never raises the risk."""
    bundle, similar = bundles[0], bundles[0].similar["churn"]
    named = {column.name: column for column in bundle.columns}
    rows = Rows.of(columns_of(runs[0], bundle))
    model = bundle.outcomes["churn"]
    values = rows.matrix(model.names)
    unusual = similar.unusual(values, rows.strata)
    raised, silences = [], []
    for row, mine in enumerate(reasons.of(model, rows, named, similar)):
        for reason in mine[:3]:
            if reason.column in model.names and reason.effect > 0:
                raised.append(unusual[row, model.names.index(reason.column)])
            if reason.column == "days_since_order" and reason.value is not None:
                silences.append((reason.value > (reason.usual or 0.0)) == (reason.effect > 0))
    assert len(raised) > 100
    assert np.mean(raised) > 0.75
    assert len(silences) > 50
    assert np.mean(silences) > 0.95


def test_nobody_hears_a_fact_twice_or_what_nobody_would_believe(
    bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    everybody = explain(runs[0].packed, bundles[0], "churn")
    told = [[StoredReason.from_json(text) for text in kept] for kept in everybody]
    lately = ("days_since_order", "days_since_visit", "days_since_engagement")
    for reasons_ in told:
        topics = [topic(reason.code.removeprefix(OF_ORDERS)) for reason in reasons_]
        assert len({*topics}) == len(topics) <= MOST
        silence = max((r.value or 0 for r in reasons_ if r.code == lately[0]), default=0)
        for reason, about in zip(reasons_, topics, strict=True):
            assert not reason.code.startswith("activ"), "here, an activity is an order"
            if about in ("frequency", "spending", "assortment") and not reason.value:
                assert not reason.window or reason.window > silence, "goes without saying"
            if reason.value is not None and reason.usual is not None:
                assert reason.value != reason.usual or len(reasons_) == 1, "tells nobody apart"
                late = reason.value > reason.usual
                assert reason.code not in lately or late == (reason.direction > 0)
    assert sum(map(bool, told)) > 0.99 * len(told)


def test_having_none_is_usual_where_most_have_none(bundles: list[Bundle]) -> None:
    thresholds = bundles[0].thresholds
    nps = thresholds["usual"]["active"]["nps_last"]
    assert nps[0] is None
    assert similar_lacks(bundles[0], "nps_last")[0]
    ranges = thresholds["usual_range"]["active"]
    for name, medians in thresholds["usual"]["active"].items():
        for middle, ends in zip(medians, ranges[name], strict=True):
            assert (middle is None) == (ends is None)
            assert ends is None or ends[0] <= middle <= ends[1]


def similar_lacks(bundle: Bundle, name: str) -> list[bool]:
    at = bundle.outcomes["churn"].names.index(name)
    return [bool(lacks) for lacks in bundle.similar["churn"].lacking[:, at]]


def test_a_bundle_of_an_earlier_program_is_explained_beside_its_medians(
    bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    thresholds = {k: v for k, v in bundles[0].thresholds.items() if k != "usual_range"}
    for known in (thresholds, {}):
        older = replace(bundles[0], thresholds=known)
        asked = runs[0].packed[runs[0].records["churn_probability"].is_valid().to_numpy()]
        found = explain(asked[:20], older, "churn")
        assert all(found)
        # Codes may be called so, too: only a key of a reason ends in a colon.
        assert ('"usual":' in str(found)) == bool(known)


def test_a_history_scored_live_gets_the_numbers_and_the_reasons_of_the_run(
    shop: SampleShop, bundles: list[Bundle], runs: list[scoring.Run]
) -> None:
    """One customer at a time takes other ways through the trees than a block of them."""
    bundle, made = bundles[0], runs[0]
    info = RunInfo(UNTIL, bundle.id, 60, 180, standing=Standing.of(made.records, 0.5).to_json())
    served = PublishedRun("run", datetime.now(UTC), len(made.records), info, serving=True)
    scorer = LiveScorer(served, bundle)
    midnight = datetime(UNTIL.year, UNTIL.month, UNTIL.day, tzinfo=ZoneInfo("Europe/Berlin"))
    sent = {one["customer_id"]: one for one in histories.to_json(shop.frames)}
    rows = np.flatnonzero(made.records["churn_probability"].is_valid().to_numpy())[::12]
    assert len(rows) > 20
    for row in rows:
        record = made.records.slice(row, 1).to_pylist()[0]
        (live,) = scorer.score([sent[record["customer_id"]]], midnight, {}).values()
        said = json.loads(live)
        for name in ("churn_probability", "churn_percentile"):
            assert said[name] == pytest.approx(record[name], rel=1e-9)
        kept = explain(made.packed[[row]], bundle, "churn")[0]
        assert said["reasons"] == words_of(bundle).render(kept, "en")
