"""``ladder train``: models, judged beside simple rules, and promoted where they deserve it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.commands.options import (
    cluster,
    config_argument,
    config_option,
    day_option,
    engine_options,
    example,
    memory_option,
    outcome_option,
    seed_option,
)

if TYPE_CHECKING:
    from training.train import Trained


@example(
    "ladder train",
    "ladder train -c shop/ladder.toml --until 2026-03-01",
    "ladder train --outcome churn --outcome refer",
    "ladder train --engine spark --master spark://hub:7077 --sample 0.05",
)
@click.command("train")
@config_option
@day_option("--until", help="Ignore rows of this day and later.")
@outcome_option
@seed_option
@click.option(
    "--tune",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Try N settings of the learner on slices before the evaluated one. Later trainings keep "
    "what is found; 0 goes back to the usual ones. Default: none.",
)
@click.option(
    "--sample",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    metavar="SHARE",
    help="Learn from every advocate and this share of the others, weighted. Default: everyone.",
)
@memory_option
@engine_options
def command(
    config_path: Path,
    until: date | None,
    outcomes: tuple[str, ...],
    seed: int,
    tune: int | None,
    sample: float | None,
    memory: str,
    engine: str,
    master: str | None,
) -> None:
    """Fit, calibrate and evaluate models, and register them as a bundle.

    The evaluation is on a later day that the fit has not seen. It shows every figure beside simple
    rules; where a rule is better, the rule serves. A comparison with the champion decides whether
    the new bundle replaces it.
    """
    from features.config import load
    from serving.erasure import note_erased_during_training, without_erased
    from serving.home import create_home, find_home
    from serving.listing.overlap import overlapping
    from serving.store import Control
    from serving.store.campaigns import Campaigns
    from serving.terminal.progress import bar
    from training.options import Options
    from training.train import train

    hub = cluster(engine, master)
    config = load(config_path)
    home = find_home(config_path)
    config = without_erased(config, home)  # refuses a home of a newer format, before the work
    options = Options(
        tune=tune,
        sample=sample,
        memory=memory,
        processes=os.cpu_count() or 1,
        master=hub,
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI"),
        make_home=create_home,
    )
    with bar() as progress:
        trained = train(
            config,
            home,
            until=until,
            wanted=outcomes,
            seed=seed,
            options=options,
            progress=progress,
        )
    note_erased_during_training(config, home, trained.bundle.id)
    with Control(home) as control:
        judged = trained.bundle.metrics["outcomes"]
        campaigned = overlapping(Campaigns(control), judged, config.churn.gap_days)
        notes = (*trained.notes, *campaigned)
    summarise(trained, notes)
    _say_next(trained, config_path)


def _say_next(trained: Trained, config_path: Path) -> None:
    """Say which command comes next."""
    if trained.decision.promoted:
        click.echo(f"Next: ladder score{config_argument(config_path)} --out scores.csv")
    else:
        promote = f"ladder promote{config_argument(config_path)} {trained.bundle.id}"
        click.echo(f"To serve it nevertheless: {promote}")


def summarise(trained: Trained, notes: Sequence[str]) -> None:
    """Print what was trained, how good it is, and whether it serves."""
    from serving.terminal import verdicts
    from serving.terminal.show import say

    data = trained.bundle.settings["data"]
    click.echo(f"Trained on rows from {data['first']} until {data['until']}.")
    verdicts.show(trained.bundle.metrics, trained.bundle.config.shop.currency)
    for note in notes:
        say(f"Note: {note}.")
    decision = trained.decision
    verb = "Promoted" if decision.promoted else "Not promoted"
    click.echo()
    say(f"{verb}: {trained.bundle.id}, {decision.why}.")
    if trained.version:
        click.echo(f"MLflow has it as version {trained.version}.")
