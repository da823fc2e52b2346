"""Both fits of spend on a small shop: what serves, and by which basis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import spearmanr

from features.clock import midnight
from features.config import Config
from features.history import open_history
from tests.training.made import MakeExamples
from training.bundle.blend import Blend
from training.bundle.money import Money
from training.bundle.rows import Rows
from training.judging import evaluation
from training.judging.curves import Scores
from training.judging.evaluation import MODEL
from training.learning.recipe import Recipe
from training.learning.settings import Settings
from training.money import expected, spending, worth
from training.money.judgement import SpendJudgement
from training.money.model import prior
from training.money.stayers import newer, stayers, without_giant
from training.snapshots.dataset import Dataset, prepare

UNTIL = date(2025, 6, 1)


@pytest.fixture(scope="module")
def settings(quick: Recipe) -> Settings:
    return Settings(recipe=quick, resamples=30)


@pytest.fixture(scope="module")
def data(small_config: Config, small_frames: dict[str, Any]) -> Iterator[Dataset]:
    with open_history(small_config, until=UNTIL, frames=small_frames) as history:
        yield prepare(history, ("churn", "spend"), lambda *_: None)


@pytest.fixture(scope="module")
def judged(data: Dataset, settings: Settings) -> SpendJudgement:
    found = spending.judge(data, settings)
    assert found is not None
    return found


def rows(data: Dataset) -> Rows:
    churn = data.plan("churn")
    assert churn is not None
    return data.slices.rows(churn.outcome, (churn.newest,))


def test_spend_is_judged_beside_every_rule(judged: SpendJudgement) -> None:
    assert judged.rows >= 50
    assert {"alike", "past_year", "order_value"} <= set(judged.baselines) == set(judged.gains)
    assert judged.best in judged.baselines
    assert judged.model["correlation"].value > 0
    assert "rows of newer slices whose horizon had passed in part" in judged.beside


def test_what_is_expected_of_everybody_is_judged_as_well(
    data: Dataset, judged: SpendJudgement, settings: Settings
) -> None:
    """Held against SciPy and sums, with probabilities and amounts that are drawn."""
    churn = data.plan("churn")
    assert churn is not None
    assert data.spend is not None
    asked = data.slices.answers(churn.outcome, (churn.newest,))
    spent = data.slices.labels(churn.outcome, (churn.newest,), data.spend)
    assert (spent[asked.labels == 1] == 0).all(), "who leaves spends nothing, and is among them"
    draw = np.random.default_rng(3)
    leaving, other = draw.uniform(0.05, 0.95, (2, len(spent)))
    leaving[np.flatnonzero(asked.stratum == 0)[:3]] = 1.0  # of whom nothing is expected
    stays = {MODEL: draw.lognormal(3, 1, len(spent)), expected.RULES: spent + 1.0}
    scores = Scores(asked.labels, model=other, baseline=other, served=leaving)
    # Who leaves spends nothing where churn is about orders; a subscriber may.
    money = Money(leavers=(0.0, 2.0, 4.0))
    found = expected.judge(data, scores, stays, money, settings)
    leaves = np.array(money.leavers)[asked.stratum]
    said = (1 - leaving) * stays[MODEL] + leaving * leaves
    ruled = (1 - other) * stays[expected.RULES] + other * leaves
    for side, by_hand in ((found.served, said), (found.rules, ruled)):
        assert side["correlation"].value == pytest.approx(spearmanr(by_hand, spent).statistic)
        assert side["total_error"].value == pytest.approx(by_hand.sum() / spent.sum() - 1)
    difference = found.served["correlation"].value - found.rules["correlation"].value
    assert found.gain["correlation"].value == pytest.approx(difference)
    assert found.gain["correlation"].high < 0
    assert np.isfinite(found.served["deviance"].high)
    assert found.rows == len(spent) > judged.rows
    assert found.totals == pytest.approx((said.sum(), spent.sum()))
    tenth = np.empty(len(spent), int)
    tenth[np.argsort(said)] = np.arange(len(spent)) * 10 // len(spent)
    means = [(said[tenth == n].mean(), spent[tenth == n].mean()) for n in range(10)]
    assert np.array(found.deciles) == pytest.approx(np.array(means))
    assert "those who leave included, what serves is worse than the best simple" in found.verdict


def test_what_serves_is_what_is_expected_of_everybody(
    data: Dataset, judged: SpendJudgement, settings: Settings
) -> None:
    assert judged.expected is None, "churn was not judged"
    churn = data.plan("churn")
    assert churn is not None
    scores = evaluation.judge(churn, data.slices, settings).scores
    found = spending.judge(data, settings, scores)
    assert found is not None
    assert found.expected is not None
    assert found.expected.served["correlation"].value > 0.3
    assert replace(found, expected=None) == judged, "the same data give the same figures"
    in_json = found.to_json()["expected"]
    assert "totals" not in found.to_json().keys() | in_json.keys(), "for tables of a backtest"
    assert in_json["gain"]["deviance"] == found.expected.gain["deviance"].to_json()


def test_who_stayed_so_far_teaches_with_what_they_spent_so_far_and_nothing_later(
    data: Dataset,
    settings: Settings,
    small_config: Config,
    small_frames: dict[str, Any],
) -> None:
    churn = data.plan("churn")
    assert churn is not None
    assert churn.evaluation_auxiliary.censored
    days, auxiliary = churn.evaluation, churn.evaluation_auxiliary

    def fitted(of: Dataset, recipe: Recipe) -> Blend:
        more = newer(of, days, auxiliary, recipe)
        blend = spending.fit(of, days, more, replace(settings, recipe=recipe))[0].blend
        assert blend is not None
        return blend

    found = fitted(data, settings.recipe)
    alone = fitted(data, replace(settings.recipe, censored=False))
    assert len(found.trees.texts) == 2 * len(alone.trees.texts)
    # From the day that is judged on, everybody spends ten times as much.
    orders: pa.Table = small_frames["orders"]
    start = midnight(churn.newest, "Europe/Berlin")
    later = pc.greater_equal(orders["ordered_at"].cast(pa.int64()), start)
    amounts = pc.if_else(later, pc.multiply(orders["amount"], 10.0), orders["amount"])
    place = orders.column_names.index("amount")
    dear = {**small_frames, "orders": orders.set_column(place, "amount", amounts)}
    with open_history(small_config, until=UNTIL, frames=dear) as history:
        other = prepare(history, ("churn", "spend"), lambda *_: None)
    assert stayers(other, (churn.newest,))[0].labels.mean() > (
        5 * stayers(data, (churn.newest,))[0].labels.mean()
    )
    assert fitted(other, settings.recipe).to_json() == found.to_json()
    assert fitted(other, settings.recipe).trees == found.trees


def test_what_won_serves_and_the_other_is_kept_beside_it(
    data: Dataset, judged: SpendJudgement, settings: Settings
) -> None:
    model = spending.serve(data, replace(judged, basis="model"), settings)
    ruled = spending.serve(data, replace(judged, basis="rule", best="past_year"), settings)
    assert (model.basis, ruled.basis) == ("model", "rule")
    assert ruled.blend is not None
    assert model.blend is not None
    assert ruled.blend.trees == model.blend.trees
    assert ruled.rule is not None
    assert ruled.rule.name == "past_year"
    asked = rows(data)
    said = ruled.amount(asked)
    assert (said > 0).all()
    facts = asked.facts(ruled.rule.facts)
    expected = np.exp(ruled.rule.log_odds(facts, asked.strata))
    np.testing.assert_array_equal(said, np.minimum(expected, ruled.most))
    assert not np.array_equal(said, model.amount(asked))
    assert set(ruled.inputs(asked)) == {"spend_365", "days_since_first_activity"}


def test_by_the_rule_whoever_spent_more_will_and_whoever_spent_nothing_may(
    data: Dataset, judged: SpendJudgement, settings: Settings
) -> None:
    ruled = spending.serve(data, replace(judged, basis="rule", best="past_life"), settings)
    alike = dict.fromkeys(("activity_days", "activity_periods"), np.full(4, 5.0))
    spent = np.array([0.0, 50.0, 500.0, 5_000.0])
    since = np.full(4, 400.0)
    table = pa.table({**alike, "spend_ever": spent, "days_since_first_activity": since})
    said = ruled.amount(table)
    assert list(said) == sorted(said)
    assert said[0] > 0


def test_too_few_who_stayed_leave_the_mean_of_each_stratum(
    small_config: Config, small_frames: dict[str, Any], settings: Settings
) -> None:
    ids = small_frames["customers"]["customer_id"].unique().sort()[:60]
    few = {
        name: table.filter(pc.is_in(table["customer_id"], ids))
        for name, table in small_frames.items()
    }
    with open_history(small_config, until=UNTIL, frames=few) as history:
        data = prepare(history, ("churn", "spend"), lambda *_: None)
        found = spending.judge(data, settings)
        assert found is not None
        assert (found.basis, found.model) == ("prior", {})
        assert "too little to learn from, only" in found.verdict
        model = spending.serve(data, found, settings)
        asked = rows(data)
        said = model.amount(asked)
    assert model.basis == "prior"
    for stratum in np.unique(asked.strata):
        assert len(np.unique(said[asked.strata == stratum])) == 1


def test_a_life_of_less_than_a_year_is_not_told_twice(
    small_config: Config, small_frames: dict[str, Any], settings: Settings
) -> None:
    since = pa.scalar(datetime(2024, 7, 1, tzinfo=UTC), pa.timestamp("us", "UTC"))
    young = {**small_frames}
    for name, column in (("orders", "ordered_at"), ("engagement", "occurred_at")):
        times = young[name][column].cast(pa.timestamp("us", "UTC"))
        young[name] = young[name].filter(pc.greater(times, since))
    with open_history(small_config, until=UNTIL, frames=young) as history:
        found = spending.judge(prepare(history, ("churn", "spend"), lambda *_: None), settings)
    assert found is not None
    assert "past_life" not in found.baselines
    assert found.best != "past_life"


def test_an_amount_mistyped_by_digits_says_nothing_of_others_and_is_told(
    small_config: Config, small_frames: dict[str, Any], settings: Settings
) -> None:
    """A number of an article for its price: everybody was expected to spend millions."""
    orders: pa.Table = small_frames["orders"]
    amounts = orders["amount"].to_numpy().copy()
    day, who = orders["ordered_at"].to_numpy(), orders["customer_id"].to_numpy(zero_copy_only=False)
    known = np.unique(who[day < np.datetime64("2025-02-01")])
    late = (day > np.datetime64("2025-04-01")) & np.isin(who, known)
    slip = int(np.flatnonzero(late & (amounts > 0))[5])
    amounts[slip] = 400_638_133.0
    place = orders.column_names.index("amount")
    slipped = {**small_frames, "orders": orders.set_column(place, "amount", pa.array(amounts))}
    with open_history(small_config, until=UNTIL, frames=slipped) as history:
        found = prepare(history, ("churn", "spend"), lambda *_: None)
        judged = spending.judge(found, settings)
        assert judged is not None
        model, _, notes = worth.fit(found, judged, settings)
    assert model is not None
    assert model.amount(rows(found)).max() < 1e5
    assert abs(judged.model["total_error"].value) < 0.5
    assert any("one customer spent more than three times" in note for note in notes)


def test_nothing_is_said_of_giants_where_there_is_none(
    data: Dataset, judged: SpendJudgement, settings: Settings
) -> None:
    _, _, notes = worth.fit(data, judged, settings)
    assert not any("one customer" in note for note in notes)


def test_who_is_alone_outweighs_nobody(make_examples: MakeExamples) -> None:
    alone = replace(make_examples(customers=1, cutoffs=2), labels=np.array([30.0, 50.0]))
    assert without_giant(alone).all()
    assert prior(alone, horizon_days=60).base == 40.0
