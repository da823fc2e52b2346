"""A real cluster of two workers gives what one machine gives, and survives losing one."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks.cluster import Cluster
from features.block import Block
from features.catalogue import Column
from features.clock import DAY, midnight
from features.config import Config
from features.engine import compute, concatenate
from features.errors import LadderError, UsageError
from features.history import History, open_history
from features.products.charts import charted
from features.spark import history as on_spark
from features.standard import standard_columns
from training.money import friends
from training.money.friends import Friendships
from training.snapshots import asks, cutoffs, years
from training.snapshots.outcomes import outcomes

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def local(shop_config: Config) -> Iterator[History]:
    with open_history(shop_config) as history:
        yield history


@pytest.fixture(scope="module")
def spread(spark: Any, shop_config: Config) -> Iterator[History]:
    with on_spark.open_history(spark, shop_config) as history:
        yield history


@pytest.fixture(scope="module")
def columns(local: History) -> tuple[Column, ...]:
    return standard_columns(
        local.config, local.span, local.kinds, local.fields, values=local.values
    )


def test_the_history_and_its_report_are_the_same(local: History, spread: History) -> None:
    """Bad rows, duplicates and strays are counted in parts and summed."""
    here, there = str(local.report), str(spread.report)
    for reason in ("no order_id", "no customer_id", "is not a date", "does not split", "duplicate"):
        assert reason in here
    assert there == without_lines(here)
    assert spread.fingerprint == local.fingerprint
    assert (spread.until, spread.span, spread.fields) == (local.until, local.span, local.fields)
    assert spread.kinds == local.kinds
    assert spread.values == local.values
    assert local.values["plan"].levels


def without_lines(text: str) -> str:
    """Return a report without the numbers of lines: a part of a file does not know them."""
    return re.sub(r"columns \(1, for example 1.csv line [^)]*\)", "columns (1)", text)


def features_at(cutoffs: tuple[int, ...], columns: tuple[Column, ...], block: Block) -> pa.Table:
    return compute(block, cutoffs, columns)


def slowed(folder: Path, cutoffs: tuple[int, ...], columns: Any, block: Block) -> pa.Table:
    """Leave a mark, wait until a worker may have been killed, and compute."""
    (folder / f"{os.getpid()}").touch()
    time.sleep(3)
    return compute(block, cutoffs, columns)


def computed(history: History, work: Callable[[Block], pa.Table]) -> pa.Table:
    return concatenate([table for table, _ in history.each(work)]).combine_chunks()


def bits(table: pa.Table) -> list[object]:
    """Return every column's values, numbers as their bytes: how long a buffer is says nothing."""
    return [
        column.to_numpy().tobytes() if pa.types.is_floating(column.type) else column.to_pylist()
        for column in table.columns
    ]


def test_features_are_the_same_to_the_bit(
    local: History, spread: History, columns: tuple[Column, ...]
) -> None:
    cutoffs = tuple(local.until - days * DAY for days in (90, 30, 0))
    work = partial(features_at, cutoffs, columns)
    here, there = computed(local, work), computed(spread, work)
    assert len(there) > 300
    assert bits(there) == bits(here)


def test_what_is_popular_is_charted_where_the_rows_are(
    local: History, spread: History, columns: tuple[Column, ...]
) -> None:
    cutoffs = [local.until - days * DAY for days in (90, 0)]
    here, there = (charted(columns, history.sold, cutoffs) for history in (local, spread))
    assert here != columns
    assert there == here


def test_friends_are_told_where_the_rows_are(local: History, spread: History) -> None:
    work = Friendships(60, local.until)
    here, there = (
        pa.concat_tables([table for table, _ in history.each(work, friends.READ)])
        for history in (local, spread)
    )
    assert pc.sum(there["bought"]).as_py() > 10
    assert there.equals(here)
    assert friends.fit(there) == friends.fit(here)


def test_who_was_asked_is_told_where_the_rows_are(local: History, spread: History) -> None:
    known, _ = outcomes(local.config, local)
    plans, _ = cutoffs.plan(tuple(one for one in known if one.name in asks.ASKS), local)
    newest = midnight(plans[0].newest, "Europe/Berlin")
    people = computed(local, partial(features_at, (newest,), ()))
    here, there = (asks.asked(history, plans, people) for history in (local, spread))
    assert set(here) == {"refer", "share", "review", "advocate"}
    assert {name: flags.tolist() for name, flags in there.items()} == {
        name: flags.tolist() for name, flags in here.items()
    }
    assert 20 < here["refer"].sum() < here["advocate"].sum()
    assert not here["share"].any(), "nobody was asked to"


def test_earlier_years_are_counted_where_the_rows_are(
    local: History, spread: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(years, "FEWEST_YEARS", 0.5)
    known, _ = outcomes(local.config, local, ("churn", "refer"))
    plans, _ = cutoffs.plan(known, local)
    here, there = (years.count(history, plans) for history in (local, spread))
    assert set(here) == set(there) == {"churn", "refer"}
    for name, past in here.items():
        other = there[name]
        for mine, theirs in ((past.complete, other.complete), (past.early, other.early)):
            assert theirs.cutoffs.tolist() == mine.cutoffs.tolist()
            assert theirs.asked.tolist() == mine.asked.tolist()
            assert theirs.did.tolist() == mine.did.tolist()
        assert past.complete.did.sum() > 50


def test_a_worker_killed_in_the_middle_loses_nothing(
    local: History,
    spread: History,
    spark_cluster: Cluster,
    columns: tuple[Column, ...],
    tmp_path: Path,
) -> None:
    killed = threading.Event()

    def kill_in_the_middle() -> None:
        while not list(tmp_path.iterdir()):
            time.sleep(0.05)
        spark_cluster.kill(spark_cluster.workers[0])  # its rows and its work are gone
        killed.set()

    threading.Thread(target=kill_in_the_middle, daemon=True).start()
    there = computed(spread, partial(slowed, tmp_path, (local.until,), columns))
    assert killed.is_set()
    here = computed(local, partial(features_at, (local.until,), columns))
    assert bits(there) == bits(here)
    spark_cluster.start_worker()


def test_tables_stay_where_they_are(spread: History) -> None:
    with pytest.raises(LadderError, match="worked on there"):
        spread.table("orders")


def test_an_expression_over_several_rows_is_refused(spark: Any, shop_config: Config) -> None:
    (orders,) = shop_config.orders
    columns = {"amount": "sum(amount) OVER (PARTITION BY order_id)"}
    changed = orders.model_copy(update={"columns": columns})
    config = Config.from_dict(
        {"orders": changed.model_dump(exclude_defaults=True)}, shop_config.base
    )
    with pytest.raises(UsageError, match="own row"):
        on_spark.open_history(spark, config)


def test_too_many_bad_rows_are_refused_with_their_reasons(spark: Any, shop_config: Config) -> None:
    strict = shop_config.model_copy(update={"max_bad_share": 0.0})
    strict._base = shop_config.base
    with pytest.raises(LadderError, match="may be bad") as refused:
        on_spark.open_history(spark, strict)
    with pytest.raises(LadderError) as here:
        open_history(strict)
    assert refused.value.came == without_lines(here.value.came)
