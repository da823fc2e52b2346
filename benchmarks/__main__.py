"""Run the benchmarks and write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import page, task, whole
from benchmarks.measure import Cost, cpu, in_turn, require_equal
from benchmarks.rivals import RIVALS, floor
from benchmarks.shop import Shop

_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_LARGE = 10
"""How many times more customers than in the other tables."""


@click.command()
@click.option("--customers", default=100_000, show_default=True, help="52 rows each.")
@click.option("--rounds", default=3, show_default=True, help="The median of so many is shown.")
@click.option("--memory", default="4GB", show_default=True, help="The budget of the large run.")
@click.option("--large", is_flag=True, help="Ten times the customers as well, out of core.")
@click.option("--out", type=click.Path(path_type=Path), default=_PAGE, show_default=False)
def main(customers: int, rounds: int, memory: str, large: bool, out: Path) -> None:
    """Measure the engine beside the floor and beside others, and write the page."""
    with tempfile.TemporaryDirectory(prefix="ladder-bench-") as folder:
        shop, numbers = Shop(Path(folder), customers), Shop(Path(folder), customers, False)
        shop.make()
        numbers.make()
        check(shop)
        parts = [
            page.head(machine(), customers, shop.rows, rounds, len(list(task.columns()))),
            page.one_cutoff(ids(shop, numbers, rounds)),
            page.many_cutoffs({n: beside_others(shop, n, rounds) for n in (1, 6, 12)}),
            page.one_customer(*whole.one_customer(shop)),
        ]
        out.write_text("\n".join(parts))
        if large:
            big = Shop(Path(folder), customers * _LARGE)
            parts.append(page.large(big.rows, memory, *out_of_core(shop, big, memory)))
            out.write_text("\n".join(parts))
    say(f"written to {out}")


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
    """Return what a cutoff costs with ids that are numbers and texts, and with every check."""
    now = task.cutoffs(1)
    return in_turn(
        {
            "floor": partial(floor, numbers),
            "engine": partial(task.engine, numbers, now),
            "floor, text ids": partial(floor, shop),
            "engine, text ids": partial(task.engine, shop, now),
            "sources": partial(whole.from_sources, shop, 1),
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


def out_of_core(small: Shop, big: Shop, memory: str) -> tuple[dict[str, Cost], dict[str, int]]:
    """Return the costs of a shop and of a larger one from its sources, and peaks of memory."""
    say(f"{big.rows:,} rows out of core")
    big.make()
    costs = in_turn({"floor": partial(floor, big)}, 1)
    peaks = {}
    for name, shop in (("small", small), ("large", big)):
        costs[name], peaks[name] = whole.apart(shop, memory)
    return costs, peaks


def machine() -> str:
    """Return the machine in general words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB of memory, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def say(text: str) -> None:
    """Tell whoever waits what is being done."""
    click.echo(f"{text} ({cpu():.0f} CPU-seconds so far)", file=sys.stderr)


if __name__ == "__main__":
    main()
