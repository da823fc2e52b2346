"""What the versions that served said, held against what happened since."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import log_loss, roc_auc_score

from features.config import Config
from features.errors import LadderError
from features.history import open_history
from serving.scoring import score
from tests.training.trainings import QUICK, SETTINGS, UNTIL, Run
from training import succession
from training.backtest import Backtest, as_served, verdicts, write
from training.bundle import golden
from training.bundle.bundle import Bundle
from training.bundle.shelf import Shelf
from training.options import Options

FIRST, SECOND = date(2025, 2, 1), date(2025, 4, 1)
HORIZON = timedelta(days=60)
CONFIG = Config.from_dict(SETTINGS)


@pytest.fixture(scope="module")
def home(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which one version served after the other; nobody may change it."""
    folder = tmp_path_factory.mktemp("served")
    how = Options(recipe=QUICK, tracking_uri="http://127.0.0.1:9")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        for until in (FIRST, SECOND):
            trained = run(folder, how=how, until=until, wanted=("spend", "refer"))
            if not trained.decision.promoted:
                succession.promote(folder, trained.bundle.id)
    return folder


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """Return a copy of it that a test may damage."""
    return shutil.copytree(home, tmp_path / "home")


def look_back(home: Path, frames: dict[str, Any], **more: Any) -> Backtest:
    return as_served(CONFIG, home, frames=frames, **{"until": UNTIL, **more})


@pytest.fixture(scope="module")
def found(home: Path, small_frames: dict[str, Any]) -> Backtest:
    """Return a look back at all that the versions of that home predicted."""
    return look_back(home, small_frames)


def left(frames: dict[str, Any], day: date) -> pd.Series[bool]:
    """Return of every customer whether no order fell into the horizon, by pandas alone."""
    begin = pd.Timestamp(day, tz="Europe/Berlin")
    orders = frames["orders"].to_pandas()
    counts = (orders["amount"] > 0) & ~orders["is_return"].fillna(False)
    at = orders["ordered_at"]
    stayed = orders[counts & (at >= begin) & (at < begin + HORIZON)]["customer_id"]
    everybody = orders["customer_id"].unique()
    return pd.Series(~pd.Index(everybody).isin(stayed), index=everybody)


def test_each_day_holds_what_the_newest_version_of_then_published_against_what_happened(
    found: Backtest, home: Path, small_frames: dict[str, Any]
) -> None:
    """The oracle scores each day as `ladder score --at` does, and counts orders with pandas."""
    shelf = Shelf(home)
    by_until = {Bundle.read(shelf.path(b)).metrics["until"]: b for b in shelf.ids()}
    origins = found.origins["churn"]
    days = [origin.judgement.newest for origin in origins]
    assert days == [date(2025, 2, 1), date(2025, 3, 3), date(2025, 4, 2)]
    before, after = by_until[str(FIRST)], by_until[str(SECOND)]
    assert [origin.version for origin in origins] == [before, before, after]
    for origin in origins:
        judged = origin.judgement
        asked = published(Bundle.read(shelf.path(origin.version)), judged.newest, small_frames)
        said = asked["churn_probability"].astype(float)
        happened = left(small_frames, judged.newest)[said.index]
        assert judged.test_rows == len(said)
        assert judged.test_rate == pytest.approx(happened.mean())
        assert judged.predicted == pytest.approx(said.mean(), abs=1e-9)
        assert judged.model["auroc"].value == pytest.approx(roc_auc_score(happened, said))
        assert judged.model["log_loss"].value == pytest.approx(log_loss(happened, said))
        assert judged.model["auroc"].low < judged.model["auroc"].value
        assert judged.best in judged.baselines


def spent(frames: dict[str, Any], day: date) -> pd.Series[float]:
    """Return what every customer spent in the horizon, net of returns, by pandas alone."""
    begin = pd.Timestamp(day, tz="Europe/Berlin")
    orders = frames["orders"].to_pandas()
    at, back = orders["ordered_at"], orders["is_return"].fillna(False).astype(bool)
    signed = orders["amount"].round(2).where(~back, -orders["amount"].abs().round(2))
    within = (at >= begin) & (at < begin + HORIZON)
    amounts: pd.Series[float] = signed.where(within, 0.0).groupby(orders["customer_id"]).sum()
    return amounts.clip(lower=0.0)


