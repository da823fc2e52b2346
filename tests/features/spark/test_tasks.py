"""What workers do, without any: parts of the rows give what the whole gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.block import Block
from features.cleaning.mapping import ShopClock
from features.clock import midnight
from features.config import Config
from features.engine import compute, concatenate
from features.history import open_history
from features.portions import ALL
from features.reading.sources import Relation
from features.resources.workspace import Workspace
from features.sample import SampleShop, make_shop
from features.spark import cells as cells_of
from features.spark import tasks
from features.spark.cells import CELL, rows_of
from features.spark.cells import answers as found_in
from features.spark.feeds import Feed, Seen, Summary, Survey
from features.standard import standard_columns

PARTS = 3


@pytest.fixture(scope="module")
def frames() -> dict[str, pa.Table]:
    shop = make_shop(customers=60)
    orders = pa.concat_tables([shop.orders, shop.orders.slice(5, 1)])
    return {"orders": orders, "engagement": shop.engagement, "customers": befriended(shop)}


def befriended(shop: SampleShop) -> pa.Table:
    """Return the customers, with somebody of no date and one whom somebody who objects referred."""
    people = shop.customers.to_pylist()
    objecting = next(one["customer_id"] for one in people if not one["profiling_allowed"])
    friend = next(one for one in people if one["profiling_allowed"])
    friend["referred_by"] = objecting
    people.append(dict.fromkeys(shop.customers.column_names) | {"customer_id": "undated"})
    return pa.Table.from_pylist(people, shop.customers.schema)


@pytest.fixture(scope="module")
def config() -> Config:
    sections: dict[str, dict[str, object]] = {
        name: {"duplicates": "drop"} for name in ("orders", "engagement", "customers")
    }
    plan = "CASE WHEN acquired_by = 'referral' THEN 'gold' ELSE 'basic' END"
    since = "coalesce(signed_up_at, TIMESTAMPTZ '2024-01-01 00:00:00+00')"
    sections["customers"]["columns"] = {"valid_from": since, "plan": plan}
    return Config.from_dict(
        {"shop": {"name": "Small", "currency": "EUR", "timezone": "Europe/Berlin"}, **sections}
    )


@pytest.fixture(scope="module")
def feeds(frames: dict[str, pa.Table], config: Config) -> tuple[Feed, ...]:
    return tuple(
        feed_of(number, name, rows, config) for number, (name, rows) in enumerate(frames.items())
    )


def feed_of(number: int, name: str, rows: pa.Table, config: Config) -> Feed:
    with Workspace() as workspace:
        workspace.register("raw", rows)
        columns = workspace.columns("SELECT * FROM raw")
        workspace.unregister("raw")
    return Feed(
        number=number,
        table=config.table(name),
        source=config.sources(name)[0],
        relation=Relation("raw", columns, untyped=False, label=f"the {name} frame"),
        clock=ShopClock("Europe/Berlin", datetime.now(UTC)),
        limit=0.01,
        drop=True,
    )


@pytest.fixture(scope="module")
def parts(frames: dict[str, pa.Table], feeds: tuple[Feed, ...]) -> list[list[pa.RecordBatch]]:
    """Return canonical rows, mapped in pieces and shuffled by customer, as Spark would."""
    mapped: list[pa.RecordBatch] = []
    for feed, rows in zip(feeds, frames.values(), strict=True):
        for start in range(0, len(rows), 700):
            mapped += tasks.map_rows(feed, rows.slice(start, 700).to_batches())
    rows = pa.Table.from_batches(mapped)
    ids = rows["customer_id"].fill_null("")
    codes = pc.index_in(ids, pc.unique(ids).sort()).to_numpy() % PARTS
    return [rows.filter(pa.array(codes == part)).to_batches() for part in range(PARTS)]


def answers(
    parts: list[list[pa.RecordBatch]],
    work: Callable[[list[pa.RecordBatch]], Iterator[pa.RecordBatch]],
) -> pa.Table:
    return pa.Table.from_batches([cell for part in parts for cell in work(part)], CELL)


def test_parts_add_up_to_the_report_of_the_whole(
    frames: dict[str, pa.Table],
    config: Config,
    feeds: tuple[Feed, ...],
    parts: list[list[pa.RecordBatch]],
) -> None:
    cells = answers(parts, lambda part: tasks.survey(feeds, config, part))
    survey = sum(found_in(cells), start=Survey())
    with open_history(config, frames=frames) as whole:
        reports = [table.sources[0] for table in whole.report.tables]
        assert [survey.reports[feed.number] for feed in feeds] == reports
        assert any(report.duplicates for report in reports)
        assert len(survey.objecting) == whole.report.objecting > 0
        ids = pa.table({"customer_id": sorted(survey.objecting)})
        seen = Seen(config, whole.until, ids, strays=True)
        cells = answers(parts, lambda part: tasks.summarise(feeds, seen, part))
        summary = sum(found_in(cells), start=Summary())
        assert summary.measure == whole.measure
        assert summary.measure.undated == 1
        assert summary.measure.fingerprint == whole.fingerprint


def test_parts_give_the_features_of_the_whole_to_the_bit(
    frames: dict[str, pa.Table],
    config: Config,
    feeds: tuple[Feed, ...],
    parts: list[list[pa.RecordBatch]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cells_of, "ROWS_AT_ONCE", 7)  # a part is sent in several cells
    with open_history(config, frames=frames) as whole:
        columns = standard_columns(
            config, whole.span, whole.kinds, whole.fields, values=whole.values
        )
        assert "attribute:plan=basic" in {column.name for column in columns}
        cutoffs = [midnight(day, "Europe/Berlin") for day in (whole.report.until,)]

        def work(block: Block) -> pa.Table:
            return compute(block, cutoffs, columns)

        expected = concatenate([table for table, _ in whole.each(work)])
        people = frames["customers"]
        refused = people.filter(pc.invert(people["profiling_allowed"])).select(["customer_id"])
        seen = Seen(config, whole.until, refused, strays=True)
        cells = answers(parts, lambda part: tasks.perform(feeds, seen, work, ALL, part))
        rows, customers = rows_of(cells)
        assert customers == whole.customers
    assert rows is not None
    assert same_bits(rows, expected)


def same_bits(one: pa.Table, other: pa.Table) -> bool:
    """Compare with missing numbers equal to each other."""
    return one.schema == other.schema and all(
        one[name].combine_chunks().view(kind).equals(other[name].combine_chunks().view(kind))
        if (kind := BITS.get(one.schema.field(name).type))
        else one[name].equals(other[name])
        for name in one.column_names
    )


BITS = {pa.float32(): pa.int32(), pa.float64(): pa.int64()}


def test_a_part_without_rows_says_nothing(config: Config, feeds: tuple[Feed, ...]) -> None:
    assert list(tasks.survey(feeds, config, [])) == []
    assert list(tasks.map_rows(feeds[0], [])) == []
    assert rows_of(CELL.empty_table()) == (None, 0)
