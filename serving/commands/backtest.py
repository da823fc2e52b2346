"""``ladder backtest``: how good training would have been at many days of the past."""

from __future__ import annotations

import os
from datetime import date
from functools import partial
from pathlib import Path

import click

from features.errors import UsageError
from serving.commands.options import (
    config_option,
    day_option,
    example,
    outcome_option,
    seed_option,
)


@example(
    "ladder backtest",
    "ladder backtest -c shop/ladder.toml --origins 4 --outcome churn",
    "ladder backtest --until 2026-03-01 --out spring",
    "ladder backtest --as-served",
)
@click.command("backtest")
@config_option
@day_option("--until", help="Ignore rows of this day and later.")
@click.option(
    "--origins",
    type=click.IntRange(min=1),
    metavar="N",
    help="Days to evaluate on, spread over the history. Default: every half horizon, at most 8.",
)
@outcome_option
@click.option(
    "--as-served",
    is_flag=True,
    help="Fit nothing: compare what the versions that served predicted with what happened since.",
)
@seed_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder for the tables (CSV) and the chart. Default: backtest, or as-served.",
)
def command(
    config_path: Path,
    until: date | None,
    origins: int | None,
    outcomes: tuple[str, ...],
    as_served: bool,
    seed: int,
    out: Path | None,
) -> None:
    """Fit and evaluate on many past days, each as if it were today.

    Every figure has an interval and stands beside its baseline, spend of those who stayed and
    spend expected of everybody included. Drift compares the customers evaluated with those learnt
    from (population stability index, net of chance: below 0.1 little has changed, above 0.25 much).
    No model is registered or promoted.

    With --as-served, each day is scored by the newest champion trained before it, once the horizon
    has passed since.
    """
    from features.config import load
    from serving.erasure import without_erased
    from serving.home import find_home, open_home
    from serving.terminal.backtests import show
    from serving.terminal.progress import bar
    from serving.terminal.show import say
    from training import backtest

    home = find_home(config_path)
    config = without_erased(load(config_path), home)
    out = out or Path("as-served" if as_served else "backtest")
    _refuse(out)
    work = partial(backtest.as_served, home=open_home(home)) if as_served else backtest.backtest
    with bar() as progress:
        found = work(
            config, until=until, origins=origins, wanted=outcomes, seed=seed, progress=progress
        )
        progress("drawing", None)
        files = backtest.write(out, found)
    show(found)
    say(f"\nEvery figure is in {out}: {', '.join(file.name for file in files)}.")


def _refuse(folder: Path) -> None:
    """Refuse a folder that cannot be made or written to: the work may take an hour."""
    path = folder.absolute()
    existing = next(place for place in (path, *path.parents) if place.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return
    raise UsageError(
        "The folder of a backtest must be writable.",
        f"{existing} is not.",
        "Choose another with --out.",
    )
