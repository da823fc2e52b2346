"""A backtest of the small shop: what a reader of its tables would rely on."""

from __future__ import annotations

import csv
import weakref
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.clock import midnight
from features.config import Config
from features.errors import UsageError
from features.settings.sections import Features
from tests.training.backtest.runs import UNTIL, run_backtest
from training.backtest import Backtest, verdicts, write
from training.learning.recipe import Recipe
from training.snapshots import enough
from training.statistics.stability import SHIFTED
from training.statistics.tally import METRICS

HORIZON = timedelta(days=60)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_days_of_judgement_reach_over_the_history_and_learn_only_from_before(
    found: Backtest,
) -> None:
    judged = [origin.judgement for origin in found.origins["churn"]]
    assert len(judged) == 4
    assert judged[-1].newest == UNTIL - HORIZON
    assert all(early.newest < late.newest for early, late in pairwise(judged))
    for one in judged:
        assert max(one.cutoffs) + HORIZON <= one.newest


def test_an_origin_says_what_it_would_have_said_then(
    found: Backtest, small_config: Config, small_frames: dict[str, Any], quick: Recipe
) -> None:
    """With every later row gone, an early origin finds the same figures to the digit."""
    first = next(origin for origin in found.origins["churn"] if origin.judgement.model)
    oldest = first.judgement
    assert oldest.newest < UNTIL - 2 * HORIZON
    end = oldest.newest + HORIZON
    cutoff = pa.scalar(midnight(end, "Europe/Berlin"), pa.timestamp("us", "UTC"))
    then = {
        name: table.filter(pc.less(table[time], cutoff)) if time else table
        for (name, table), time in zip(
            small_frames.items(), ("ordered_at", "occurred_at", ""), strict=True
        )
    }
    alone = run_backtest(small_config, then, quick, until=end, origins=1)
    (again,) = alone.origins["churn"]
    assert again.judgement.newest == oldest.newest
    assert again.judgement.model["auroc"] == oldest.model["auroc"]
    assert again.judgement.gain == oldest.gain
    assert again.drift == first.drift
    (money,) = alone.spend
    assert money in found.spend


def test_a_shops_own_features_are_judged_as_they_would_serve(
    small_config: Config, small_frames: dict[str, Any], quick: Recipe, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from features.own import Engagement, Horizons, Measure, feature\n\n"
        '@feature(over=(Horizons(1),), unit="visits", reason="{value} visits in {window}")\n'
        "def own_visits(engagement: Engagement) -> Measure:\n"
        '    """Visits to the site."""\n'
        '    return engagement.kind("site_visited").count()\n',
        encoding="utf-8",
    )
    config = small_config.model_copy(update={"features": Features(extra=str(file))})
    (origin,) = run_backtest(config, small_frames, quick, origins=1, wanted=("churn",)).origins[
        "churn"
    ]
    assert origin.drift is not None
    assert "own_visits_1h" in origin.drift.features


@pytest.mark.parametrize(
    ("share", "why"),
    [
        pytest.param(slice(0, 40), "the orders end on ", id="orders end early"),
        pytest.param(slice(None, None, 150), "on no day did enough customers", id="few orders"),
    ],
)
def test_spend_that_is_not_judged_is_said_with_the_reason(
    share: slice, why: str, small_config: Config, small_frames: dict[str, Any], quick: Recipe
) -> None:
    settings = small_config.settings()
    settings["churn"]["activity"] = "site_visited"
    orders: pa.Table = small_frames["orders"].sort_by("ordered_at")
    few = orders.take(pa.array(range(len(orders))[share]))
    frames = {**small_frames, "orders": few}
    found = run_backtest(Config.from_settings(settings), frames, quick, origins=2)
    assert found.spend == ()
    (skipped,) = found.skipped
    assert skipped.names == ("spend",)
    assert skipped.why.startswith(why)


