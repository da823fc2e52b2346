"""What the machine that starts a scoring on a cluster holds, as the shop grows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from benchmarks.cluster import Sizes, cluster
from benchmarks.page import table
from benchmarks.processes import held, spent
from benchmarks.progress import say
from benchmarks.sections import Options
from features.sample import make_shop

_TAUGHT = 3_000
"""Customers of the shop that the model learns from."""
_GROWTH = (1, 4)
_WAYS = {"written by the workers": ["--no-publish"], "published as well": []}
_SETTINGS = """
[shop]
currency = "EUR"
timezone = "Europe/Berlin"

[churn]
horizon_days = 60

[advocacy]
horizon_days = 90
"""
_COMMAND = "import sys; from serving.cli import main; sys.exit(main())"


def section(options: Options) -> str:
    """Score a shop of `options.customers`, and one of a quarter of them."""
    sizes = [options.customers * growth // 4 for growth in _GROWTH]
    with (
        TemporaryDirectory() as place,
        TemporaryDirectory() as its_own,
        cluster(Path(its_own), Sizes()) as hub,
    ):
        folder = Path(place)
        taught = _shop(folder, _TAUGHT)
        _run(folder, "train", taught, "--outcome", "churn", "--outcome", "refer")
        lines = []
        for way, words in _WAYS.items():
            for size in sizes:
                say(f"{size:,} customers, {way}")
                out = folder / f"{size}-{len(words)}"
                on = ["--engine", "spark", "--master", hub.url, "--out", str(out)]
                before = spent(os.getpid())
                python, java, seconds = _run(folder, "score", _shop(folder, size), *on, *words)
                assert pq.read_table(out, columns=["customer_id"]).num_rows > size * 0.9
                numbers = python, java, spent(os.getpid()) - before, seconds
                lines.append((f"{size:,}", way, *(f"{number:,.0f}" for number in numbers)))
    head = ("customers", "records are", "Python, MB", "Java, MB", "CPU, s", "wall, s")
    return f"{_ABOUT}\n\n{table(head, lines)}"


_ABOUT = (
    "`ladder score --engine spark`, two workers of one core each: the most memory that the driver\n"
    "held, sampled every half second, for its Python (shared pages counted once) and its Java\n"
    "(given 1 GB, filled before it collects garbage). CPU-seconds are those of the driver, the\n"
    "workers and all processes that they started."
)


def _shop(folder: Path, customers: int) -> Path:
    """Write a made-up shop, unless it is there, and return its configuration."""
    home = folder / f"shop-{customers}"
    if not home.exists():
        home.mkdir()
        made, settings = make_shop(customers=customers), _SETTINGS
        for name in ("orders", "engagement", "customers"):
            pq.write_table(getattr(made, name), home / f"{name}.parquet", row_group_size=100_000)
            settings += f'\n[{name}]\nsource = "{name}.parquet"\n'
        (home / "ladder.toml").write_text(settings, encoding="utf-8")
    return home / "ladder.toml"


def _run(folder: Path, command: str, config: Path, *words: str) -> tuple[float, float, float]:
    """Run `ladder`; return the megabytes its Python and its Java held at most, and seconds."""
    began, python, java = time.perf_counter(), 0, 0
    arguments = [sys.executable, "-c", _COMMAND, command, "-c", str(config), *words]
    environment = os.environ | {"LADDER_HOME": str(folder / "home")}
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        while running.poll() is None:
            machines = held(running.pid, "java")
            python, java = max(python, held(running.pid) - machines), max(java, machines)
            time.sleep(0.5)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, arguments)
    return python / 1e6, java / 1e6, time.perf_counter() - began
