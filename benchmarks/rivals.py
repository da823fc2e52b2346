"""The same features, written as somebody who knows the tool well would write them.

Each takes a shop and the cutoffs, and returns a table per cutoff with a row per customer who has
one before it, in any order: an Arrow table with ``customer_id`` and the columns of `task.columns`.
Counts of kinds are taken per (customer, kind) and turned into columns afterwards, which is several
times cheaper than a conditional count per kind and window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

from benchmarks.shop import KINDS, Shop
from benchmarks.task import WINDOWS, suffix
from features.clock import DAY

_COUNTS = ("lines", "spend", "discount", "returns", "categories")
"""Columns that are 0, not null, where there is no row."""
_DAY = float(DAY)


def floor(shop: Shop, _: Sequence[int] = ()) -> list[pa.Table]:
    """Scan both files and group them by customer with three aggregates: nobody can do less."""
    connection = _connection()
    return [
        connection.sql(
            f"SELECT customer_id, count(*), sum({value}), max({time}) FROM '{path}' GROUP BY ALL"
        ).to_arrow_table()
        for path, value, time in (
            (shop.orders, "amount", "ordered_at"),
            (shop.engagement, "value", "occurred_at"),
        )
    ]


def in_duckdb(shop: Shop, instants: Sequence[int]) -> list[pa.Table]:
    """Two GROUP BYs with FILTERs, and a conditional aggregate to turn kinds into columns."""
    connection = _connection()
    return [connection.sql(_sql(shop, instant)).to_arrow_table() for instant in instants]


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection


def _sql(shop: Shop, instant: int) -> str:
    spend, acts, wide, names = [], [], [], []
    bought = "NOT is_return AND amount > 0"
    for days in WINDOWS:
        end = suffix(days)
        inside = "true" if days is None else f"moment >= {instant - days * DAY}"
        spend += [
            f"count(*) FILTER ({inside} AND {bought}) AS lines_{end}",
            f"coalesce(sum(amount) FILTER ({inside}), 0) AS spend_{end}",
            f"avg(amount) FILTER ({inside} AND {bought}) AS mean_{end}",
            f"max(amount) FILTER ({inside} AND {bought}) AS largest_{end}",
            f"coalesce(sum(discount) FILTER ({inside} AND {bought}), 0) AS discount_{end}",
            f"count(*) FILTER ({inside} AND is_return) AS returns_{end}",
            f"count(DISTINCT category) FILTER ({inside} AND {bought}) AS categories_{end}",
        ]
        acts.append(f"count(*) FILTER ({inside}) AS n_{end}")
        for kind in KINDS:
            wide.append(f"coalesce(max(n_{end}) FILTER (kind = '{kind}'), 0) AS {kind}_{end}")
            names.append(f"{kind}_{end}")
    for kind in KINDS:
        wide.append(f"max({instant} - last) FILTER (kind = '{kind}') / {_DAY} AS {kind}_since")
    empty = [f"{name}_{suffix(days)}" for name in _COUNTS for days in WINDOWS] + names
    zeros = ", ".join(f"coalesce({name}, 0) AS {name}" for name in empty)
    return f"""
        WITH orders AS (
            SELECT customer_id, {", ".join(spend)},
                ({instant} - max(moment) FILTER ({bought})) / {_DAY} AS lines_since
            FROM (SELECT *, epoch_us(ordered_at) AS moment FROM '{shop.orders}')
            WHERE moment < {instant} GROUP BY customer_id
        ), kinds AS (
            SELECT customer_id, kind, {", ".join(acts)}, max(moment) AS last
            FROM (SELECT *, epoch_us(occurred_at) AS moment FROM '{shop.engagement}')
            WHERE moment < {instant} GROUP BY customer_id, kind
        ), acts AS (SELECT customer_id, {", ".join(wide)} FROM kinds GROUP BY customer_id)
        SELECT * REPLACE ({zeros}) FROM orders FULL JOIN acts USING (customer_id)"""


def in_polars(shop: Shop, instants: Sequence[int]) -> list[pa.Table]:
    """Lazy scans, one group_by per table, a pivot; the streaming engine."""
    return [_polars(shop, instant).to_arrow() for instant in instants]


def _polars(shop: Shop, instant: int) -> pl.DataFrame:
    at = pl.col("at")
    amount, bought = pl.col("amount"), ~pl.col("is_return") & (pl.col("amount") > 0)
    spend, acts = [], []
    for days in WINDOWS:
        end = suffix(days)
        inside = at >= (0 if days is None else instant - days * DAY)
        some = inside & bought
        spend += [
            some.sum().alias(f"lines_{end}"),
            pl.when(inside).then(amount).otherwise(0.0).sum().alias(f"spend_{end}"),
            pl.when(some).then(amount).mean().alias(f"mean_{end}"),
            pl.when(some).then(amount).max().alias(f"largest_{end}"),
            pl.when(some).then(pl.col("discount")).otherwise(0.0).sum().alias(f"discount_{end}"),
            (inside & pl.col("is_return")).sum().alias(f"returns_{end}"),
            pl.when(some).then(pl.col("category")).drop_nulls().n_unique()
            .alias(f"categories_{end}"),
        ]  # fmt: skip
        acts.append(inside.sum().alias(end))
    last = pl.when(bought).then(at).max()
    orders = (
        _scan(shop, "orders", "ordered_at", instant)
        .group_by("customer_id")
        .agg(*spend, ((instant - last) / _DAY).alias("lines_since"))
        .collect(engine="streaming")
    )
    kinds = (
        _scan(shop, "engagement", "occurred_at", instant)
        .group_by("customer_id", "kind")
        .agg(*acts, ((instant - at.max()) / _DAY).alias("since"))
        .collect(engine="streaming")
    )
    values = [*(suffix(days) for days in WINDOWS), "since"]
    wide = kinds.pivot(on="kind", on_columns=list(KINDS), index="customer_id", values=values)
    wide = wide.rename({f"{value}_{kind}": f"{kind}_{value}" for value in values for kind in KINDS})
    joined = orders.join(wide, on="customer_id", how="full", coalesce=True)
    empty = [c for c in joined.columns if not c.startswith(("mean", "largest", "customer_id"))]
    return joined.with_columns(pl.col(c).fill_null(0) for c in empty if not c.endswith("_since"))


def _scan(shop: Shop, table: str, time: str, instant: int) -> pl.LazyFrame:
    path = shop.orders if table == "orders" else shop.engagement
    at = pl.col(time).dt.epoch("us").alias("at")
    return pl.scan_parquet(path).with_columns(at).filter(pl.col("at") < instant)


def in_pandas(shop: Shop, instants: Sequence[int]) -> list[pa.Table]:
    """Files read once; per cutoff and window a selection and a groupby."""
    orders, acts = pd.read_parquet(shop.orders), pd.read_parquet(shop.engagement)
    orders["at"] = orders.pop("ordered_at").astype("int64")
    acts["at"] = acts.pop("occurred_at").astype("int64")
    for frame, name in ((orders, "category"), (acts, "kind")):
        frame[name] = frame[name].astype("category")
    ids = pd.Index(orders["customer_id"]).append(pd.Index(acts["customer_id"])).unique()
    for frame in (orders, acts):
        frame["customer_id"] = ids.get_indexer(frame["customer_id"])
    return [_pandas(orders, acts, ids, instant) for instant in instants]


def _pandas(orders: pd.DataFrame, acts: pd.DataFrame, ids: pd.Index[str], instant: int) -> pa.Table:
    orders, acts = orders[orders["at"] < instant], acts[acts["at"] < instant]
    bought = ~orders["is_return"] & (orders["amount"] > 0)
    parts: list[pd.Series | pd.DataFrame] = []

    def add(name: str, found: pd.Series) -> None:
        parts.append(found.rename(name))

    for days in WINDOWS:
        end = suffix(days)
        start = 0 if days is None else instant - days * DAY
        inside = orders[orders["at"] >= start]
        some = orders[bought & (orders["at"] >= start)].groupby("customer_id")
        add(f"lines_{end}", some.size())
        add(f"spend_{end}", inside.groupby("customer_id")["amount"].sum())
        add(f"mean_{end}", some["amount"].mean())
        add(f"largest_{end}", some["amount"].max())
        add(f"discount_{end}", some["discount"].sum())
        add(f"returns_{end}", inside[inside["is_return"]].groupby("customer_id").size())
        add(f"categories_{end}", some["category"].nunique())
        counts = acts[acts["at"] >= start].groupby(["customer_id", "kind"], observed=True).size()
        parts.append(counts.unstack().add_suffix(f"_{end}"))
    add("lines_since", (instant - orders[bought].groupby("customer_id")["at"].max()) / _DAY)
    last = acts.groupby(["customer_id", "kind"], observed=True)["at"].max().unstack()
    parts.append(((instant - last) / _DAY).add_suffix("_since"))
    wide = pd.concat(parts, axis=1)
    empty = [c for c in wide.columns if not c.startswith(("mean", "largest"))]
    empty = [c for c in empty if not c.endswith("_since")]
    wide = wide.fillna(dict.fromkeys(empty, 0)).set_axis(ids[wide.index])
    return pa.Table.from_pandas(wide.rename_axis("customer_id"), preserve_index=True)


RIVALS: dict[str, Callable[[Shop, Sequence[int]], list[pa.Table]]] = {
    "Polars": in_polars,
    "DuckDB SQL": in_duckdb,
    "pandas": in_pandas,
}