def test_one_days_slices_are_in_memory_at_a_time(
    small_config: Config,
    small_frames: dict[str, Any],
    quick: Recipe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables: list[weakref.ref[pa.Table]] = []
    build = enough.build

    def watched(*given: Any) -> Any:
        assert [table for table in tables if table() is not None] == []
        settled, slices = build(*given)
        tables.append(weakref.ref(slices.table))
        return settled, slices

    monkeypatch.setattr("training.backtest.run.build", watched)
    run_backtest(small_config, small_frames, quick, origins=2)
    assert len(tables) == 2


def test_every_metric_comes_with_baselines_and_intervals(found: Backtest, tmp_path: Path) -> None:
    paths = write(tmp_path / "made" / "here", found)
    assert all(path.is_file() for path in paths)
    rows = read(tmp_path / "made" / "here" / "figures.csv")
    judged = found.origins["churn"][-1].judgement
    newest = [row for row in rows if row["as_of"] == str(judged.newest)]
    sides = {"model", *judged.baselines, *(f"gain over {rule}" for rule in judged.baselines)}
    assert {(row["who"], row["figure"]) for row in newest} == {
        (who, metric) for who in sides for metric in METRICS
    }
    for row in newest:
        assert float(row["low"]) <= float(row["high"])
    assert paths[-1].read_bytes().startswith(b"\x89PNG")


def test_what_was_predicted_stands_beside_what_happened(found: Backtest, tmp_path: Path) -> None:
    write(tmp_path, found)
    for row, origin in zip(read(tmp_path / "origins.csv"), found.origins["churn"], strict=True):
        scores = origin.judgement.scores
        assert (row["predicted"] == "") == (scores is None)
        if scores:
            happened, predicted = np.mean(scores.labels), np.mean(scores.model)
            assert float(row["rate"]) == pytest.approx(happened, abs=1e-5)
            assert float(row["predicted"]) == pytest.approx(predicted, abs=1e-5)


def test_drift_and_the_price_of_old_fits_are_told(found: Backtest, tmp_path: Path) -> None:
    write(tmp_path, found)
    drifted = read(tmp_path / "drift.csv")
    assert {row["what"] for row in drifted} >= {"score", "silence_days"}
    newest = found.origins["churn"][-1].drift
    assert newest is not None
    most = [*newest.features.values()]
    assert most == sorted(most, reverse=True), "the most changed first"
    assert newest.moved == [name for name, value in newest.features.items() if value > SHIFTED]
    ages = [(row["steps"], row["origins"]) for row in read(tmp_path / "retraining.csv")]
    fits = sum(origin.drift is not None for origin in found.origins["churn"])
    assert fits >= 3
    assert ages == [(str(age), str(fits - age)) for age in range(1, fits)]
    assert found.verdicts("churn")[-1].startswith("churn: a fit ")


def test_spend_is_judged_on_every_day_of_churn(found: Backtest, tmp_path: Path) -> None:
    write(tmp_path, found)
    days = [str(origin.newest) for origin in found.spend]
    assert len(days) >= 3
    assert set(days) <= {str(origin.judgement.newest) for origin in found.origins["churn"]}
    rows = [row for row in read(tmp_path / "spend.csv") if row["of"] == "stayers"]
    own = [row for row in rows if row["who"] == "model"]
    assert [row["as_of"] for row in own if row["figure"] == "total_error"] == days
    beside = {row["who"] for row in rows}
    assert {"alike", "past_year", "order_value", "gain over past_year"} <= beside
    assert {row["basis"] for row in rows} <= {"model", "rule"}
    assert {row["best_baseline"] for row in rows} <= beside
    ranked = [row for row in own if row["figure"] == "correlation"]
    assert all(float(row["low"]) < float(row["value"]) < float(row["high"]) for row in ranked)
    tenths = read(tmp_path / "spend_deciles.csv")
    for of in ("stayers", "everybody"):
        newest = [row for row in tenths if (row["of"], row["as_of"]) == (of, days[-1])]
        assert [int(row["decile"]) for row in newest] == list(range(1, 11))
        said = [float(row["predicted"]) for row in newest]
        assert said == sorted(said)
    verdict = verdicts.spend([origin.judgement for origin in found.spend])
    assert f"of {len(days)} days; the total was off by " in verdict


def test_what_was_expected_of_everybody_is_judged_wherever_churn_and_spend_are(
    found: Backtest, tmp_path: Path
) -> None:
    write(tmp_path, found)
    churn = {origin.judgement.newest: origin.judgement for origin in found.origins["churn"]}
    rows = [row for row in read(tmp_path / "spend.csv") if row["of"] == "everybody"]
    assert {row["who"] for row in rows} == {"served", "rules", "gain over rules"}
    judged = []
    for origin in found.spend:
        everybody = origin.judgement.expected
        assert everybody is not None
        assert everybody.rows == churn[origin.newest].test_rows > origin.judgement.rows
        assert everybody.totals[1] == pytest.approx(origin.judgement.totals[1]), "who left, none"
        mine = [row for row in rows if row["as_of"] == str(origin.newest)]
        assert {row["customers"] for row in mine} == {str(everybody.rows)}
        assert {row["spent"] for row in mine} == {f"{everybody.totals[1]:.6g}"}
        judged.append(everybody)
    better = sum(one.gain["deviance"].low > 0 for one in judged)
    verdict = verdicts.expected(judged)
    assert f"together on {better} of {len(judged)} days; the total was off by " in verdict


def test_too_little_to_learn_from_is_drawn_and_told(
    small_config: Config, small_frames: dict[str, Any], quick: Recipe, tmp_path: Path
) -> None:
    ids = small_frames["customers"]["customer_id"].unique().sort()[:60]
    few = {
        name: table.filter(pc.is_in(table["customer_id"], ids))
        for name, table in small_frames.items()
    }
    found = run_backtest(small_config, few, quick)
    assert not found.spend
    assert {origin.judgement.basis for origin in found.origins["churn"]} == {"prior"}
    (verdict,) = found.verdicts("churn")
    assert "nothing tells whether retraining pays" in verdict
    assert write(tmp_path, found)[-1].is_file()


def test_an_unknown_outcome_is_refused(
    small_config: Config, small_frames: dict[str, Any], quick: Recipe
) -> None:
    with pytest.raises(UsageError, match="'loyalty'"):
        run_backtest(small_config, small_frames, quick, wanted=("loyalty",))
