"""A sample keeps every advocate and stands for the whole shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.block import Block
from features.config import Config
from features.history import History, open_history
from features.rung import STRATA
from features.sample import make_shop
from features.standard import standard_columns
from tests.training.trainings import QUICK
from training import usual
from training.judging import curves
from training.judging.evaluation import judge
from training.learning.settings import Settings
from training.snapshots.cutoffs import Plan, plan
from training.snapshots.dataset import Dataset
from training.snapshots.outcomes import outcomes
from training.snapshots.sampling import Sample
from training.snapshots.slices import Slices
from training.snapshots.slicing import build
from training.statistics.metrics import figures

CONFIG = Config.from_dict(
    {
        "shop": {"timezone": "Europe/Berlin", "currency": "EUR"},
        "orders": {"timestamps": "UTC"},
        "engagement": {"timestamps": "UTC"},
        "churn": {"horizon_days": 60},
        "advocacy": {"horizon_days": 90},
        "training": {"snapshots": 2},
    }
)
SHARE = 0.4


@pytest.fixture(scope="module")
def shop() -> Iterator[History]:
    made = make_shop(customers=1500)
    frames = {"orders": made.orders, "engagement": made.engagement}
    with open_history(CONFIG, frames=frames) as history:
        yield history


@pytest.fixture(scope="module")
def plans(shop: History) -> list[Plan]:
    known, _ = outcomes(CONFIG, shop)
    return plan(tuple(each for each in known if not each.is_money), shop)[0]


def sliced(shop: History, plans: list[Plan], share: float | None) -> Slices:
    columns = standard_columns(CONFIG, shop.span, shop.kinds, shop.fields)
    return build(shop, plans, columns, sample=Sample.of(share, CONFIG, seed=7))


@pytest.fixture(scope="module")
def whole(shop: History, plans: list[Plan]) -> Slices:
    return sliced(shop, plans, None)


@pytest.fixture(scope="module")
def some(shop: History, plans: list[Plan]) -> Slices:
    return sliced(shop, plans, SHARE)


def test_every_advocate_is_kept_and_stands_for_nobody_else(
    whole: Slices, some: Slices, plans: list[Plan]
) -> None:
    for each in (one for one in plans if one.outcome.name in ("refer", "review", "advocate")):
        everybody = whole.examples(each.outcome, each.serving)
        drawn = some.examples(each.outcome, each.serving)
        assert drawn.labels.sum() == everybody.labels.sum() > 0, each.outcome.name
        assert set(drawn.weights[drawn.labels > 0]) == {1.0}
        assert len(drawn) < len(everybody)


def test_only_who_referred_shared_or_reviewed_well_is_an_advocate() -> None:
    acts = {
        "customer_id": ["bad", "blank", "good", "shared", "visited"],
        "kind": ["reviewed", "reviewed", "reviewed", "shared", "site_visited"],
        "value": [3.0, None, 4.0, None, 5.0],
        "occurred_at": pa.array([0] * 5, pa.timestamp("us", "UTC")),
    }
    block = Block(engagement=pa.table(acts))
    weights = Sample(0.25, 4.0, seed=7).weights(pa.table({"customer_id": block.ids}), block)
    assert dict(zip(block.ids.to_pylist(), weights.tolist(), strict=True)) == {
        "bad": 4.0,
        "blank": 4.0,
        "good": 1.0,
        "shared": 1.0,
        "visited": 4.0,
    }
    silent = Block(customers=pa.table({"customer_id": ["bought"]}))
    assert Sample(0.25, 4.0, seed=7).weights(silent.customers, silent).tolist() == [4.0]


def test_the_weights_sum_to_the_shop(whole: Slices, some: Slices, plans: list[Plan]) -> None:
    churn = next(each for each in plans if each.outcome.name == "churn")
    everybody = whole.examples(churn.outcome, churn.serving)
    drawn = some.examples(churn.outcome, churn.serving)
    assert drawn.weights.sum() == pytest.approx(len(everybody), rel=0.08)
    rate = float(np.average(drawn.labels, weights=drawn.weights))
    assert rate == pytest.approx(everybody.labels.mean(), abs=0.04)


def test_figures_state_the_shop_and_not_the_sample(
    whole: Slices, some: Slices, plans: list[Plan]
) -> None:
    """Advocates are three in ten of the drawn rows and one in ten of the shop's."""
    churn = next(each for each in plans if each.outcome.name == "churn")
    settings = Settings(recipe=QUICK, resamples=20)
    everybody, drawn = (judge(churn, slices, settings) for slices in (whole, some))
    assert drawn.rows == pytest.approx(everybody.rows, rel=0.08)
    assert drawn.test_rows == pytest.approx(everybody.test_rows, rel=0.08)
    assert drawn.base_rate == pytest.approx(everybody.base_rate, abs=0.04)
    assert drawn.test_rate == pytest.approx(everybody.test_rate, abs=0.05)
    strata = [group.rows for name, group in drawn.strata.items() if name in STRATA]
    assert sum(strata) == pytest.approx(drawn.test_rows, abs=2)
    for name, group in everybody.strata.items():
        assert drawn.strata[name].rate == pytest.approx(group.rate, abs=0.1), name
    assert everybody.scores is not None
    assert drawn.scores is not None
    own = figures(drawn.scores.labels, drawn.scores.model, drawn.scores.weight)
    assert {name: drawn.model[name].value for name in own} == pytest.approx(own)
    told, expected = (curves.of(each) for each in (drawn.scores, everybody.scores))
    assert sum(map(sum, (told["spread"]["happened"], told["spread"]["did_not"]))) == pytest.approx(
        drawn.test_rows, rel=0.01
    )
    half = curves.SHARES.index(50)
    assert told["gain"]["model"][half] == pytest.approx(expected["gain"]["model"][half], abs=0.08)


