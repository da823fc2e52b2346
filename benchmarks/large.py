"""A shop ten times as large, from its sources, out of core and on every core."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from benchmarks.measure import Cost, in_turn, middle
from benchmarks.page import table
from benchmarks.product import Passage, apart
from benchmarks.progress import say
from benchmarks.rivals import floor
from benchmarks.sections import Options
from benchmarks.shop import Shop

_TIMES = 10
"""How many times more customers than in the other sections."""

Run = tuple[Passage, int]
"""What it cost, and the most bytes held."""


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
            found.append(apart(shop, options.memory))
            say(_line(shop, *found[-1]))
    return _text(options, large, middle(floors), runs[small], runs[large])


def _line(shop: Shop, passage: Passage, held: int) -> str:
    whole = passage.whole
    return f"{shop.rows:,} rows: {whole.cpu:.0f} CPU s, {whole.wall:.0f} s, {held / 1e9:.2f} GB"


def _text(
    options: Options, large: Shop, floor: Cost, small_runs: Sequence[Run], runs: Sequence[Run]
) -> str:
    few, many = (middle([one.whole for one, _ in found]) for found in (small_runs, runs))
    body = [
        ("floor", floor, ""),
        ("read, check, count, sort", middle([one.read for one, _ in runs]), ""),
        ("features, one cutoff", middle([one.computed for one, _ in runs]), ""),
        ("both", many, f"{max(held for _, held in runs) / 1e9:.1f} GB"),
    ]
    rows = (
        (name, f"{cost.cpu:.1f}", f"{cost.wall:.1f}", cost.over(floor), peak)
        for name, cost, peak in body
    )
    return (
        f"{large.customers:,} customers, {large.rows:,} rows from their sources, out of core on "
        f"{os.cpu_count()} cores with `--memory {options.memory}`; medians of {options.rounds} "
        "rounds. The peak is the highest of all rounds, of every process together, pages and "
        "mapped files that they share counted once, looked at twice a second.\n\n"
        + table(("", "CPU s", "s", "CPU / floor", "peak"), rows)
        + f"\nWall-clock over CPU-seconds: **{many.wall / many.cpu:.2f}**. The shop of a tenth the "
        f"size takes {few.cpu:.1f} CPU-seconds in the same way: growth is "
        f"**{many.cpu / few.cpu / _TIMES:.2f} times linear**.\n"
    )
