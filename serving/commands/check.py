"""``ladder check``: what the sources hold, what is wrong with them, what they can predict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.commands.options import (
    cluster,
    config_option,
    day_option,
    engine_options,
    example,
)
from serving.terminal.show import say, table

if TYPE_CHECKING:
    from features.quality import Problem, Report, SourceReport, TableReport


@example(
    "ladder check",
    "ladder check -c shop/ladder.toml --until 2026-03-01",
    "ladder check --engine spark --master spark://hub:7077",
)
@click.command("check")
@config_option
@day_option(
    "--until", help="Ignore rows of this day and later; default: after the newest full day."
)
@engine_options
def command(config_path: Path, until: date | None, engine: str, master: str | None) -> None:
    """Report data quality and what can be predicted.

    Counts the bad rows by reason, shows samples, and fails if their share exceeds max_bad_share.
    Bad rows are left out everywhere; no other row is.
    """
    from features.config import load
    from features.spark.history import opened
    from serving.erasure import without_erased
    from serving.home import find_home
    from serving.terminal.progress import bar

    hub = cluster(engine, master)
    config = without_erased(load(config_path), find_home(config_path))
    with bar() as progress:
        progress("reading the history", None)
        with opened(config, until, master=hub) as history:
            notes = (*history.report.notes, *history.goodbyes())
            report = replace(history.report, notes=notes)
    show(report)


def show(report: Report) -> None:
    """Print a report as tables."""
    for line in report.people():
        click.echo(line)
    click.echo()
    heads = ("table", "read", "bad", "used", "customers", "first", "last")
    table(heads, [_table_row(each) for each in report.tables])
    if report.kinds:
        click.echo("\nKinds of engagement")
        kinds = sorted(report.kinds.items(), key=lambda kind: -kind[1].rows)
        table(("kind", "rows", "meaning"), [_kind_row(name, span.rows) for name, span in kinds])
    if report.attributes:
        click.echo("\nAttributes of customers")
        table(("attribute", "use"), [*report.attributes.items()])
    problems = [
        _problem_row(s, p) for each in report.tables for s in each.sources for p in s.problems
    ]
    if problems:
        click.echo("\nBad rows")
        table(("table", "source", "reason", "rows", "share", "then", "for example"), problems)
    notes = [*report.duplicates(), *report.notes]
    if notes:
        click.echo("\nNotes")
        for note in notes:
            say(f"- {note}")
    click.echo("\nWhat this can predict")
    alike = groupby(report.outlooks, key=lambda look: ("yes" if look.possible else "no", look.why))
    table(
        ("outcome", "", "because"),
        [(", ".join(look.outcome for look in looks), *sentence) for sentence, looks in alike],
    )


def _table_row(report: TableReport) -> tuple[str, ...]:
    first, last = ("" if day is None else str(day) for day in (report.first, report.last))
    counts = (report.read, report.bad, report.rows, report.customers)
    return (report.name, *(f"{count:,}" for count in counts), first, last)


def _kind_row(name: str, rows: int) -> tuple[str, ...]:
    from features.tables import KINDS

    return name, f"{rows:,}", KINDS[name].meaning if name in KINDS else "counts, recency and values"


def _problem_row(source: SourceReport, problem: Problem) -> tuple[str, ...]:
    return (
        source.table,
        source.label,
        problem.reason,
        f"{problem.rows:,}",
        f"{problem.rows / source.read:.2%}",
        "row left out" if problem.fatal else "cell left empty",
        ", ".join(problem.samples),
    )
