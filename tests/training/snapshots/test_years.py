from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.clock import DAY, midnight
from features.config import Config
from features.history import History, open_history
from features.stages import Progress
from tests.training import trainings
from tests.training.snapshots.pasts import outcome
from training.backtest.run import backtest
from training.judging.evaluation import judge
from training.judging.judgement import Judgement
from training.learning.settings import Settings
from training.served import serve
from training.snapshots import years
from training.snapshots.cutoffs import Plan, plan
from training.snapshots.dataset import Dataset, prepare
from training.snapshots.outcomes import outcomes
from training.snapshots.season import Counts, Past
from training.snapshots.slices import Slices
from training.snapshots.years import STEP

ACTIVE, HORIZON = 200, 60
CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin", "currency": "EUR"},
        "orders": {},
        "churn": {"active_days": ACTIVE, "horizon_days": HORIZON},
        "training": {"snapshots": 3},
    }
)
START, DAYS = pd.Timestamp("2020-01-01"), 1100


def orders(swing: float, customers: int = 500, seed: int = 0) -> pd.DataFrame:
    """Return orders of a shop whose every customer buys more in winter than in summer."""
    draw = np.random.default_rng(seed)
    often = draw.gamma(2.0, 1 / 160.0, customers)
    rate = np.exp(swing * np.cos(2 * np.pi * np.arange(DAYS) / 365.25))
    who, day = np.nonzero(draw.random((customers, DAYS)) < often[:, None] * rate)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in who],
            "order_id": [f"o{number}" for number in range(len(who))],
            "ordered_at": START + pd.to_timedelta(day, "D") + pd.Timedelta(hours=12),
            "amount": 20.0,
        }
    ).sort_values("ordered_at")


@pytest.fixture(scope="module")
def sold() -> pd.DataFrame:
    return orders(swing=0.8)


@pytest.fixture(scope="module")
def shop(sold: pd.DataFrame) -> Iterator[History]:
    with open_history(CONFIG, frames={"orders": sold}) as history:
        yield history


def plans(history: History) -> list[Plan]:
    known, _ = outcomes(history.config, history, ("churn", "return"))
    made, _ = plan(tuple(o for o in known if not o.is_money), history)
    return made


def parts(past: Past) -> tuple[Counts, Counts]:
    return past.complete, past.early


@pytest.fixture(scope="module")
def counted(shop: History) -> dict[str, Past]:
    return years.count(shop, plans(shop))


def test_counts_are_those_of_the_orders_themselves(
    sold: pd.DataFrame, counted: dict[str, Past]
) -> None:
    local = sold["ordered_at"].dt.tz_localize("Europe/Berlin").dt.tz_convert("UTC")
    instant = local.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    for part, days in (("complete", HORIZON), ("early", STEP)):
        churn, back = (getattr(counted[name], part) for name in ("churn", "return"))
        for place, cutoff in enumerate(churn.cutoffs.tolist()):
            before = sold[instant < cutoff]["customer_id"]
            recent = (instant >= cutoff - ACTIVE * DAY) & (instant < cutoff)
            after = (instant >= cutoff) & (instant < cutoff + days * DAY)
            active, ordered = set(sold[recent]["customer_id"]), set(sold[after]["customer_id"])
            lapsed = set(before) - active
            assert churn.asked[place].sum() == len(active)
            assert churn.did[place].sum() == len(active - ordered)
            assert back.asked[place].sum() == len(lapsed)
            assert back.did[place].sum() == len(lapsed & ordered)


def test_cutoffs_are_midnights_four_weeks_apart_up_to_the_newest_known_label(
    shop: History, counted: dict[str, Past]
) -> None:
    churn = next(each for each in plans(shop) if each.outcome.name == "churn")
    cutoffs = counted["churn"].complete.cutoffs
    assert cutoffs[-1] == midnight(churn.newest, "Europe/Berlin")
    assert set(np.round(np.diff(cutoffs) / DAY).tolist()) == {28.0}
    assert cutoffs[0] >= midnight(date(2020, 1, 31), "Europe/Berlin")


