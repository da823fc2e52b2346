"""docs/benchmarks.md, from measured costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version

from benchmarks.measure import Cost

_PACKAGES = ("numpy", "pyarrow", "duckdb", "polars", "pandas")


def head(machine: str, customers: int, rows: int, rounds: int, features: int) -> str:
    """Return what was measured, on what."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"""# Benchmarks

Written by `make bench-features`; do not edit. Measured on {machine}, with {versions}.

A made-up shop of {customers:,} customers, {rows:,} rows of orders and engagement over two years, as
Parquet in the order of time. Everybody computes the same {features} features from the same files
(counts, money, means, largest, distinct categories and counts of twelve kinds in six windows each,
and recencies); before anything is timed, all answers are compared. Each figure is the median of
{rounds} rounds in which everything was done in turn. **CPU / floor** is the figure to look at:
seconds depend on what else the machine was doing. The **floor** is DuckDB scanning the same files
and grouping them by customer with three aggregates.

The engine runs on one thread here, on a block of all customers; the others use every core. They are
written as their users would write them: a pass per cutoff, kinds grouped once and turned into
columns. Featuretools is not measured: its latest version needs pandas below 3, which cannot be
installed beside this project.
"""


def one_cutoff(costs: Mapping[str, Cost]) -> str:
    """Return the table of a single cutoff."""
    rows = [
        ("floor", costs["floor"], costs["floor"]),
        ("engine, ids that are numbers", costs["engine"], costs["floor"]),
        ("floor, text ids", costs["floor, text ids"], costs["floor, text ids"]),
        ("engine, text ids", costs["engine, text ids"], costs["floor, text ids"]),
        (
            "from the sources: every row checked, counted, sorted",
            costs["sources"],
            costs["floor, text ids"],
        ),
    ]
    body = (
        (name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", _times(cost, base))
        for name, cost, base in rows
    )
    return "## One cutoff\n\n" + _table(("", "CPU s", "s", "CPU / floor"), body)


def many_cutoffs(found: Mapping[int, Mapping[str, Cost]]) -> str:
    """Return everybody's costs by the number of cutoffs."""
    names = [name for name in next(iter(found.values())) if name != "floor"]
    head = ["CPU s (CPU / floor)", *(f"{n} cutoff{'s' if n > 1 else ''}" for n in found)]
    body = [
        [name, *(f"{c[name].cpu:.2f} ({_times(c[name], c['floor'])})" for c in found.values())]
        for name in names
    ]
    body += [
        [f"{name} / engine", *(_times(c[name], c["engine"]) for c in found.values())]
        for name in names
        if name != "engine"
    ]
    return "## Beside others\n\nText ids, the same files.\n\n" + _table(head, body)


def one_customer(milliseconds: float, features: int) -> str:
    """Return the cost of live scoring's features."""
    return (
        "## One customer\n\n"
        f"A customer with 200 events, all {features} features of the catalogue that the shop can "
        f"fill, one cutoff: {milliseconds:.1f} ms (median of 500 calls).\n"
    )


def large(rows: int, memory: str, costs: Mapping[str, Cost], peaks: Mapping[str, int]) -> str:
    """Return what the large shop costs."""
    small, big = costs["small"], costs["large"]
    body = [
        ("floor", f"{costs['floor'].cpu:.0f}", f"{costs['floor'].wall:.0f}", "1.0", ""),
        (
            "from the sources, a process per core",
            f"{big.cpu:.0f}",
            f"{big.wall:.0f}",
            _times(big, costs["floor"]),
            f"{peaks['large'] / 1e9:.1f} GB",
        ),
    ]
    return (
        f"## Larger than memory\n\n{rows:,} rows, one cutoff, `--memory {memory}`, one round; the "
        "peak, an upper bound, is the main process's and every worker's together.\n\n"
        + _table(("", "CPU s", "s", "CPU / floor", "peak"), body)
        + f"\nWall-clock over CPU: {big.wall / big.cpu:.2f}. CPU beside the shop a tenth the size "
        f"({small.cpu:.1f} s): {big.cpu / small.cpu:.1f} times.\n"
    )


def _times(cost: Cost, base: Cost) -> str:
    return f"{cost.cpu / base.cpu:.1f}"


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
