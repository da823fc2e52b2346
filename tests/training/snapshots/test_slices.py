from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pyarrow as pa
import pytest

from features.block import Block
from features.catalogue import Column
from features.clock import DAY, midnight
from features.config import Config
from features.errors import LadderError
from features.expressions.expression import Constant
from features.facts import columns as fact_columns
from features.history import History, open_history
from features.sample import make_shop
from features.standard import standard_columns
from training.snapshots.auxiliary_cutoffs import AuxiliaryCutoffs
from training.snapshots.cutoffs import Plan, plan
from training.snapshots.examples import Examples
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import outcomes
from training.snapshots.season import Past, Season, Seasons
from training.snapshots.slices import Slices
from training.snapshots.slicing import build
from training.snapshots.work import Snapshots

CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin", "currency": "EUR"},
        "orders": {"timestamps": "UTC"},
        "engagement": {"timestamps": "UTC"},
        "customers": {"timestamps": "UTC"},
        "churn": {"horizon_days": 60},
        "advocacy": {"horizon_days": 90},
        "training": {"snapshots": 3},
    }
)


@pytest.fixture(scope="module")
def shop() -> Iterator[History]:
    made = make_shop(customers=150, days=500, seed=3)
    with open_history(CONFIG, frames=made.frames) as history:
        yield history


def columns(history: History) -> tuple[Column, ...]:
    return standard_columns(history.config, history.span, history.kinds)


def plans(history: History) -> list[Plan]:
    known, _ = outcomes(history.config, history)
    made, _ = plan(known, history)
    return made


@pytest.fixture(scope="module")
def slices(shop: History) -> Slices:
    return build(shop, plans(shop), columns(shop))


def test_rows_lie_by_cutoff_then_customer_and_hold_no_ids(slices: Slices) -> None:
    assert list(np.lexsort((slices.customer, slices.cutoff))) == list(range(len(slices.cutoff)))
    assert "customer_id" not in slices.table.column_names


def test_examples_are_those_asked_at_the_cutoffs_asked_for(shop: History, slices: Slices) -> None:
    churn = next(p for p in plans(shop) if p.outcome.name == "churn")
    examples = slices.examples(churn.outcome, churn.evaluation)
    instants = {midnight(day, "Europe/Berlin") for day in churn.evaluation}
    assert set(examples.cutoff.tolist()) == instants
    assert set(np.unique(examples.labels)) == {0.0, 1.0}
    assert (examples.facts["activity_recent"] > 0).all()
    test = slices.examples(churn.outcome, (churn.newest,))
    embargo = churn.outcome.embargo_days * DAY
    assert examples.cutoff.max() + embargo <= test.cutoff.min(), "no label of the fit reaches E"
    rows = slices.rows(churn.outcome, churn.evaluation)
    assert len(rows) == len(examples)
    np.testing.assert_array_equal(rows.matrix(slices.features), examples.features)
    assert rows.strata.tolist() == examples.stratum.tolist()
    assert slices.count(churn.outcome, churn.evaluation) == len(examples)
    same = slices.labels(churn.outcome, churn.evaluation, churn.outcome)
    assert same.tolist() == examples.labels.tolist()