def test_first_weeks_are_counted_up_to_the_newest_that_are_known(
    shop: History, counted: dict[str, Past]
) -> None:
    for each in plans(shop):
        early, whole = counted[each.outcome.name].early, counted[each.outcome.name].complete
        assert np.array_equal(early.cutoffs[: len(whole.cutoffs)], whole.cutoffs)
        newer = [midnight(each.newest + timedelta(days=STEP), "Europe/Berlin")]
        assert early.cutoffs[len(whole.cutoffs) :].tolist() == newer
        assert (early.embargo_days, whole.embargo_days) == (STEP, HORIZON)


def test_a_horizon_of_four_weeks_is_counted_once(sold: pd.DataFrame) -> None:
    churn = CONFIG.churn.model_copy(update={"horizon_days": STEP})
    config = CONFIG.model_copy(update={"churn": churn})
    with open_history(config, frames={"orders": sold}) as history:
        found = years.count(history, plans(history))["churn"]
    assert np.array_equal(found.early.did, found.complete.did)
    assert found.early.embargo_days == found.complete.embargo_days == STEP


def test_every_cell_is_of_customers_who_are_alike(counted: dict[str, Past]) -> None:
    churn = counted["churn"].complete
    rate = churn.did.sum(axis=0) / np.maximum(churn.asked.sum(axis=0), 1)
    told = churn.asked.sum(axis=0) > 200
    assert told.sum() >= 5
    assert np.ptp(rate[told]) > 0.2
    assert (churn.did <= churn.asked).all()


