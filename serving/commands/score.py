"""``ladder score``: everybody's record as of a day, published and written to a file."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from serving.commands.options import (
    cluster,
    config_option,
    day_option,
    engine_options,
    example,
    memory_option,
    out_option,
)
from serving.show import money

if TYPE_CHECKING:
    import pyarrow as pa

    from training.bundle import Bundle

TIERS = {"high": "high", "medium": "medium", "low": "low", "lost": "lapsed", None: "not asked"}


@example(
    "ladder score",
    "ladder score --at 2026-03-01 --out scores.parquet",
    "ladder score -c shop/ladder.toml --out scores.csv --reasons all",
    "ladder score --engine spark --master spark://hub:7077 --out scores.parquet",
)
@click.command("score")
@config_option
@day_option("--at", help="Score as of the start of this day; default: after the newest full day.")
@out_option("Also write the records: .parquet, .csv or .ndjson.")
@click.option(
    "--reasons",
    type=click.Choice(["listed", "all", "none"]),
    default="listed",
    show_default=True,
    help="Whose reasons to find now; the others are found when somebody asks.",
)
@memory_option
@engine_options
def command(
    config_path: Path,
    at: date | None,
    out: Path | None,
    reasons: Literal["listed", "all", "none"],
    memory: str,
    engine: str,
    master: str | None,
) -> None:
    """Score every customer as of a day and publish the run.

    The champion scores. Customers who object to profiling are left out; those who must not be
    contacted are scored and marked `suppressed`. The published run serves at once.
    """
    from features.clock import local_date
    from features.config import load
    from features.spark.history import opened
    from serving import files
    from serving.erasure import respecting
    from serving.home import find_home, open_home
    from serving.progress import bar
    from serving.publishing import publish
    from serving.scoring import score_run
    from serving.store import Control
    from serving.store.campaigns import Campaigns
    from training.bundle import Bundle
    from training.bundle.shelf import Shelf

    hub = cluster(engine, master)
    config = load(config_path)
    if out:
        files.writer(out)  # a wrong suffix is refused before the work, not after it
    home = open_home(find_home(config_path))
    config = respecting(config, home)
    bundle = Bundle.read(Shelf(home).champion_path())
    with bar() as report:
        report("reading the history")
        with opened(
            config, until=at, master=hub, memory=memory, processes=os.cpu_count() or 1
        ) as history:
            as_of = at or local_date(history.until, config.shop.timezone)
            with Control(home) as control:
                held_out = Campaigns(control).held_out(as_of)
            run = score_run(history, bundle, as_of, reasons, held_out, report)
            notes = tuple(history.report.warnings())
        report("publishing")
        run_id = publish(home, run, bundle, as_of)
        if out:
            files.write(run.records, out)
    summarise(run.records, bundle, as_of)
    for note in notes:
        click.echo(f"Note: {note}")
    click.echo(f"Published as run {run_id}; it serves now.")
    if out:
        click.echo(f"Written to {out}.")
    option = "" if config_path == Path("ladder.toml") else f" -c {config_path}"
    click.echo(f"Next: ladder list at-risk{option} --top 100 --out at-risk.csv")


def summarise(records: pa.Table, bundle: Bundle, as_of: date) -> None:
    """Print how many were scored, where they stand and what is at stake."""
    import pyarrow.compute as pc

    from features.rung import RUNGS

    click.echo(f"Scored {len(records):,} customers as of {as_of} with model {bundle.id}.")
    tiers = Counter(records["risk_tier"].to_pylist())
    click.echo("Risk    " + _counts({words: tiers[tier] for tier, words in TIERS.items()}))
    rungs = Counter(records["rung"].to_pylist())
    click.echo("Rungs   " + _counts({rung: rungs[rung] for rung in reversed(RUNGS)}))
    at_risk = pc.sum(records["value_at_risk"]).as_py()
    if at_risk is not None:
        shop, churn = bundle.settings["shop"], bundle.settings["churn"]
        stake = money(at_risk, shop["currency"])
        click.echo(f"Money   {stake} at risk in the next {churn['horizon_days']} days")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{words.replace('_', ' ')} {count:,}" for words, count in counts.items())
