"""A shop ten times as large, from its sources, out of core and on every core."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from benchmarks.measure import Cost, in_turn
from benchmarks.page import table
from benchmarks.product import apart
from benchmarks.progress import say
from benchmarks.rivals import floor
from benchmarks.sections import Options
from benchmarks.shop import Shop

_TIMES = 10
"""How many times more customers than in the other sections."""


def section(options: Options) -> str:
    """Measure a shop and a larger one from their sources, and peaks of memory."""
    small = Shop(options.folder, options.customers)
    large = Shop(options.folder, options.customers * _TIMES)
    small.make()
    say(f"{large.rows:,} rows out of core")
    large.make()
    costs = in_turn({"floor": partial(floor, large)}, options.rounds)
    peaks = {}
    for name, shop in (("small", small), ("large", large)):
        costs[name], peaks[name] = apart(shop, options.memory)
    return _text(large.rows, options.memory, costs, peaks)


def _text(rows: int, memory: str, costs: Mapping[str, Cost], peaks: Mapping[str, int]) -> str:
    small, big = costs["small"], costs["large"]
    body = [
        ("floor", f"{costs['floor'].cpu:.0f}", f"{costs['floor'].wall:.0f}", "1.0", ""),
        (
            "from the sources, a process per core",
            f"{big.cpu:.0f}",
            f"{big.wall:.0f}",
            big.over(costs["floor"]),
            f"{peaks['large'] / 1e9:.1f} GB",
        ),
    ]
    return (
        f"{rows:,} rows, one cutoff, `--memory {memory}`, one round; the "
        "peak, an upper bound, is the main process's and every worker's together.\n\n"
        + table(("", "CPU s", "s", "CPU / floor", "peak"), body)
        + f"\nWall-clock over CPU: {big.wall / big.cpu:.2f}. CPU beside the shop a tenth the size "
        f"({small.cpu:.1f} s): {big.cpu / small.cpu:.1f} times.\n"
    )