def published(bundle: Bundle, day: date, frames: dict[str, Any]) -> pd.DataFrame:
    """Return what `ladder score --at` says of whom churn is asked of."""
    with open_history(CONFIG, frames=frames) as history:
        scores: pd.DataFrame = score(history, bundle, day, "none").to_pandas()
    return scores[scores["churn_probability"].notna()].set_index("customer_id")


def test_the_money_expected_stands_beside_what_was_spent(
    found: Backtest, home: Path, small_frames: dict[str, Any]
) -> None:
    """The oracle has records of `ladder score` and raw orders, SciPy and sums."""
    assert "spend" not in {name for skipped in found.skipped for name in skipped.names}
    assert [o.newest for o in found.spend] == [
        origin.judgement.newest for origin in found.origins["churn"]
    ]
    origin = found.spend[-1]
    bundle = Bundle.read(Shelf(home).path(origin.version))
    asked = published(bundle, origin.newest, small_frames)
    stayed = asked[~left(small_frames, origin.newest)[asked.index]]
    came = spent(small_frames, origin.newest)
    everybody = origin.judgement.expected
    assert everybody is not None
    for judged, own, said in (
        (origin.judgement, origin.judgement.model, stayed["spend_if_stays"].astype(float)),
        (everybody, everybody.served, asked["expected_spend"].astype(float)),
    ):
        happened = came[said.index]
        assert judged.rows == len(said)
        assert judged.totals == pytest.approx((said.sum(), happened.sum()))
        assert own["total_error"].value == pytest.approx(said.sum() / happened.sum() - 1)
        assert own["total_error"].low < own["total_error"].value < own["total_error"].high
        assert own["correlation"].value == pytest.approx(spearmanr(said, happened).statistic)
        root, is_root = np.sqrt([said / happened.mean(), happened / happened.mean()])
        assert own["deviance"].value == pytest.approx((4 * (is_root - root) ** 2 / root).mean())
        tenth = (said.rank(method="first") - 1) * 10 // len(said)
        means = pd.DataFrame({"said": said, "came": happened}).groupby(tenth).mean()
        assert np.array(judged.deciles) == pytest.approx(means.to_numpy())
    assert origin.judgement.served == origin.judgement.model
    assert bundle.spend is not None
    ruled = replace(
        bundle,
        outcomes={"churn": replace(bundle.outcomes["churn"], basis="rule")},
        spend=replace(bundle.spend, basis="rule"),
    )
    said = published(ruled, origin.newest, small_frames)["expected_spend"].astype(float)
    rank = spearmanr(said, came[said.index]).statistic
    assert everybody.rules["correlation"].value == pytest.approx(rank)
    total = said.sum() / came[said.index].sum() - 1
    assert everybody.rules["total_error"].value == pytest.approx(total)


def test_where_hardly_anybody_stayed_no_money_is_judged(
    home: Path, small_frames: dict[str, Any]
) -> None:
    ids = small_frames["customers"]["customer_id"].unique().sort()[:60]
    few = {
        name: table.filter(pc.is_in(table["customer_id"], ids))
        for name, table in small_frames.items()
    }
    found = look_back(home, few, wanted="spend", origins=1)
    assert not found.spend
    (why,) = [skipped.why for skipped in found.skipped if skipped.names == ("spend",)]
    assert why == "on no day did enough customers stay and spend"


