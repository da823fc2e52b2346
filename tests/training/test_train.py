"""A training: its bundle, its card, its record in MLflow, and what may go wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from features.errors import LadderError, UsageError
from features.sample import SampleShop
from tests.training.trainings import QUICK, SETTINGS, Run
from training.bundle import golden
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.learning.settings import Settings
from training.options import Options
from training.promotion import Decision
from training.registry import trials
from training.registry.connection import STORE
from training.registry.tracking import Tracker
from training.statistics.tally import METRICS
from training.train import Trained, train


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def first(run: Run, home: Path) -> Trained:
    return run(home)


def test_the_first_bundle_is_on_the_shelf_and_serves(first: Trained, home: Path) -> None:
    shelf = Shelf(home)
    assert shelf.champion() == first.bundle.id
    assert shelf.champion_path() == first.path
    read = Bundle.read(first.path)
    assert read.settings["data"]["until"] == "2025-06-01"
    assert set(read.outcomes) == {"churn", "return", "refer", "share", "review", "advocate"}
    assert read.spend is not None
    assert read.money.next_order is not None
    assert read.thresholds["risk_tier"]["base_rate"] == read.outcomes["churn"].base
    (decision,) = shelf.decisions()
    assert (decision["action"], decision["promoted"]) == ("train", True)


def test_verdicts_come_per_outcome_and_churn_can_be_predicted(first: Trained) -> None:
    churn = first.judgements[0]
    assert churn.outcome == "churn"
    assert churn.basis == "model"
    assert churn.model["auroc"].low > 0.6
    assert {judged.outcome for judged in first.judgements} == set(first.bundle.outcomes)
    assert first.bundle.metrics["outcomes"]["churn"]["verdict"] == churn.verdict


def test_the_golden_rows_score_the_same_after_reading(first: Trained) -> None:
    golden.check(Bundle.read(first.path))


def test_golden_rows_notice_a_model_that_changed(first: Trained) -> None:
    read = Bundle.read(first.path)
    expected = json.loads(json.dumps(read.golden))
    expected["expected"]["probability"]["churn"][0] += 1e-6
    changed = Bundle(
        settings=read.settings, columns=read.columns, outcomes=read.outcomes, golden=expected
    )
    with pytest.raises(LadderError, match=r"churn of .* differs by 1e-06"):
        golden.check(changed)


def test_golden_rows_notice_amounts_that_changed(first: Trained) -> None:
    read = Bundle.read(first.path)
    assert read.spend is not None
    raised = replace(read.spend, most=2.0 * read.spend.most, basis="prior")
    with pytest.raises(LadderError, match=r"spend of .* differs by"):
        golden.check(replace(read, spend=raised))


def test_no_customer_of_the_shop_is_in_any_file_of_the_home(
    first: Trained, home: Path, small_shop: SampleShop
) -> None:
    real = small_shop.customers["email_sha256"].drop_null().to_pylist()[20:]
    ids = [f'"{name}"'.encode() for name in small_shop.customers["customer_id"].to_pylist()[20:]]
    assert first.version
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [name for name in (*ids, *(r.encode() for r in real)) if name in content]


def test_the_card_says_what_must_be_said(first: Trained) -> None:
    card = (first.path / "card.md").read_text()
    for words in ("# Model card: Mum's", "object to profiling", "calibration error", "AUROC"):
        assert words in card
    for judged in first.judgements:
        assert judged.verdict in card
        assert judged.drift in card
    assert "| model better than | AUROC |" in card
    assert "| Brier skill | " in card
    assert "too few to judge" in card
    assert "| last bought through web |" in card
    assert "| tenth, predicted / happened | everybody |" in card


def test_the_same_data_and_seed_give_the_same_bundle_to_the_byte(
    first: Trained, unrecorded: Run, tmp_path: Path
) -> None:
    # However many fits are made at a time.
    again = unrecorded(tmp_path, recipe=replace(QUICK, threads=3))
    assert again.bundle.id == first.bundle.id
    assert (again.path / "manifest.json").read_bytes() == (
        first.path / "manifest.json"
    ).read_bytes()


def test_mlflow_holds_the_training_and_leaves_nothing_elsewhere(
    first: Trained, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    store = f"sqlite:///{home / STORE}"
    client = mlflow.MlflowClient(store, store)
    (experiment,) = client.search_experiments(filter_string="name LIKE 'Loyalty Ladder%'")
    assert experiment.name == "Loyalty Ladder Mum-s- tea-café"
    runs = client.search_runs([experiment.experiment_id])
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    (parent,) = (run for run in runs if run not in children)
    assert {run.info.run_name for run in children} == {*first.bundle.outcomes, "spend"}
    assert parent.data.metrics["spend_correlation"] > 0
    spend = first.bundle.metrics["spend"]
    amounts = next(run for run in children if run.info.run_name == "spend")
    for name, figures in (
        ("deviance", spend["model"]),
        ("baseline_deviance", spend["baselines"][spend["best"]]),
        ("gain_deviance", spend["gains"][spend["best"]]),
        ("expected_deviance", spend["expected"]["served"]),
        ("expected_gain_deviance", spend["expected"]["gain"]),
    ):
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high")):
            expected = pytest.approx(figures["deviance"][part])
            assert parent.data.metrics[f"spend_{name}{end}"] == expected
            assert amounts.data.metrics[name + end] == expected
    for rule, gain in spend["gains"].items():
        over = amounts.data.metrics[f"gain_over_{rule}_deviance"]
        assert over == pytest.approx(gain["deviance"]["value"])
    assert amounts.data.tags["verdict"] == spend["verdict"]
    assert {file.path for file in client.list_artifacts(amounts.info.run_id)} == {"reliability.png"}
    assert parent.inputs
    assert parent.inputs.dataset_inputs[0].dataset.digest
    churn = next(run for run in children if run.info.run_name == "churn")
    lasted = parent.info.end_time - parent.info.start_time
    assert lasted > churn.info.end_time - churn.info.start_time, "as long as the training took"
    assert parent.info.start_time < churn.info.start_time
    judged = first.judgements[0]
    assert churn.data.metrics["auroc"] == judged.model["auroc"].value
    for figure in METRICS:
        for side, found in (("", judged.model), ("gain_", judged.gain)):
            ends = [churn.data.metrics[f"{side}{figure}{end}"] for end in ("_low", "_high")]
            assert ends == [found[figure].low, found[figure].high]
    drawn = {file.path for file in client.list_artifacts(churn.info.run_id)}
    assert {"reliability.png", "gain.png", "precision-recall.png", "importance.png"} <= drawn
    version = client.get_model_version_by_alias(experiment.name, "champion")
    assert version.tags["bundle"] == first.bundle.id
    assert not list(tmp_path.iterdir())


def test_mlflow_holds_the_figures_that_a_decision_rests_on(first: Trained) -> None:
    decision = replace(first.decision, figures={"log_loss": 0.43, "champion_log_loss": 0.42})
    parent = trials.parent(first.bundle, first.judgements[0], Settings(), decision, None)
    assert parent.metrics["decision_log_loss"] == 0.43
    assert parent.metrics["decision_champion_log_loss"] == 0.42


def test_mlflow_loads_the_model_and_scores_raw_histories(
    first: Trained, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / STORE}")
    model = mlflow.pyfunc.load_model("models:/Loyalty Ladder Mum-s- tea-café@champion")
    made = Bundle.read(first.path).golden
    said = model.predict(pd.DataFrame(made["customers"]), params={"as_of": made["as_of"]})
    expected = dict(
        zip(made["expected"]["customer_id"], made["expected"]["probability"]["churn"], strict=True)
    )
    asked = said.dropna(subset=["churn_probability"])
    assert len(asked)
    for row in asked.to_dict("records"):
        assert abs(row["churn_probability"] - expected[row["customer_id"]]) < 1e-9
    unknown = model.predict(pd.DataFrame([{"customer_id": "new"}]))
    assert unknown["churn_probability"][0] is None


def test_where_tiers_and_quadrants_are_cut_is_the_shops_choice(
    unrecorded: Run, tmp_path: Path
) -> None:
    standing = {"medium_odds": 1.5, "high_odds": 3.0, "high_advocacy": 0.2, "advocate_days": 200}
    made = unrecorded(tmp_path, {**SETTINGS, "standing": standing}, wanted=("churn", "advocate"))
    read = Bundle.read(made.path)
    tier = read.thresholds["risk_tier"]
    assert (tier["medium_odds"], tier["high_odds"]) == (1.5, 3.0)
    assert read.thresholds["quadrant"] == {"advocate_probability": 0.2}
    assert read.settings["standing"] == {
        **standing,
        **{"client_periods": 4, "research_days": 90, "high_value": 0.5},
    }


def test_a_tracking_server_that_is_down_costs_only_the_record(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    down = Options(recipe=QUICK, tracking_uri="http://anna:sesame@127.0.0.1:9")
    made = run(str(tmp_path), wanted=("churn",), how=down)
    assert made.version is None
    assert made.decision.promoted
    (note,) = (note for note in made.notes if "MLflow took no record" in note)
    assert "sesame" not in note
    assert "anna" not in note


def test_the_alias_is_not_given_to_who_was_followed_meanwhile(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aliases: list[str] = []

    def overtaken(shelf: Shelf, decision: Decision) -> None:
        assert decision.promoted
        shelf.crown("another training's")

    def record(*_: Any, alias: str, **__: Any) -> str:
        aliases.append(alias)
        return "1"

    monkeypatch.setattr("training.train.carry_out", overtaken)
    monkeypatch.setattr(Tracker, "record", record)
    run(tmp_path, wanted=("churn",))
    assert aliases == ["challenger"]


def test_nothing_is_left_behind_where_nothing_can_be_learnt(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'loyalty'"):
        run(tmp_path, wanted=("loyalty",))
    settings: Any = SETTINGS
    with pytest.raises(UsageError, match="Got a dict"):
        train(settings, tmp_path)
    with pytest.raises(UsageError, match="create_home"):
        run(tmp_path / "nowhere")
    with pytest.raises(LadderError, match="longer than two horizons"):
        run(tmp_path, until=date(2024, 3, 1))
    assert not list(tmp_path.iterdir())
