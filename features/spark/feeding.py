"""From a shop's sources to the canonical rows of whole customers, mapped on the cluster."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial, reduce
from typing import Any

from features.cleaning.mapping import ShopClock, columns_across_rows, stage
from features.cleaning.staging import require_dated
from features.config import Config
from features.errors import UsageError
from features.reading.scopes import scopes_of
from features.reading.sources import Relation
from features.resources.workspace import Workspace
from features.settings.sections import Source
from features.spark import tasks
from features.spark.cells import answers
from features.spark.feeds import Feed
from features.spark.frames import collected, mapped, no_rows, partitions
from features.spark.loading import ROWS
from features.spark.reading import Raw, read
from features.tables import TABLES


def sources_of(spark: Any, config: Config) -> list[tuple[str, Source, Raw]]:
    """Return every source with the table it feeds and its raw rows.

    Raises
    ------
    UsageError
        If there are neither orders nor engagement.
    """
    found = [
        (table, source, read(spark, source, table, config.base))
        for table in TABLES
        for source in config.sources(table)
    ]
    require_dated(table for table, _, _ in found)
    return found


def feed_of(
    home: Workspace, config: Config, number: int, table: str, source: Source, raw: Raw
) -> Feed:
    """Return a source with what a worker must know of the whole, its mapping tried out."""
    home.register("raw", no_rows(raw.frame))
    columns = home.columns("SELECT * FROM raw")
    columns.pop(raw.corrupt or "", None)
    feed = Feed(
        number=number,
        table=config.table(table),
        source=source,
        relation=Relation("raw", columns, raw.untyped, raw.label),
        clock=ShopClock(config.shop.timezone, datetime.now(UTC)),
        limit=config.limit(source),
        drop=config.drops_duplicates(source),
        corrupt=raw.corrupt,
    )
    if "VARCHAR" in columns.values():
        cells = collected(raw.frame, partial(tasks.count_types, feed))
        feed = replace(feed, scopes=scopes_of(tasks.add_types(answers(cells))))
    stage(home, feed.table, source, feed.relation, feed.clock, f"tried_{number}", feed.scopes)
    _refuse_windows(home, feed)
    home.unregister("raw")
    return feed


def _refuse_windows(home: Workspace, feed: Feed) -> None:
    around = columns_across_rows(home, feed.table, feed.source, feed.relation, feed.scopes)
    if around:
        raise UsageError(
            "On a cluster, an expression may only use its own row.",
            f"[{feed.table.name}] {around[0]} uses other rows, or contains a query.",
            "Compute that column beforehand, and map the result.",
        )


def rows_of(feeds: tuple[Feed, ...], raw: list[Raw]) -> Any:
    """Return the canonical rows of all sources, all rows of a customer in one partition."""
    frames = (
        mapped(part.frame, partial(tasks.map_rows, feed), ROWS)
        for feed, part in zip(feeds, raw, strict=True)
    )
    rows = reduce(lambda rows, more: rows.unionAll(more), frames)
    return rows.repartition(partitions(rows), "customer_id")
