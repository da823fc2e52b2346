"""What is measured must be the same work, and the page must keep what was not measured anew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import page, task
from benchmarks.cluster import Cluster
from benchmarks.measure import Cost, in_turn, middle, require_equal
from benchmarks.processes import held, spent, watched
from benchmarks.product import from_sources
from benchmarks.sections import SECTIONS
from benchmarks.shop import Shop

FEATURES, TRAINING = SECTIONS["features"], SECTIONS["training"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop(tmp_path_factory.mktemp("bench"), 200)
    made.make()
    return made


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    page.put(file, TRAINING, "Slow.\n\n### A sub-title\n\n| a |")
    page.put(file, FEATURES, "Fast.")
    page.put(file, TRAINING, "Faster.")
    text = file.read_text()
    assert text.index("## Features") < text.index("Fast.") < text.index("## Training")
    assert "Faster." in text
    assert "Slow." not in text


def test_writing_a_page_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    page.put(file, FEATURES, "Fast.")
    page.put(file, TRAINING, "Slow.")
    once = file.read_text()
    page.put(file, TRAINING, "Slow.")
    assert file.read_text() == once


def test_the_committed_page_is_one_that_sections_can_be_put_into() -> None:
    written = Path(__file__).parents[1] / "docs" / "benchmarks.md"
    assert page.read(written)
    assert set(page.read(written)) <= set(SECTIONS)


def test_costs_are_medians_of_all_rounds() -> None:
    done: list[str] = []
    work = {name: (lambda name=name: done.append(name)) for name in "ab"}
    assert set(in_turn(work, 3)) == {"a", "b"}
    assert done == list("ababab")
    assert middle([Cost(1, 9), Cost(5, 2), Cost(2, 3)]) == Cost(2, 3)


def test_a_different_answer_is_found_whatever_the_order() -> None:
    ours = pa.table({"customer_id": ["a", "b"], "x": pa.array([1, None], pa.float32())})
    require_equal("them", ours, pa.table({"customer_id": ["b", "a"], "x": [np.nan, 1.0]}))
    with pytest.raises(AssertionError, match="x differs for 1"):
        require_equal("them", ours, pa.table({"customer_id": ["a", "b"], "x": [1.0, 0.0]}))
    with pytest.raises(AssertionError, match="1 customer, not 2"):
        require_equal("them", ours, pa.table({"customer_id": ["a"], "x": [1.0]}))


def test_memory_of_this_process_is_seen_while_something_is_waited_for() -> None:
    before = held(os.getpid())
    pages = np.ones(20_000_000)
    with ThreadPoolExecutor(1) as pool:
        total, most = watched(pool.submit(lambda: float(pages.sum())), os.getpid())
    assert total == 20_000_000
    assert most - before > 0.9 * pages.nbytes
    assert held(os.getpid(), "java") == 0


def test_a_child_s_work_is_counted_while_it_runs_and_when_it_was_waited_for() -> None:
    began = spent(os.getpid())
    work = (
        "import time\n"
        "while time.process_time() < 0.2: pass\n"  # of work, however quick the machine
        "print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        during = spent(child.pid)
        child.communicate(b"\n")
    assert during > 0.1
    assert spent(os.getpid()) - began >= 0.9 * during
    assert spent(child.pid) == 0


def test_the_files_hold_what_the_engine_counts(shop: Shop) -> None:
    now = task.cutoffs(1)
    made = task.engine(shop, now)
    assert len(made.column_names) == 2 + len(list(task.columns()))
    assert from_sources(shop, 1).vectors == len(made) == 200


@pytest.mark.parametrize("rival", ["in_polars", "in_duckdb", "in_pandas"])
def test_rivals_compute_the_same(shop: Shop, rival: str) -> None:
    pytest.importorskip("polars", reason="`make bench` installs it")
    from benchmarks import rivals

    compute: Callable[[Shop, list[int]], list[pa.Table]] = getattr(rivals, rival)
    now = task.cutoffs(1)
    require_equal(rival, task.engine(shop, now), compute(shop, now)[0])


@pytest.mark.spark
def test_spark_sql_computes_the_same_as_the_engine_on_the_cluster(
    shop: Shop, spark_cluster: Cluster, tmp_path: Path
) -> None:
    from benchmarks import spark
    from features.spark.session import session

    with session(spark_cluster.url) as opened:
        opened.sparkContext.addPyFile(str(spark.packed(tmp_path)))
        spark.check(opened, shop)