def test_means_that_served_are_shown_without_a_rule_and_who_left_with_theirs(
    own_home: Path, small_frames: dict[str, Any], tmp_path: Path
) -> None:
    shelf = Shelf(own_home)
    champion = shelf.champion()
    assert champion is not None
    made = Bundle.read(shelf.path(champion))
    assert made.spend is not None
    prior = replace(made.spend, basis="prior", blend=None, rule=None)
    money = replace(made.money, leavers=(5.0, 6.0, 7.0))
    customers, as_of = made.golden["customers"], datetime.fromisoformat(made.golden["as_of"])
    scores = golden.make(customers, as_of, made.config, made.columns, made.outcomes, prior)
    bundle = replace(made, spend=prior, money=money, golden=scores)
    shelf.add(bundle.id, bundle.write)
    shelf.crown(bundle.id)
    found = look_back(own_home, small_frames, wanted="spend", origins=1)
    (origin,) = found.spend
    assert origin.version == bundle.id
    assert (origin.judgement.basis, origin.judgement.best) == ("prior", "")
    assert "spend: means served" in verdicts.spend([origin.judgement], as_served=True)
    said = published(bundle, origin.newest, small_frames)["expected_spend"].sum()
    assert origin.judgement.expected is not None
    assert origin.judgement.expected.totals[0] == pytest.approx(said)
    table = pd.read_csv(write(tmp_path / "out", found)[2])
    assert set(table["who"]) == {"model", "served", "rules", "gain over rules"}


def test_where_the_base_rate_served_it_stands_beside_what_happened(found: Backtest) -> None:
    judged = found.origins["refer"][-1].judgement
    assert judged.basis == "prior"
    assert not judged.model, "nothing that ranks was learnt"
    assert judged.predicted == pytest.approx(judged.base_rate, rel=0.5)
    (verdict,) = found.verdicts("refer")
    assert "refer: base rates served, which rank nobody; the mean probability was off by" in verdict
    off = 100 * (judged.predicted - judged.test_rate)
    assert f"{off:+z.1f} " in verdict


def test_its_tables_name_the_versions_and_tell_nothing_of_fits(
    found: Backtest, tmp_path: Path
) -> None:
    (verdict,) = found.verdicts("churn")
    assert "off by" in verdict
    files = write(tmp_path / "out", found)
    assert [file.name for file in files] == [
        "figures.csv",
        "origins.csv",
        "spend.csv",
        "spend_deciles.csv",
        "backtest.png",
    ]
    table = pd.read_csv(files[1]).query("outcome == 'churn'")
    assert table["version"].tolist() == [origin.version for origin in found.origins["churn"]]
    money = pd.read_csv(files[2])
    assert set(money["of"]) == {"stayers", "everybody"}
    assert set(money["version"]) == set(table["version"])
    sentence = verdicts.spend([origin.judgement for origin in found.spend], as_served=True)
    assert "of 3 days; the total was off by" in sentence


def test_versions_that_cannot_be_compared_are_named_with_the_reason(
    own_home: Path, small_frames: dict[str, Any]
) -> None:
    shelf = Shelf(own_home)
    champion = shelf.champion()
    assert champion is not None
    (shelf.path(champion) / "card.md").write_text("changed", encoding="utf-8")
    dollars = Config.from_dict({**SETTINGS, "shop": {**SETTINGS["shop"], "currency": "USD"}})
    asked: dict[str, Any] = {"until": UNTIL, "frames": small_frames, "origins": 1}
    found = as_served(dollars, own_home, wanted="spend", **asked)
    (origin,) = found.origins["churn"]
    assert origin.version != champion
    spend = f"spend of {origin.version}"
    assert [skipped.names for skipped in found.skipped] == [(champion,), (spend,)]
    assert not found.spend, "euros are no dollars"
    other = Config.from_dict({**SETTINGS, "churn": {"horizon_days": 45}})
    with pytest.raises(LadderError, match="another question"):
        as_served(other, own_home, until=UNTIL, frames=small_frames)


def test_before_a_horizon_has_passed_the_day_to_wait_for_is_named(
    own_home: Path, small_frames: dict[str, Any]
) -> None:
    with pytest.raises(LadderError) as refused:
        look_back(own_home, small_frames, until=FIRST + HORIZON - timedelta(days=1))
    assert str(FIRST + HORIZON) in refused.value.do
    shutil.rmtree(own_home / "bundles")
    with pytest.raises(LadderError, match="None has served"):
        look_back(own_home, small_frames)