@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_some_of_the_rows_are_spread_over_all(shop: History, slices: Slices, most: int) -> None:
    churn = next(p for p in plans(shop) if p.outcome.name == "churn")
    every = slices.rows(churn.outcome, (churn.newest,))
    some = slices.rows(churn.outcome, (churn.newest,), most)
    step = -(-len(every) // most)
    assert len(some) <= most
    assert len(some) > min(len(every), most) // 2
    told, all_told = (rows.facts(["tenure_days"])["tenure_days"] for rows in (some, every))
    assert told.tolist() == all_told[::step].tolist()
    assert len(slices.weights(churn.outcome, (churn.newest,), most)) == len(some)


def test_what_a_fit_sees_is_a_sample_of_the_examples(shop: History, slices: Slices) -> None:
    refer = next(p for p in plans(shop) if p.outcome.name == "refer")
    whole = slices.examples(refer.outcome, refer.serving)
    most = len(whole) // 2
    rows, weight = whole.thinning(most, 3)
    drawn = replace(whole.take(rows), weight=weight)
    learnt = slices.learnt(refer.outcome, refer.serving, most, 3)
    assert 0 < len(learnt) < len(whole)
    np.testing.assert_array_equal(learnt.features, drawn.features)
    for name in ("labels", "customer", "cutoff", "stratum", "weights"):
        assert getattr(learnt, name).tolist() == getattr(drawn, name).tolist(), name
    answers = slices.answers(refer.outcome, refer.serving)
    assert answers.labels.tolist() == whole.labels.tolist()
    assert answers.stands_for == len(whole)


def test_an_act_is_learnt_from_the_rows_that_any_act_is_learnt_from(
    shop: History, slices: Slices
) -> None:
    named = {plan.outcome.name: plan for plan in plans(shop)}
    refer, any_act = named["refer"], named["advocate"].outcome
    whole = slices.examples(refer.outcome, refer.serving)
    most = len(whole) // 2
    drawn = slices.learnt(refer.outcome, refer.serving, most, 3, any_act)
    beside = slices.learnt(any_act, refer.serving, most, 3)
    assert drawn.customer.tolist() == beside.customer.tolist()
    assert drawn.weights.tolist() == beside.weights.tolist()
    assert 0 < len(drawn) < len(whole)
    assert drawn.positives == whole.positives, "nobody who referred is left out"


def test_censored_slices_hold_the_label_of_the_days_that_have_passed(
    shop: History, slices: Slices
) -> None:
    made = plans(shop)[0]
    asked, newer = made.outcome, AuxiliaryCutoffs(made.evaluation_auxiliary.censored)
    found = slices.auxiliary(asked, made.evaluation, newer, 10**6)
    older = slices.examples(asked, made.evaluation)
    assert [len(np.unique(each.examples.cutoff)) for each in found] == [1] * len(newer.days)
    references = [each.reference for each in found if each.reference is not None]
    assert [len(reference) for reference in references] == [len(older)] * len(newer.days)
    # Whoever came within the first days came within the horizon: fewer have left by its end.
    assert all((reference.labels >= older.labels).all() for reference in references)
    rows = len(older) + sum(len(each.examples) for each in found)
    assert slices.auxiliary(asked, made.evaluation, newer, rows) != ()
    assert slices.auxiliary(asked, made.evaluation, newer, rows - 1) == ()


def test_the_season_is_that_of_a_day_as_far_ahead_as_a_label_reaches(slices: Slices) -> None:
    """The gap counts: between a cutoff and the next that has its label lie gap and horizon."""
    asked = Outcome("churn", Constant(0.0), "none", "orders", 0, 7, 60)
    learnt, serving = (date(2025, 1, 3), date(2025, 1, 17)), (date(2025, 3, 25),)
    made = Plan(asked, date(2025, 3, 25), learnt, serving)
    wanted: list[tuple[int, list[int]]] = []

    def season(day: int, since: list[int]) -> Season:
        wanted.append((day, since))
        return Season(shift=float(len(wanted)))

    past = {"churn": cast(Past, SimpleNamespace(season=season))}
    assert replace(slices, past=past).seasons(made) == Seasons(Season(1.0), Season(2.0))
    at = {day: midnight(day, "Europe/Berlin") for day in (*learnt, *serving)}
    newest = at[made.newest]
    assert wanted == [(newest, [at[day] for day in learnt]), (newest + 67 * DAY, [newest])]
    assert replace(slices, past={}).seasons(made) == Seasons()


def test_as_many_earlier_slices_teach_as_there_is_room_for(shop: History, slices: Slices) -> None:
    made = plans(shop)[0]
    asked, auxiliary = made.outcome, made.serving_auxiliary
    own = slices.count(asked, made.serving)

    def earlier(most: int) -> list[Examples]:
        every = slices.auxiliary(asked, made.serving, auxiliary, most)
        return [each.examples for each in every if each.reference is None]

    every = earlier(10**6)
    assert [len(np.unique(each.cutoff)) for each in every] == [1] * len(auxiliary.earlier)
    assert all(each.cutoff[0] < midnight(made.serving[0], "Europe/Berlin") for each in every)
    assert earlier(own) == []
    rows = sum(len(each) for each in every)
    newer = sum(slices.count(asked, (one.day,)) for one in auxiliary.censored)
    few = earlier(own + newer + rows // 2)
    assert 0 < len(few) < len(every)
    assert sum(len(each) for each in few) <= rows // 2


def test_any_number_of_blocks_gives_the_same_slices(shop: History, slices: Slices) -> None:
    class InPieces:
        config, span, kinds, customers = shop.config, shop.span, shop.kinds, shop.customers
        fields, sold = shop.fields, shop.sold

        def each(self, work: Callable[[Block], pa.Table]) -> Iterator[tuple[pa.Table, int]]:
            return ((work(block), len(block)) for block in shop.blocks(customers=40))

    pieces = build(cast(History, InPieces()), plans(shop), columns(shop))
    assert pieces.customer.tolist() == slices.customer.tolist()
    for name in slices.table.column_names:
        one, other = slices.table.column(name).to_numpy(), pieces.table.column(name).to_numpy()
        np.testing.assert_array_equal(one, other, err_msg=name)
    assert pieces.channel is not None
    assert slices.channel is not None
    assert pieces.channel.to_pylist() == slices.channel.to_pylist()


def test_the_channel_of_a_row_is_that_of_the_newest_order_before_its_cutoff(
    shop: History, slices: Slices
) -> None:
    churn = next(p for p in plans(shop) if p.outcome.name == "churn")
    (block,) = shop.blocks()
    lines = block.rows("orders")
    assert lines is not None
    at = midnight(churn.newest, "Europe/Berlin")
    bought: dict[str, str] = {}
    for line in lines.sort_by("ordered_at").to_pylist():
        before = line["ordered_at"].timestamp() * 1e6 < at
        if before and not line["is_return"] and line["amount"] > 0:
            bought[line["customer_id"]] = line["channel"]
    work = Snapshots((at,), at, fact_columns(shop.config), ((churn.outcome, (at,)),), channels=True)
    table = work(block)
    expected = [bought[name] for name in table["customer_id"].to_pylist()]
    assert set(expected) == {"app", "store", "web"}
    assert table["channel:newest"].to_pylist() == expected
    found = slices.channels(churn.outcome, (churn.newest,))
    assert found is not None
    assert found.to_pylist() == expected


def test_a_shop_without_channels_has_none_and_no_column_for_them(shop: History) -> None:
    known = {name: getattr(shop, name) for name in ("config", "customers", "each", "sold")}
    without = SimpleNamespace(**known, fields=frozenset())
    churn = next(p for p in plans(shop) if p.outcome.name == "churn")
    made = build(cast(History, without), [churn], columns(shop))
    assert made.channel is None
    assert made.channels(churn.outcome, (churn.newest,)) is None
    assert not [name for name in made.table.column_names if name.startswith("channel:")]


def test_progress_is_told_to_the_end(shop: History) -> None:
    told: list[float | None] = []
    build(shop, plans(shop)[:1], fact_columns(shop.config), say=lambda _, done: told.append(done))
    assert told[-1] == 1.0


def test_a_shop_where_nobody_was_active_is_told_so(shop: History) -> None:
    churn = next(p for p in plans(shop) if p.outcome.name == "churn")
    early = Plan(churn.outcome, date(2020, 1, 1), (), (date(2020, 1, 1),))
    known = {name: getattr(shop, name) for name in ("config", "each", "fields", "sold")}
    quiet = SimpleNamespace(**known, customers=0)
    with pytest.raises(LadderError, match="within 365 days before any of 2020-01-01"):
        build(cast(History, quiet), [early], fact_columns(shop.config))
