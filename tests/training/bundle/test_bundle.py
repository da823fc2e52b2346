from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import CATALOGUE
from features.errors import LadderError
from tests.training.made import MakeExamples
from training.bundle import Bundle, OutcomeModel, manifest
from training.bundle.money import Friends, Money, NextOrder
from training.learning import baselines, calibration, learner
from training.learning.recipe import Recipe
from training.money.model import fit_spend
from training.snapshots.examples import Examples

QUICK = Recipe(folds=3, seeds=2, learning_rate=0.1, max_rounds=60, patience=10)


@pytest.fixture(scope="module")
def examples(make_examples: MakeExamples) -> Examples:
    return make_examples(customers=500)


@pytest.fixture(scope="module")
def table(examples: Examples) -> pa.Table:
    """Return the examples as the engine would hand them over, with null where NaN."""
    columns: dict[str, np.ndarray] = dict(examples.facts)
    columns |= {name: examples.features[:, at] for at, name in enumerate(examples.names)}
    return pa.table({name: pa.array(c, from_pandas=True) for name, c in columns.items()})


@pytest.fixture(scope="module")
def bundle(examples: Examples) -> Bundle:
    fitted = learner.fit(examples, recipe=QUICK)
    above = calibration.fit(fitted.out_of_fold, examples.labels, examples.stratum)
    churn = OutcomeModel(
        name="churn",
        asked="active",
        horizon_days=90,
        gap_days=0,
        basis="model",
        base=0.5,
        calibration=above,
        blend=fitted.blend,
        rule=baselines.fit(examples, "churn", 90).rules["rfm"],
    )
    rates = calibration.rates(examples.labels, examples.stratum)
    amounts = replace(examples, labels=examples.labels * examples.facts["spend_ever"])
    return Bundle(
        settings={"shop": {"name": "Café"}},
        columns=CATALOGUE.columns(horizon_days=90)[:3],
        outcomes={
            "churn": churn,
            "refer": replace(churn, name="refer", basis="rule"),
            "share": replace(
                churn, name="share", basis="prior", blend=None, rule=None, calibration=rates
            ),
        },
        spend=fit_spend(amounts, amounts, horizon_days=90, recipe=QUICK),
        money=Money((0.0, 1.0, 2.0), Friends(1.5, 20.0), NextOrder(3.0, (1.0,), (0.5, 0.9), 90)),
        thresholds={"base": 0.5},
        card="# Card\n",
    )


def test_what_was_written_predicts_the_same_when_read(
    bundle: Bundle, table: pa.Table, tmp_path: Path
) -> None:
    again = Bundle.read(str(bundle.write(tmp_path / "one")))
    assert again.id == bundle.id
    assert again.columns == bundle.columns
    assert again.money == bundle.money
    assert again.settings == bundle.settings
    for name, model in bundle.outcomes.items():
        np.testing.assert_array_equal(
            model.probability(table), again.outcomes[name].probability(table)
        )
    assert bundle.spend is not None
    assert again.spend is not None
    np.testing.assert_array_equal(bundle.spend.amount(table), again.spend.amount(table))
    assert again.files() == bundle.files()


@pytest.mark.parametrize("name", ["churn", "refer", "share"])
def test_contributions_add_up_to_the_log_odds(bundle: Bundle, table: pa.Table, name: str) -> None:
    model = bundle.outcomes[name]
    parts = model.contributions(table)
    assert parts.shape == (table.num_rows, len(model.names) + 1)
    np.testing.assert_allclose(parts.sum(axis=1), model.log_odds(table), atol=1e-6)


def test_a_rule_and_a_prior_show_what_they_looked_at(bundle: Bundle, table: pa.Table) -> None:
    assert list(bundle.outcomes["refer"].inputs(table)) == [
        "days_since_activity",
        "activity_days",
        "spend_ever",
    ]
    assert len(set(bundle.outcomes["share"].probability(table).tolist())) == 3


def test_a_customer_scores_the_same_alone_and_among_others(bundle: Bundle, table: pa.Table) -> None:
    for model in bundle.outcomes.values():
        together, parts = model.log_odds(table), model.contributions(table)
        for row in range(0, 200, 17):
            alone = table.slice(row, 1)
            assert model.log_odds(alone)[0] == together[row]
            np.testing.assert_array_equal(model.contributions(alone)[0], parts[row])


def test_no_rows_give_no_scores(bundle: Bundle, table: pa.Table) -> None:
    for model in bundle.outcomes.values():
        assert model.probability(table.slice(0, 0)).shape == (0,)
        assert model.contributions(table.slice(0, 0)).shape == (0, len(model.names) + 1)


def test_who_is_asked(bundle: Bundle) -> None:
    recent = pa.array([1.0, 0.0, 0.0, 2.0])
    ever = pa.array([1.0, 3.0, 0.0, 2.0])
    subscribed = pa.array([1.0, 1.0, None, 0.0])
    people = pa.table({"activity_recent": recent, "activity_ever": ever, "subscribed": subscribed})
    churn = bundle.outcomes["churn"]
    assert churn.eligible(people).tolist() == [True, False, False, True]
    lapsed, paying = replace(churn, asked="lapsed"), replace(churn, asked="subscribed")
    assert lapsed.eligible(people).tolist() == [False, True, False, False]
    assert paying.eligible(people).tolist() == [True, False, False, False]


def test_a_missing_column_is_named(bundle: Bundle, table: pa.Table) -> None:
    with pytest.raises(LadderError, match="feature_3"):
        bundle.outcomes["churn"].log_odds(table.drop_columns(["feature_3"]))


def test_a_basis_comes_with_its_part(bundle: Bundle) -> None:
    with pytest.raises(LadderError, match="has none"):
        replace(bundle.outcomes["churn"], blend=None)


@pytest.mark.parametrize(("name", "content"), [("columns.json", b"[{}]"), ("money.json", b"1")])
def test_files_that_agree_with_the_manifest_but_mean_nothing_are_refused(
    bundle: Bundle, tmp_path: Path, name: str, content: bytes
) -> None:
    manifest.write(tmp_path / "bundle", {**bundle.files(), name: content})
    with pytest.raises(LadderError, match="that this version of the program writes"):
        Bundle.read(tmp_path / "bundle")


def test_what_a_killed_process_left_of_a_bundle_is_not_taken_over(
    bundle: Bundle, tmp_path: Path
) -> None:
    left = tmp_path / f".bundle.{os.getpid()}"  # in a container, every process may have this number
    left.mkdir()
    (left / "outcomes.json").write_text("half of i")
    assert Bundle.read(bundle.write(tmp_path / "bundle")).id == bundle.id


def test_a_bundle_without_its_card_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    files = {name: content for name, content in bundle.files().items() if name != "card.md"}
    manifest.write(tmp_path / "bundle", files)
    with pytest.raises(LadderError, match=r"card\.md"):
        Bundle.read(tmp_path / "bundle")


def test_no_trace_of_the_machine_is_in_a_bundle(bundle: Bundle, tmp_path: Path) -> None:
    text = b"".join(bundle.files().values()).decode()
    assert "num_threads" not in text
    assert str(tmp_path) not in text
    assert str(Path.cwd()) not in text


def test_reading_needs_neither_scikit_learn_nor_pandas_nor_mlflow() -> None:
    banned = ["sklearn", "pandas", "mlflow", "scipy", "matplotlib", "lightgbm"]
    program = f"import sys, training.bundle; print([m for m in {banned} if m in sys.modules])"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