def test_counts_do_not_depend_on_how_the_shop_is_cut_into_blocks(
    shop: History, counted: dict[str, Past], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.history.MOST_CUSTOMERS", 90)
    again = years.count(shop, plans(shop))
    for name, found in counted.items():
        for mine, other in zip(parts(again[name]), parts(found), strict=True):
            assert np.array_equal(mine.asked, other.asked)
            assert np.array_equal(mine.did, other.did)


def test_a_large_shop_is_told_by_some_of_its_customers(
    shop: History, counted: dict[str, Past], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(years, "MOST_CUSTOMERS", 200)
    some = years.count(shop, plans(shop))["churn"].complete
    share = some.asked.sum() / counted["churn"].complete.asked.sum()
    assert share == pytest.approx(200 / 500, abs=0.1)


def test_an_outcome_is_counted_from_when_it_was_recorded(shop: History) -> None:
    churn = next(each for each in plans(shop) if each.outcome.name == "churn")
    since = midnight(date(2020, 6, 1), "Europe/Berlin")
    late = replace(churn, outcome=replace(churn.outcome, since=since))
    assert all(part.cutoffs[0] >= since for part in parts(years.count(shop, [late])["churn"]))
    too_late = replace(churn.outcome, since=midnight(date(2021, 9, 1), "Europe/Berlin"))
    assert years.count(shop, [replace(churn, outcome=too_late)]) == {}


@pytest.mark.parametrize(("until", "is_counted"), [("2021-07-01", False), ("2021-10-01", True)])
def test_a_history_of_a_year_and_a_half_is_not_counted(
    sold: pd.DataFrame, until: str, is_counted: bool
) -> None:
    with open_history(CONFIG, until=date.fromisoformat(until), frames={"orders": sold}) as history:
        assert bool(years.count(history, plans(history))) == is_counted


QUICK = Settings(recipe=trainings.QUICK, resamples=40)


@pytest.fixture(scope="module")
def trained(sold: pd.DataFrame) -> tuple[Dataset, Judgement]:
    return learn(sold)


def learn(sold: pd.DataFrame) -> tuple[Dataset, Judgement]:
    with open_history(CONFIG, frames={"orders": sold}) as history:
        data = prepare(history, ("churn",), lambda *_: None)
        return data, judge(data.plans[0], data.slices, QUICK)


def without(slices: Slices) -> Slices:
    """Return the same slices as if there were no earlier years."""
    return replace(slices, past={})


def test_a_planted_season_is_foreseen(trained: tuple[Dataset, Judgement]) -> None:
    data, judged = trained
    blind = judge(data.plans[0], without(data.slices), QUICK)
    assert judged.model["log_loss"].value < blind.model["log_loss"].value - 0.01
    assert judged.model["ece"].value < blind.model["ece"].value - 0.02
    assert abs(judged.chosen["drift"]) < abs(blind.chosen["drift"]) / 2
    # Nobody is ordered otherwise, and a rule is held to the same.
    assert judged.model["auroc"].value == pytest.approx(blind.model["auroc"].value, abs=0.005)
    rule = judged.baselines[judged.best]["log_loss"].value
    assert rule < blind.baselines[judged.best]["log_loss"].value - 0.01


def test_what_serves_is_moved_to_its_own_time_of_year(trained: tuple[Dataset, Judgement]) -> None:
    data, judged = trained
    rows = data.slices.rows(data.plans[0].outcome, (data.plans[0].newest,))
    said = {
        name: serve(data.plans[0], slices, judged, QUICK).probability(rows).mean()
        for name, slices in (("season", data.slices), ("none", without(data.slices)))
    }
    ahead = judged.chosen["season_ahead"]
    assert abs(ahead) > 0.1
    assert (said["season"] > said["none"]) == (ahead > 0)


def test_it_is_said_in_words(trained: tuple[Dataset, Judgement]) -> None:
    data, judged = trained
    ahead, years_ = judged.chosen["season_ahead"], int(judged.chosen["season_years"])
    assert f"The time of year moves the served log-odds by {ahead:+.2f}, " in judged.drift
    assert f"of its effect in {years_} earlier year" in judged.drift
    assert "what the fit and the time of year expected of these customers" in judged.drift
    blind = judge(data.plans[0], without(data.slices), QUICK)
    assert "time of year" not in blind.drift
    hardly = {**judged.chosen, "season": 0.0, "season_ahead": -0.004}
    assert "time of year" not in replace(judged, chosen=hardly).drift


def test_without_a_season_nothing_is_lost() -> None:
    data, judged = learn(orders(swing=0.0, seed=5))
    blind = judge(data.plans[0], without(data.slices), QUICK)
    assert abs(judged.chosen["season"]) < 0.1
    assert judged.model["log_loss"].value < blind.model["log_loss"].value + 0.002


def test_the_same_rows_give_the_same_season(
    sold: pd.DataFrame, trained: tuple[Dataset, Judgement]
) -> None:
    _, again = learn(sold.sample(frac=1.0, random_state=1))
    assert dict(again.chosen) == dict(trained[1].chosen)


def test_earlier_years_are_counted_once_for_a_backtest(
    sold: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    count: Callable[..., dict[str, Past]] = years.count

    def told(history: History, plans: Sequence[Plan], *more: Progress) -> dict[str, Past]:
        calls.append(len(plans))
        return count(history, plans, *more)

    monkeypatch.setattr(years, "count", told)
    found = backtest(
        CONFIG, frames={"orders": sold}, origins=2, wanted=("churn",), recipe=QUICK.recipe
    )
    assert calls == [1]
    newest = found.origins["churn"][-1].judgement
    assert newest.chosen["season"] != 0.0


def test_customers_who_were_active_as_lately_and_as_often_share_a_cell_and_no_others_do() -> None:
    """Of whoever was never active, nothing is known but that."""
    lately = [0.0, 5.0, 12.5, 25.0, 50.0, 99.0, 100.0, 150.0, 200.0, 900.0, np.nan]
    often = [0.0, 1.0, 2.0, 3.0, 4.0, 9.0, 10.0, 29.0, 30.0, 500.0]
    known = [(days, times) for days in lately for times in often]
    names = ("days_since_activity", "activity_days")
    table = pa.table(dict(zip(names, map(list, zip(*known, strict=True)), strict=True)))
    found = years.cells(table, 100).tolist()

    def alike(days: float, times: float) -> tuple[int, int]:
        silent = 0.0 if np.isnan(days) else days / 100
        return sum(silent >= cut for cut in years.RECENCY), sum(
            times >= cut for cut in years.FREQUENCY
        )

    cells = {
        cell: {alike(*one) for one, at in zip(known, found, strict=True) if at == cell}
        for cell in found
    }
    assert {len(kinds) for kinds in cells.values()} == {1}
    assert len(cells) == years.CELLS == max(cells) + 1


@pytest.mark.parametrize(("horizon", "weeks"), [(90, STEP), (STEP, STEP), (10, 10)])
def test_the_first_weeks_of_a_short_horizon_are_all_of_it(horizon: int, weeks: int) -> None:
    assert years.early(outcome(horizon)).horizon_days == weeks