def test_what_is_usual_counts_customers_as_often_as_they_stand_for(
    whole: Slices, plans: list[Plan], shop: History
) -> None:
    """Half of the customers stand for nearly nobody: the medians are those of the others."""
    columns = standard_columns(CONFIG, shop.span, shop.kinds, shop.fields)
    heavy = whole.customer % 2 == 0
    weighed = replace(whole, weight=np.where(heavy, 1.0, 1e-9))
    found = usual.find(Dataset(shop, columns, tuple(plans), None, weighed, ()))["usual"]["active"]
    others = weighed.examples(plans[0].outcome, (plans[0].newest,))
    others = others.take(others.weights == 1.0)
    told = 0
    for number, name in enumerate(others.names):
        for code, said in enumerate(found[name]):
            values = others.features[others.stratum == code, number].astype(float)
            values = values[np.isfinite(values)]
            if said is None or not len(values):
                continue
            near = 1e-6 * (1.0 + abs(said))
            # Between two middle values any is a median.
            assert np.count_nonzero(values < said - near) <= len(values) / 2, (name, code)
            assert np.count_nonzero(values > said + near) <= len(values) / 2, (name, code)
            told += 1
    assert told > 300


def test_who_is_drawn_does_not_depend_on_blocks(shop: History) -> None:
    sample = Sample(SHARE, 4.0, seed=7)
    (block,) = shop.blocks()
    together = sample.draw(block).ids.to_pylist()
    assert together == [i for part in shop.blocks(100) for i in sample.draw(part).ids.to_pylist()]
    assert Sample(SHARE, 4.0, seed=8).draw(block).ids.to_pylist() != together


def test_a_block_among_some_has_all_that_they_did(shop: History) -> None:
    (block,) = shop.blocks()
    ids = block.ids.slice(10, 20)
    part = block.among(ids)
    assert part.ids.equals(ids)
    rows, mine = block.rows("orders"), part.rows("orders")
    assert isinstance(rows, pa.Table)
    assert mine is not None
    assert len(mine) == pc.sum(pc.is_in(rows["customer_id"], ids)).as_py()


@pytest.mark.parametrize("share", [None, 1.0])
def test_a_whole_shop_has_no_weights(share: float | None) -> None:
    assert Sample.of(share, CONFIG, seed=7) is None
