"""``ladder score``: everybody's record as of a day, published and written to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import click

from features.units import count_of
from serving.commands.options import (
    cluster,
    config_argument,
    config_option,
    day_option,
    engine_options,
    example,
    language_option,
    memory_option,
    spreadsheet_option,
)
from serving.terminal.show import money, say

if TYPE_CHECKING:
    from features.history import History
    from serving.runs.totals import Totals
    from serving.store import PublishedRun
    from training.bundle import Bundle

Size = tuple[int, int]
"""How many customers a run has, and how many of them are active."""

TIERS = {"high": "high", "medium": "medium", "low": "low", "lost": "lapsed", None: "not asked"}


@example(
    "ladder score",
    "ladder score --at 2026-03-01 --out scores.parquet",
    "ladder score -c shop/ladder.toml --out scores.csv --reasons all",
    "ladder score --engine spark --master spark://hub:7077 --out scores",
)
@click.command("score")
@config_option
@day_option("--at", help="Score as of the start of this day; default: after the newest full day.")
@click.option(
    "--out",
    metavar="FILE",
    help="Also write the records: .parquet, .csv or .ndjson; a cluster writes a Parquet folder.",
)
@click.option(
    "--publish/--no-publish",
    default=True,
    show_default=True,
    help="Serve the records, or only write them.",
)
@click.option(
    "--reasons",
    type=click.Choice(["listed", "all", "none"]),
    default="listed",
    show_default=True,
    help="Whose reasons to compute now; others are computed on request.",
)
@language_option
@spreadsheet_option
@memory_option
@engine_options
def command(
    config_path: Path,
    at: date | None,
    out: str | None,
    publish: bool,
    reasons: Literal["listed", "all", "none"],
    tag: str,
    for_people: bool,
    memory: str,
    engine: str,
    master: str | None,
) -> None:
    """Score every customer as of a day and publish the run.

    Uses the champion. Customers who object to profiling are left out; those who must not be
    contacted are scored and marked `suppressed`. The published run serves at once, in every
    language; --language sets the language of the file.
    docs/scores.md explains every column.

    A cluster writes the records itself, as a new folder of Parquet files sorted by customer; only
    what is published passes through this machine.
    """
    from features.clock import local_date
    from features.config import load
    from features.spark.history import opened
    from serving.dialects import dialect_of
    from serving.erasure import without_erased
    from serving.home import home_of
    from serving.runs.assignment import Assignment, refuse_target
    from serving.terminal.progress import bar
    from training.bundle.golden import proven
    from training.bundle.shelf import Shelf

    hub = cluster(engine, master)
    dialect = dialect_of(Path(out) if out else None, tag, for_people=for_people)
    config = load(config_path)
    refuse_target(out, publish=publish, spread=hub is not None)
    home = home_of(config_path)
    config = without_erased(config, home)
    bundle = proven(Shelf(home).champion_path())
    with bar() as progress:
        progress("reading the history", None)
        with opened(
            config, until=at, master=hub, memory=memory, processes=os.cpu_count() or 1
        ) as history:
            as_of = at or local_date(history.until, config.shop.timezone)
            held_out, before = _served_so_far(home, as_of, publish)
            assignment = Assignment(
                home, bundle, as_of, reasons, held_out, out, publish, tag, dialect
            )
            run_id, totals = assignment.carry_out(history, progress)
            replaced = before if run_id else None
            remarks = _remarks(history, bundle, at, as_of, totals.sizes, replaced)
            notes = (*history.report.warnings(), *remarks)
    summarise(totals, bundle, as_of)
    for note in notes:
        say(f"Note: {note}")
    _say_where(run_id, out, config_path)


def _say_where(run_id: str | None, out: str | None, config_path: Path) -> None:
    """Say where the records are, and which command comes next."""
    if run_id:
        click.echo(f"Published as run {run_id}; it serves now.")
    if out:
        say(f"Written to {out}.")
    if run_id:
        click.echo(
            f"Next: ladder list at-risk{config_argument(config_path)} --top 100 --out at-risk.csv"
        )


def _served_so_far(
    home: Path, as_of: date, publish: bool
) -> tuple[frozenset[str], tuple[PublishedRun, Size] | None]:
    """Return who is held out, and the run that serves with its size, None before the first."""
    from contextlib import closing

    from serving.store import Control, RunReader
    from serving.store.campaigns import Campaigns

    with Control(home) as control:
        # A file tells of its day; what is served says whom to leave alone now.
        held_out = Campaigns(control).held_out(as_of, drawn_by=None if publish else as_of)
        run = control.serving_run()
        if run is None:
            return held_out, None
        with closing(RunReader(home, run)) as reader:
            return held_out, (run, (run.customers, reader.active()))


def _remarks(
    history: History,
    bundle: Bundle,
    at: date | None,
    as_of: date,
    size: Size,
    replaced: tuple[PublishedRun, Size] | None,
) -> Iterator[str]:
    """Yield what is odd about the day, the model and the run that served before."""
    from features.clock import local_date
    from serving.runs import remarks

    zone = history.config.shop.timezone
    newest = local_date(max(end for _, end in history.span.values()) - 1, zone)
    yield from remarks.old_rows(newest, at, today=datetime.now(ZoneInfo(zone)).date())
    yield from remarks.model_of_another_time(bundle, as_of)
    yield from remarks.uncalibrated(bundle)
    if replaced:
        before, size_before = replaced
        yield from remarks.fewer_customers(before, at, as_of, size, size_before)


def summarise(totals: Totals, bundle: Bundle, as_of: date) -> None:
    """Print how many were scored, where they stand and what is at stake."""
    from features.rung import RUNGS

    customers = count_of(totals.customers, "customer")
    say(f"Scored {customers} as of {as_of} with model {bundle.id}.")
    tiers = {words: totals.tiers[tier] for tier, words in TIERS.items()}
    say("Risk    " + _counts(tiers))
    rungs = {rung: totals.rungs[rung] for rung in reversed(RUNGS)}
    say("Rungs   " + _counts(rungs))
    if totals.at_risk is not None:
        shop, churn = bundle.settings["shop"], bundle.settings["churn"]
        stake = money(totals.at_risk, shop["currency"])
        horizon = count_of(churn["horizon_days"], "day")
        click.echo(f"Money   {stake} at risk in the next {horizon}")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{words.replace('_', ' ')} {count:,}" for words, count in counts.items())
