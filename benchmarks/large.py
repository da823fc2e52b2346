"""A shop ten times as large, from its sources, out of core and on every core."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks.measure import Cost, in_turn, middle, now
from benchmarks.page import table
from benchmarks.processes import busy
from benchmarks.product import Passage, apart
from benchmarks.progress import say
from benchmarks.rivals import floor
from benchmarks.sections import Options
from benchmarks.shop import Shop

_TIMES = 10
"""How many times more customers than in the other sections."""


@dataclass(frozen=True)
class Run:
    """What a passage cost, the most bytes held, and how much of the machine others had."""

    passage: Passage
    held: int
    others: float

    def __str__(self) -> str:
        """Return it as a line for whoever waits."""
        whole = self.passage.whole
        cost = f"{whole.cpu:.1f} CPU s, {whole.wall:.1f} s, {self.held / 1e9:.2f} GB"
        return f"{cost}, others had {self.others:.0%} of the machine"


def section(options: Options) -> str:
    """Measure a shop and a larger one from their sources, and peaks of memory."""
    small = Shop(options.folder, options.customers)
    large = Shop(options.folder, options.customers * _TIMES)
    small.make()
    large.make()
    runs: dict[Shop, list[Run]] = {small: [], large: []}
    floors = []
    for _ in range(options.rounds):
        floors.append(in_turn({"floor": partial(floor, large)}, 1)["floor"])
        for shop, found in runs.items():
            found.append(run(shop, options.memory))
            say(f"{shop.rows:,} rows: {found[-1]}")
    return _text(options, large, middle(floors), runs[small], runs[large])


def run(shop: Shop, memory: str) -> Run:
    """Measure a shop from its sources once."""
    began, before = now(), busy()
    passage, held = apart(shop, memory)
    spent = now() - began
    others = (busy() - before - spent.cpu) / (spent.wall * (os.cpu_count() or 1))
    return Run(passage, held, max(0.0, others))


def _text(
    options: Options, large: Shop, floor: Cost, small_runs: Sequence[Run], runs: Sequence[Run]
) -> str:
    few, many = (middle([one.passage.whole for one in found]) for found in (small_runs, runs))
    body = [
        ("floor", floor, ""),
        ("read, check, count, sort", middle([one.passage.read for one in runs]), ""),
        ("features, one cutoff", middle([one.passage.computed for one in runs]), ""),
        ("both", many, f"{max(one.held for one in runs) / 1e9:.1f} GB"),
    ]
    rows = (
        (name, f"{cost.cpu:.1f}", f"{cost.wall:.1f}", cost.over(floor), peak)
        for name, cost, peak in body
    )
    return (
        f"{large.customers:,} customers and {large.rows:,} rows, read from their sources, out of "
        f"core on {os.cpu_count()} cores with `--memory {options.memory}`; medians of "
        f"{options.rounds} rounds. The peak is the highest of all rounds, for all processes "
        "together, sampled twice a second, with shared pages and mapped files counted once. "
        f"Other work used {median(one.others for one in runs):.0%} of the machine meanwhile, which "
        "lengthens seconds but not CPU-seconds.\n\n"
        + table(("", "CPU s", "s", "CPU / floor", "peak"), rows)
        + f"\nWall-clock over CPU-seconds: **{many.wall / many.cpu:.2f}**. A shop a tenth the size "
        f"takes {few.cpu:.1f} CPU-seconds in the same way, so the cost is "
        f"**{many.cpu / few.cpu / _TIMES:.2f} times** that of linear growth.\n"
    )
