"""Featuretools, whose last version fails with pandas 3: in an environment of its own.

What it is given leaves recencies out: they are a Python function per customer there, and take twice
as long as all the rest together.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import task
from benchmarks.measure import Cost, in_turn, middle, require_equal
from benchmarks.page import table
from benchmarks.progress import say
from benchmarks.shop import KINDS, Shop

_ROOT = Path(__file__).parents[1]
_HOME = _ROOT / ".venv-featuretools"
_CHILD = Path(__file__).with_name("synthesis_child.py")
_PACKAGES = ("featuretools", "pandas")


def text(shop: Shop, rounds: int) -> str:
    """Measure a cutoff beside the engine, and return Markdown."""
    head = "### Compared with Featuretools\n\n"
    if not _HOME.exists():
        return head + "Not measured: `make bench` sets up the environment that it needs.\n"
    wanted = task.counted()
    now = task.cutoffs(1)
    require_equal("Featuretools", task.engine(shop, now, wanted), features(shop, now)[0][0])
    say("Featuretools computes the same")
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(in_turn({"": partial(task.engine, shop, now, wanted)}, 1)[""])
        theirs.append(features(shop, now)[1])
    return head + _text(middle(ours), middle(theirs), len(wanted), len(list(task.columns())))


def features(shop: Shop, instants: Sequence[int]) -> tuple[list[pa.Table], Cost]:
    """Return the features at each instant, and what they cost once everything was imported."""
    with TemporaryDirectory(prefix="ladder-bench-") as folder:
        out = [f"{folder}/{number}.parquet" for number in range(len(instants))]
        files = {"orders": str(shop.orders), "engagement": str(shop.engagement)}
        given = {"kinds": KINDS, "windows": task.WINDOWS, "instants": list(instants), "out": out}
        done = subprocess.run(
            [_HOME / "bin" / "python", "-I", "-W", "ignore", _CHILD],
            input=json.dumps(files | given),
            capture_output=True,
            text=True,
            check=True,
        )
        return [pq.read_table(path) for path in out], Cost(**json.loads(done.stdout))


def _text(ours: Cost, theirs: Cost, some: int, all_of_them: int) -> str:
    body = [
        (name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", cost.over(ours))
        for name, cost in (("engine", ours), ("Featuretools", theirs))
    ]
    return (
        f"One cutoff, text ids, {some} of the {all_of_them} features: recencies, which "
        "Featuretools computes with a Python function for each customer, are left out. It runs in "
        f"a process and an environment of its own ({', '.join(_versions())}); imports are not "
        "counted.\n\n" + table(("", "CPU s", "s", "CPU / engine"), body)
    )


def _versions() -> list[str]:
    folders = [str(path) for path in _HOME.glob("lib/*/site-packages")]
    found = {one.name: one.version for one in distributions(path=folders)}
    return [f"{name} {found[name]}" for name in _PACKAGES]
