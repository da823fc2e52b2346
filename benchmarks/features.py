"""The engine beside the floor and beside what others use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import synthesis, task
from benchmarks.measure import Cost, in_turn, require_equal
from benchmarks.page import table
from benchmarks.product import from_sources, one_customer
from benchmarks.progress import say
from benchmarks.rivals import RIVALS, floor
from benchmarks.sections import Options
from benchmarks.shop import Shop
from features.units import count_of

_CUTOFFS = (1, 6, 12)


def section(options: Options) -> str:
    """Measure the engine beside the floor and beside others."""
    shop = Shop(options.folder, options.customers)
    numbers = Shop(options.folder, options.customers, text_ids=False)
    shop.make()
    numbers.make()
    check(shop)
    found = {number: beside_others(shop, number, options.rounds) for number in _CUTOFFS}
    return "\n".join(
        [
            _head(shop, options.rounds),
            _one_cutoff(ids(shop, numbers, options.rounds)),
            _many_cutoffs(found),
            synthesis.text(shop, options.rounds),
            _one_customer(*one_customer()),
        ]
    )


def check(shop: Shop) -> None:
    """Stop unless everybody computes the same at two cutoffs."""
    instants = task.cutoffs(2)
    ours = task.engine(shop, instants)
    for name, rival in RIVALS.items():
        for instant, theirs in zip(instants, rival(shop, instants), strict=True):
            mine = ours.filter(pc.equal(ours["cutoff"].cast(pa.int64()), instant))
            require_equal(name, mine, theirs)
        say(f"{name} computes the same")


def ids(shop: Shop, numbers: Shop, rounds: int) -> dict[str, Cost]:
    """Return what a cutoff costs with numeric and text ids, and with every check."""
    now = task.cutoffs(1)
    return in_turn(
        {
            "floor": partial(floor, numbers),
            "engine": partial(task.engine, numbers, now),
            "floor, text ids": partial(floor, shop),
            "engine, text ids": partial(task.engine, shop, now),
            "sources": partial(from_sources, shop, 1),
        },
        rounds,
    )


def beside_others(shop: Shop, number: int, rounds: int) -> dict[str, Cost]:
    """Return what so many cutoffs cost everybody."""
    say(f"{number} cutoffs")
    instants = task.cutoffs(number)
    rivals = {name: partial(rival, shop, instants) for name, rival in RIVALS.items()}
    ours = {"floor": partial(floor, shop), "engine": partial(task.engine, shop, instants)}
    return in_turn({**ours, **rivals}, rounds)


def _head(shop: Shop, rounds: int) -> str:
    return f"""
A made-up shop of {shop.customers:,} customers, {shop.rows:,} rows of orders and engagement over two
years, as Parquet sorted by time. Every tool computes the same {len(list(task.columns()))} features
from the same files (counts, money, means, maxima, distinct categories and counts of twelve kinds in
six windows each, and recencies); the answers are compared before anything is timed. Each figure is
the median of {rounds} rounds. The **floor** is DuckDB scanning the same files and grouping them by
customer with three aggregates.

The engine runs on one thread here, on a block of all customers; the others use every core. They are
written as an experienced user would write them: a pass per cutoff, kinds grouped once and turned
into columns.
"""


def _one_cutoff(costs: Mapping[str, Cost]) -> str:
    """Return the table of a single cutoff."""
    text = costs["floor, text ids"]
    rows = [
        ("floor", costs["floor"], costs["floor"]),
        ("engine, numeric ids", costs["engine"], costs["floor"]),
        ("floor, text ids", text, text),
        ("engine, text ids", costs["engine, text ids"], text),
        ("from the sources: every row checked, counted, sorted", costs["sources"], text),
    ]
    body = (
        (name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", cost.over(base)) for name, cost, base in rows
    )
    return "### One cutoff\n\n" + table(("", "CPU s", "s", "CPU / floor"), body)


def _many_cutoffs(found: Mapping[int, Mapping[str, Cost]]) -> str:
    """Return everybody's costs by the number of cutoffs."""
    names = [name for name in next(iter(found.values())) if name != "floor"]
    head = ["CPU s (CPU / floor)", *(count_of(n, "cutoff") for n in found)]
    body = [
        [name, *(f"{c[name].cpu:.2f} ({c[name].over(c['floor'])})" for c in found.values())]
        for name in names
    ]
    body += [
        [f"{name} / engine", *(c[name].over(c["engine"]) for c in found.values())]
        for name in names
        if name != "engine"
    ]
    return "### Compared with others\n\nText ids, the same files.\n\n" + table(head, body)


def _one_customer(cost: Cost, features: int) -> str:
    """Return the cost of live scoring's features."""
    return (
        "### One customer\n\n"
        f"A customer with 200 events, one cutoff, all {features} features that the catalogue has "
        f"for a shop with every optional column: {1000 * cost.wall:.1f} ms, "
        f"{1000 * cost.cpu:.1f} of them CPU (medians of 500 calls).\n"
    )
