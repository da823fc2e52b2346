"""The engine on a Spark cluster of two workers, beside the same features in Spark SQL."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import spark_sql, task
from benchmarks.cluster import Sizes, cluster
from benchmarks.measure import Cost, middle, require_equal
from benchmarks.page import table
from benchmarks.processes import spent
from benchmarks.product import Features, config_of
from benchmarks.progress import say
from benchmarks.sections import Options
from benchmarks.shop import Shop
from features.block import Block
from features.spark.history import open_history
from features.spark.session import session
from features.units import count_of

_WORKERS = 2
_CUTOFFS = (1, 6)
_ENGINE, _SQL, _PRODUCT = "engine, mapInArrow", "Spark SQL", "product: features of checked rows"

Costs = Mapping[tuple[str, int], Cost]
"""By who did the work, and at how many cutoffs."""


def section(options: Options) -> str:
    """Measure both at one cutoff and at six, and what the product does besides."""
    shop = Shop(options.folder, options.customers)
    shop.make()
    with (
        TemporaryDirectory(prefix="ladder-bench-") as folder,
        cluster(Path(folder), Sizes(), _WORKERS) as hub,
        session(hub.url) as spark,
    ):
        spark.sparkContext.setLogLevel("OFF")  # what fails is raised here as well
        spark.sparkContext.addPyFile(str(packed(Path(folder))))
        check(spark, shop)
        began = _now()
        with open_history(spark, config_of(shop)) as history:
            opened = _now() - began

            def product(instants: Sequence[int]) -> None:
                work = Features(tuple(instants), tuple(task.columns()))
                assert sum(customers for _, customers in history.each(work)) == history.customers

            work = {name: partial(_worked_out, spark, shop, job) for name, job in JOBS.items()}
            costs = _in_turn(work | {_PRODUCT: product}, options.rounds)
    return _text(shop, options.rounds, costs, opened)


def check(spark: Any, shop: Shop) -> None:
    """Stop unless both give what the engine gives on one machine, at two cutoffs."""
    instants = task.cutoffs(2)
    ours = task.engine(shop, instants)
    for name, job in JOBS.items():
        with TemporaryDirectory() as folder:
            job(spark, shop, instants).write.parquet(f"{folder}/features")
            theirs = pq.read_table(f"{folder}/features")
        for instant in instants:
            require_equal(name, *(_at(instant, found) for found in (ours, theirs)))
        say(f"{name} computes the same")


def in_blocks(spark: Any, shop: Shop, instants: Sequence[int]) -> Any:
    """Return the engine's features: whole customers in a part, its function on every part."""
    from pyspark.sql.functions import lit
    from pyspark.sql.pandas.types import from_arrow_schema

    orders, engagement = (spark.read.parquet(str(path)) for path in (shop.orders, shop.engagement))
    rows = orders.withColumn("is_order", lit(True)).unionByName(
        engagement.withColumn("is_order", lit(False)), allowMissingColumns=True
    )
    work = Features(tuple(instants), tuple(task.columns()))
    schema = pa.schema(
        [
            ("customer_id", pa.string()),
            ("cutoff", pa.timestamp("us", "UTC")),
            *((column.name, pa.float32()) for column in work.columns),
        ]
    )
    in_part = partial(of_part, work)
    return rows.repartition("customer_id").mapInArrow(in_part, from_arrow_schema(schema))


def of_part(work: Features, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the features of the customers of a part."""
    rows = pa.Table.from_batches(batches)
    orders, engagement = rows.filter(rows["is_order"]), rows.filter(pc.invert(rows["is_order"]))
    yield from work(Block(orders=orders, engagement=engagement, currency="EUR")).to_batches()


def in_sql(spark: Any, shop: Shop, instants: Sequence[int]) -> Any:
    """Return the features as Spark SQL gives them."""
    return spark.sql(spark_sql.statement(shop, instants))


JOBS: Mapping[str, Callable[[Any, Shop, Sequence[int]], Any]] = {_ENGINE: in_blocks, _SQL: in_sql}
"""From a session, a shop and cutoffs to a frame of the features, not worked out yet."""


def _worked_out(spark: Any, shop: Shop, job: Callable[..., Any], instants: Sequence[int]) -> None:
    """Do a job and drop what it gives: writing it costs the same, whoever made it."""
    job(spark, shop, instants).write.format("noop").mode("overwrite").save()


def _in_turn(
    work: Mapping[str, Callable[[Sequence[int]], None]], rounds: int
) -> dict[tuple[str, int], Cost]:
    """Do everything at every number of cutoffs, one after the other, so many times."""
    found: dict[tuple[str, int], list[Cost]] = {}
    for _ in range(rounds):
        for number in _CUTOFFS:
            for name, one in work.items():
                began = _now()
                one(task.cutoffs(number))
                found.setdefault((name, number), []).append(_now() - began)
                say(f"{name}, {number} cutoffs: {found[name, number][-1]}")
    return {key: middle(costs) for key, costs in found.items()}


def _now() -> Cost:
    """Return what this process, the cluster and all their processes have spent."""
    return Cost(spent(os.getpid()), time.perf_counter())


def _at(instant: int, found: pa.Table) -> pa.Table:
    return found.filter(
        pc.equal(found["cutoff"].cast(pa.timestamp("us")).cast(pa.int64()), instant)
    )


def packed(folder: Path) -> Path:
    """Zip this package for the workers; the product sends its own."""
    target = folder / "benchmarks.zip"
    with zipfile.ZipFile(target, "w") as packed:
        for path in Path(__file__).parent.glob("*.py"):
            packed.write(path, f"benchmarks/{path.name}")
    return target


def _text(shop: Shop, rounds: int, costs: Costs, opened: Cost) -> str:
    one, six = _CUTOFFS
    body = [
        (
            name,
            *(
                f"{costs[name, number].cpu:.0f} ({costs[name, number].wall:.0f})"
                for number in _CUTOFFS
            ),
            costs[name, six].over(costs[name, one]),
        )
        for name in (_ENGINE, _SQL, _PRODUCT)
    ]
    ratios = [
        f"{costs[_SQL, number].over(costs[_ENGINE, number])} times the CPU-seconds "
        f"({costs[_SQL, number].wall / costs[_ENGINE, number].wall:.1f} times the seconds)"
        for number in _CUTOFFS
    ]
    return (
        f"{shop.customers:,} customers, {shop.rows:,} rows, the features of the first section, on "
        f"a standalone master and {_WORKERS} workers of one core each on this machine, from "
        f"Parquet to Spark rows, which are then dropped; medians of {rounds} rounds after one that "
        "compared the answers.\n\n"
        + table(
            ("CPU s (s)", *(count_of(n, "cutoff") for n in _CUTOFFS), "six / one"),
            body,
        )
        + f"\nSpark SQL takes {ratios[0]} of the engine at one cutoff, **{ratios[1]}** at six. The "
        "last row is how the product works: its rows were read, checked, counted and grouped by "
        f"customer once beforehand, for {opened.cpu:.0f} CPU-seconds ({opened.wall:.0f} s), and "
        "its answers are sent to the driver.\n"
    )
